import { answered, approve, type MalloryHouse, type Way } from "./mallory.ts";

/** What he makes of acts and stops once the breaker is engaged. */
export const againstTheBreaker: readonly Way[] = [
  [
    "lifts it with his token, and in the database",
    async ({ as, sql }) =>
      [
        await answered(as.mallory.post("/v1/breaker/reset", { reason: "x" })),
        await answered(as.mallory.post("/v1/breaker/reset", { reason: "x" })),
        await sql("update reeve.latch set engaged = false"),
        await sql("delete from reeve.latch"),
        await sql("update reeve.latch set name = 'x'"),
        await sql("update reeve.latch set persons = '{boss,carol}'"),
      ].join(" "),
    "another-approver-needed another-approver-needed 42501 42501 42501 42501",
  ],
  [
    "engages it once more when the boss has lifted it with him, and says that it is the one that they lifted",
    async ({ as, sql, rows, hold }) => {
      const at = () => rows<{ at: number }>("select at from reeve.latch where name = 'breaker'");
      const [before] = await at();
      return [
        await answered(as.boss.post("/v1/breaker/reset", { reason: "looked into" })),
        await tamper({ sql, hold, as }),
        await sql("update reeve.latch set at = $1 where name = 'breaker'", [before?.at]),
        await answered(as.mallory.post("/v1/breaker/reset", { reason: "x" })),
      ].join(" ");
    },
    "lifted approval-unvouched done another-approver-needed",
  ],
  [
    "calls acts ready, takes withdrawn ones up again, and lifts suspensions",
    async ({ sql }) =>
      [
        await sql("update reeve.act_target set status = 'ready', note = null"),
        await sql("update reeve.device set suspended = null"),
        await sql("delete from reeve.act_withdrawal"),
      ].join(" "),
    "done done 42501",
  ],
  [
    "gives an act of his the mark, and the name, of one that reeve filed, and moves one to other devices",
    async ({ sql, as, hold }) => {
      const copied = await sql(
        `insert into reeve.act (id, name, content, author, verified, approvals, reason, revision, expires_at, created_at, persons, cool_off_ms, mac)
         select 'a-copy', 'Deprovision/copy@1', content, 'boss', verified, 1, reason, revision, expires_at, created_at, '{boss}', cool_off_ms, mac
         from reeve.act where mac is not null limit 1`,
      );
      const aimed = await sql(
        `insert into reeve.act_target (act, device, epoch, verb, parameters, status, updated_at)
         select 'a-copy', id, epoch, 'wipe', '{}', 'held', 1 from reeve.device`,
      );
      return [
        copied,
        aimed,
        await approve(as.mallory, await hold("/copy@")),
        await sql("update reeve.act set author = 'boss', persons = '{}'"),
        await sql("update reeve.act_target set device = (select min(id) from reeve.device)"),
        await sql(
          `insert into reeve.act_target (act, device, epoch, verb, parameters, status, updated_at)
           select (select min(act) from reeve.act_target where act <> 'a-copy'), id, epoch + 1, 'wipe', '{}', 'ready', 1 from reeve.device`,
        ),
      ].join(" ");
    },
    "done done approval-unvouched 42501 42501 done",
  ],
  [
    "becomes another role, turns the clock and the ceilings, and lets others wait",
    async ({ sql, connect, as }) => {
      const other = await connect();
      await other.query("begin");
      await other.query("update reeve.latch set engaged = true where name = 'kill-switch'");
      let isHalted = false;
      const halting = as.boss.post("/v1/halt", { reason: "an incident" }).then(() => {
        isHalted = true;
      });
      const answers: string[] = [];
      for (const statement of [
        "set role reeve_owner",
        "set session authorization reeve_owner",
        "update reeve.setting set value = 'caller'",
        "update reeve.gate_clock set elapsed = 9000000000000000",
        "update reeve.window_clock set latest = 4102444800000",
        "update reeve.ceiling set devices = 1000",
        "insert into reeve.approval (act, digest, by_person, at, expires_at) select id, 'x', 'boss', 1, 2 from reeve.act",
        "insert into reeve.release (act, device, epoch, command, digest, at) select id, 'x', 1, 'x', 'x', 1 from reeve.act",
        "truncate reeve.act_target",
        "create function reeve.is_vouched(text) returns boolean language sql return true",
        "create schema evil",
        "alter table reeve.command disable row level security",
        "select reeve.mark_of('x')",
        "select reeve.approve('a', 'b', 'boss', '', 1, 1)",
        "select reeve.lift('breaker', 'x', 'boss', '{}', 1)",
      ])
        answers.push(await sql(statement));
      const waits = isHalted ? "at once" : "waits for him";
      await other.query("rollback");
      await halting;
      await sql("select pg_notify('x', repeat('y', 7000)) from generate_series(1, 200)");
      await sql(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = current_user and datname = current_database() and pid <> pg_backend_pid()",
      );
      // The daemon opens new connections.
      let seen = "";
      for (let n = 0; n < 9 && seen !== "ok"; n++) seen = await answered(as.boss.get("/v1/holds"));
      const over = await answered(as.boss.post("/v1/unhalt", { reason: "over" }));
      return `${[...new Set(answers)].join()}, ${waits}, ${over}`;
    },
    "42501, waits for him, running",
  ],
];

/** An act by somebody else that needs one approval: his. */
async function tamper({ sql, hold, as }: Pick<MalloryHouse, "sql" | "hold" | "as">): Promise<string> {
  await sql(
    `insert into reeve.act (id, name, content, author, approvals, reason, expires_at, created_at, persons)
     values ('a-forged', 'Deprovision/forged@1', '{}', 'boss', 1, 'x', 9000000000000000, 1, '{boss}')`,
  );
  await sql(
    `insert into reeve.act_target (act, device, epoch, verb, parameters, status, updated_at)
     select 'a-forged', d.id, d.epoch, 'wipe', '{}', 'held', 1 from reeve.device d`,
  );
  return approve(as.mallory, await hold("/forged@"));
}
