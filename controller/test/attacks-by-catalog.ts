import type { MalloryHouse } from "./mallory.ts";

interface Callable {
  readonly name: string;
  readonly names: readonly string[];
  readonly types: readonly string[];
}

/** Calls each function that his role may call, with nothing, with nonsense, and with what is there. What should not have been answered. */
export async function callEverything({ rows, sql, house }: MalloryHouse): Promise<readonly string[]> {
  const found = await rows<Callable>(
    `select p.proname as name, coalesce(p.proargnames, '{}')::text[] as names,
       array(select format_type(t.oid, null) from unnest(p.proargtypes::oid[]) with ordinality a(oid, n)
         join pg_type t on t.oid = a.oid order by a.n) as types
     from pg_proc p join pg_namespace s on s.oid = p.pronamespace
     where s.nspname = 'reeve' and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
       and has_function_privilege(p.oid, 'execute')`,
  );
  const acts = await rows<{ act: string; device: string; epoch: number; channel: string; verb: string }>(
    `select t.act, t.device, t.epoch, c.id as channel, t.verb from reeve.act_target t
     join reeve.channel c on c.device = t.device and c.kind = 'device'`,
  );
  const wrong: string[] = [];
  const now = house.world.now();
  const call = async ({ name, types }: Callable, values: readonly unknown[]): Promise<void> => {
    const list = types.map((type, n) => `$${n + 1}::${type}`).join(", ");
    const [row] = await rows<{ answer: unknown }>(
      `select to_jsonb(r) as answer from reeve.${name}(${list}) r`,
      values,
    ).catch(() => []);
    const answer = JSON.stringify(row?.answer ?? null);
    if (/released|"deleted"|lifted|approved/.test(answer)) wrong.push(`${name}: ${answer}`);
  };
  const nonsense = (type: string, n: number): unknown => {
    if (type.endsWith("[]")) return [`{x'",${n}`];
    if (type === "jsonb") return JSON.stringify({ id: `EVIL-${n}`, intent: {}, at: 0, attempt: 1 });
    if (type === "boolean") return true;
    return /int|numeric/.test(type) ? 2_147_483_647 : `x';"${n}`;
  };
  for (const one of found) {
    const isTime = (n: number): boolean => one.names[n] === "p_now";
    await call(
      one,
      one.types.map((_, n) => (isTime(n) ? now : null)),
    );
    await call(
      one,
      one.types.map((type, n) => (isTime(n) ? now : nonsense(type, n))),
    );
  }
  const release = found.find(({ name }) => name === "release_act");
  if (release === undefined) return ["there is no gate"];
  for (const { act, channel, device, epoch, verb } of acts) {
    const intent = { type: "act", act, verb };
    const command = {
      id: `EVIL-${act}`,
      intent,
      requestType: "EraseDevice",
      class: "once",
      attempt: 1,
      at: 0,
    };
    await call(release, [act, channel, device, epoch, JSON.stringify(command), now]);
  }
  await sql("update reeve.act_target set status = 'executed'");
  return wrong;
}

/** What must stay whatever he does. */
const kept: readonly string[] = [
  "act",
  "act_target",
  "approval",
  "ceiling",
  "command",
  "deletion",
  "device",
  "event",
  "gate_clock",
  "gate_refusal",
  "latch",
  "latch_lift",
  "lifecycle",
  "migration",
  "portal_release",
  "release",
  "seal",
  "setting",
  "unsealed",
  "window_clock",
];

/** Empties, changes and deletes all that his role may. Which of the tables that must stay let him. */
export async function burnDown({ rows, sql }: MalloryHouse): Promise<readonly string[]> {
  const tables = await rows<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'reeve' order by 1",
  );
  const wrong: string[] = [];
  for (const { name } of tables) {
    const answers = [
      await sql(`truncate reeve.${name} cascade`),
      // One row after the other: what others refer to keeps nothing else.
      await sql(`delete from reeve.${name}`),
    ];
    const isKept = kept.includes(name);
    if (answers[0] === "done" || (isKept && answers.includes("done"))) wrong.push(name);
  }
  return wrong;
}
