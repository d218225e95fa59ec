import { expect, test } from "vitest";
import type { Patient } from "../../cli/doctor.ts";
import type { Config } from "../../config.ts";
import { postgres } from "../../store/test-stores.ts";
import { checkDatabase } from "./database.ts";

const server = await postgres();

test.each(server === undefined ? [] : [server])(
  "on $name the schema, the gate and each connection are told",
  async (stores) => {
    await using database = await stores.fresh();
    const look = (store: Readonly<Record<string, string>>) => checkDatabase(patientWith(store));
    const app = { databaseUrl: database.url("app") };
    expect(await look({ ...app, approverUrl: database.url("approver") })).toMatchObject([
      { check: "database", status: "pass" },
      { check: "schema", status: "pass" },
      { check: "gate", status: "pass", says: expect.stringContaining("enforced") },
      { check: "approver connection", status: "pass" },
    ]);
    expect(await look({ databaseUrl: database.url("owner") })).toContainEqual(
      expect.objectContaining({ check: "gate", status: "warn" }),
    );
    const wrong = new URL(database.url("app"));
    wrong.password = "not-it";
    const refused = await look({ ...app, ownerUrl: wrong.href });
    expect(refused.at(-1)).toMatchObject({ check: "owner connection", status: "fail" });
    expect(refused.at(-1)?.says).not.toContain("not-it");
    const nobody = await look({ databaseUrl: "postgres://reeve:secret-word@127.0.0.1:1/reeve" });
    expect(nobody).toMatchObject([{ check: "database", status: "fail" }]);
    expect(JSON.stringify(nobody)).not.toContain("secret-word");
  },
);

test("the embedded store is said to be for trials", async () => {
  expect(await checkDatabase(patientWith({}))).toMatchObject([
    { status: "warn", says: expect.stringContaining("trials") },
  ]);
});

/** Only what the check looks at. */
function patientWith(urls: Readonly<Record<string, string>>): Patient {
  const store = Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, { reveal: () => url }]));
  return {
    config: { store } as unknown as Config,
    now: Date.now,
    offline: false,
    ask: () => Promise.reject(new Error()),
  };
}
