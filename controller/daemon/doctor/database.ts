import type { Finding, Patient } from "../../cli/doctor.ts";
import { describe, UserError } from "../../errors.ts";
import { inspectServer } from "../../store/inspect-server.ts";

/** A PostgreSQL server: whether each connection works, the schema fits and the gate holds. The embedded store is one. */
export async function checkDatabase({ config: { store }, now }: Patient): Promise<readonly Finding[]> {
  const { databaseUrl, ownerUrl, approverUrl } = store;
  if (databaseUrl === undefined) {
    const says = "embedded: for trials, it may lose what came after its last snapshot";
    return [
      {
        check: "database",
        status: "warn",
        says,
        hint: "Set DATABASE_URL for production (docs/postgres.md).",
      },
    ];
  }
  const findings: Finding[] = [];
  try {
    const { schema, gate, now: theirs } = await inspectServer(databaseUrl.reveal());
    findings.push(
      { check: "database", status: "pass", says: "the server answers" },
      schemaOf(schema),
      ...(gate === undefined ? [] : [gateOf(gate)]),
    );
    const apart = Math.abs(theirs - now()) / 1_000;
    if (apart > 10)
      findings.push({
        check: "database clock",
        status: "warn",
        says: `${apart.toFixed(0)} s apart from this host's`,
        hint: "Budgets and expiries go by the database's clock: synchronise both.",
      });
  } catch (error) {
    return [
      {
        check: "database",
        status: "fail",
        says: describe(error),
        hint: "Check store.databaseUrl, and the network to it.",
      },
    ];
  }
  for (const [check, url] of [
    ["owner connection", ownerUrl],
    ["approver connection", approverUrl],
  ] as const)
    if (url !== undefined) findings.push(await connection(check, url.reveal()));
  return findings;
}

async function connection(check: string, url: string): Promise<Finding> {
  try {
    await inspectServer(url);
    return { check, status: "pass", says: "the server answers" };
  } catch (error) {
    return { check, status: "fail", says: describe(error) };
  }
}

function schemaOf(wrong: unknown): Finding {
  if (wrong === undefined) return { check: "schema", status: "pass", says: "it is this version's" };
  const hint = wrong instanceof UserError && wrong.hint !== undefined ? { hint: wrong.hint } : {};
  return { check: "schema", status: "fail", says: describe(wrong), ...hint };
}

function gateOf(gate: "enforced" | "advisory"): Finding {
  if (gate === "enforced")
    return { check: "gate", status: "pass", says: "enforced: this role cannot bypass it" };
  const hint = "Let a database administrator run what `reeve db setup` prints (docs/postgres.md).";
  return { check: "gate", status: "warn", says: "advisory: this database role could bypass it", hint };
}
