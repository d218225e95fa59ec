import { canonical, digestOf } from "../core/canonical.ts";
import type { Content, Granted } from "../core/granted.ts";
import type { MalloryHouse, Way } from "./mallory.ts";

/** Every channel says that this command is on its way, and is to be woken. */
const onItsWay = `update reeve.channel c set version = version + 1, due_at = 0, state = jsonb_set(state, '{outstanding}',
  jsonb_build_object('id', $1::text, 'intent', $2::jsonb, 'attempt', 1, 'at', 1)) where c.kind = 'device'`;
const wiping = (act: string) => JSON.stringify({ type: "act", act, verb: "wipe" });

/** What he makes of the daemon's own memory: it goes on as if it had decided so itself. */
export const bySql: readonly Way[] = [
  [
    "makes a wipe of a lock that was sent, and goes again until it is answered",
    async ({ as, sql, look, house, rows }) => {
      const lock = { act: { lock: {} }, reason: "x", delivery: "untilAcknowledged", key: "00000000000000ff" };
      await as.mallory.post("/v1/devices/SIM-3/acts", lock);
      await look();
      await house.device("SIM-3").connect();
      const [row] = await rows<{ act: string; command: string }>(
        "select r.act, r.command from reeve.release r where not r.destructive",
      );
      return [
        await sql("update reeve.command set status = 'sent' where id = $1", [row?.command]),
        await sql("update reeve.act_target set status = 'sent' where act = $1", [row?.act]),
        await sql(onItsWay, [row?.command, wiping(row?.act ?? "")]),
      ].join(" ");
    },
    "42501 done done",
  ],
  [
    "has a wipe on its way to everybody, which goes again until it is answered",
    async ({ sql, house }) =>
      [
        await sql(
          `insert into reeve.act (id, name, content, author, approvals, reason, expires_at, created_at, persons)
           values ('a-again', 'Direct/again@1', '{}', 'boss', 1, 'x', 9000000000000000, $1, '{boss}')`,
          [house.world.now() - 1],
        ),
        await sql(
          `insert into reeve.act_target (act, device, epoch, verb, parameters, status, updated_at)
           select 'a-again', id, epoch, 'wipe', '{"delivery":"untilAcknowledged"}', 'sent', 1 from reeve.device`,
        ),
        await sql(onItsWay, ["EVIL", wiping("a-again")]),
      ].join(" "),
    "done done done",
  ],
  [
    "has enrollment tokens and policies taken back at Google that are called like devices",
    async ({ sql, house }) => {
      const made = [
        await sql(
          `insert into reeve.android_token (id, name, label, one_time, usage, expires_at, revoked_at, created_by, created_at)
           select 'evil' || row_number() over (), channel, '', false, '', 9000000000000000, 1, 'x', 1 from reeve.android_device`,
        ),
        await sql(
          `insert into reeve.android_policy (id, hash, writing, version, at)
           select '../devices/' || split_part(channel, '/', 4), (select hash from reeve.android_rendering limit 1), false, 1, 1
           from reeve.android_device`,
        ),
      ];
      await house.pass(2 * 3_600_000, 3_600_000);
      return made.join(" ");
    },
    "done done",
  ],
  [
    "grants Android devices a rule that erases them after a day",
    async (one) => {
      const policy = {
        minimumApiLevel: 99,
        policyEnforcementRules: [
          {
            settingName: "minimumApiLevel",
            blockAction: { blockAfterDays: 0 },
            wipeAction: { wipeAfterDays: 1, preserveFrp: false },
          },
        ],
      };
      await grant(one, { kind: "AndroidFragment", displayName: "x", policy });
      // Before the daemon comes to grant them what they should have.
      await one.house.controller.android?.round().catch(() => {});
      const { data } = await one.house.am.enterprises.policies.list({ parent: one.house.enterprise });
      return data.policies?.some((held) => held.minimumApiLevel === 99) ? "at Google" : "kept out";
    },
    "kept out",
  ],
  [
    "grants iPads a passcode that erases them at the second mistake",
    async (one) => {
      const content = { forcePIN: true, maxFailedAttempts: 2 };
      await grant(one, {
        kind: "Profile",
        identifier: "evil",
        displayName: "x",
        uuid: "EVIL",
        scope: "device",
        removable: "always",
        signed: true,
        encrypt: "never",
        body: {
          type: "payloads",
          payloads: [{ type: "com.apple.mobiledevice.passwordpolicy", name: "x", content }],
        },
      });
      const ipad = one.house.device("SIM-4");
      await ipad.connect();
      return ipad.snapshot().profiles.evil === undefined ? "kept out" : "installed";
    },
    "kept out",
  ],
  [
    "deletes the record of a device that he calls left",
    async ({ rows, sql, house }) => {
      const left = await sql("update reeve.channel set status = 'left' where id = $1", [
        house.device("SIM-2").udid,
      ]);
      const found = await rows<{ answer: string }>(
        `select reeve.forget_device(d.id, d.epoch, true, 'boss', 'sold', m.mark, $1) as answer
         from reeve.device d, (values (''), (null), (repeat('0', 64))) m(mark) where d.serial = 'SIM-2'`,
        [house.world.now()],
      );
      await sql("update reeve.channel set status = 'enrolled' where id = $1", [house.device("SIM-2").udid]);
      return `${left} ${found.map(({ answer }) => answer)}`;
    },
    "done unvouched,unvouched,unvouched",
  ],
];

/** Puts a content beside what channels of its platform are granted. */
async function grant({ rows, sql }: MalloryHouse, content: Content): Promise<void> {
  const digest = digestOf(content);
  await sql("insert into reeve.content (digest, body, created_at) values ($1, $2, 0)", [
    digest,
    canonical(content),
  ]);
  const found = await rows<{ id: string; body: Granted }>(
    "select i.id, i.body from reeve.interned i where i.id in (select granted_id from reeve.channel)",
  );
  for (const { id, body } of found) {
    const like = body.items.find((item) => item.kind === content.kind);
    if (like === undefined) continue;
    const evil = { ...like, key: "Profile/evil", id: "evil", digest, uuid: "EVIL" };
    const granted = { ...body, items: [...body.items, evil] };
    await sql("insert into reeve.interned (id, body, created_at) values ($1, $2, 0)", [
      digestOf(granted),
      canonical(granted),
    ]);
    await sql(
      "update reeve.channel set granted_id = $1, version = version + 1, due_at = 0 where granted_id = $2",
      [digestOf(granted), id],
    );
  }
}
