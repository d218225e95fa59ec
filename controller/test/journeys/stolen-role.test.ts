import { describe, expect, test } from "vitest";
import { canonical, digestOf } from "../../core/canonical.ts";
import type { Granted } from "../../core/granted.ts";
import { approveHold } from "../../loop/control.ts";
import { listHolds } from "../../store/approvals.ts";
import { postgres } from "../../store/test-stores.ts";
import { type Installation, install } from "../installation.ts";
import { baseline } from "../manifests.ts";

const server = await postgres();

const files = {
  ...baseline,
  "devices.yaml": `apiVersion: reeve/v1
kind: Device
metadata: {name: ipad-1}
spec: {match: {serial: SIM-1}, alias: IPAD-1, ownership: company}
`,
  "lost.yaml": `apiVersion: reeve/v1
kind: Deprovision
metadata: {name: lost}
spec: {target: {devices: [IPAD-1]}, state: retired, reason: stolen, expectedDevices: 1, expiresAt: "2027-06-01T00:00:00Z"}
`,
};

const wipeIntent = (act: string) => ({ type: "act", act, verb: "wipe" });

/** The store of an installation is connected as the application's role: what it can do, its thief can do. */
async function steal(house: Installation) {
  const outcomes: string[] = [];
  const attempt = async (sql: string, values: readonly unknown[] = []): Promise<void> => {
    await house.store.query(sql, [...values]).then(
      () => outcomes.push("ok"),
      (error: { code?: string }) => outcomes.push(error.code ?? "error"),
    );
  };
  return { attempt, outcomes };
}

/** Every device is woken, connects and does what it is told. */
async function everybodyConnects(house: Installation): Promise<void> {
  await house.store.query("update reeve.channel set due_at = 0");
  await house.settle(60_000);
  for (const device of house.fleet.devices) await device.connect();
  await house.world.advance(30_000);
}

function destroyed(house: Installation): readonly string[] {
  return house.fleet.devices
    .filter((one) => one.ledger.of("erased").length + one.ledger.of("unenrolled").length > 0)
    .map((one) => one.serial);
}

describe.runIf(server !== undefined)("with the application's database role in an attacker's hands", () => {
  test("no device is wiped and none loses its management, and an approved wipe still happens exactly once", async () => {
    if (server === undefined) return;
    await using house = await install({
      stores: server,
      files,
      devices: [
        { serial: "SIM-1", platform: "ipados", name: "IPAD-1", supervised: true },
        { serial: "SIM-2", platform: "ios", name: "IPHONE-2", supervised: true },
      ],
      parts: { onError: () => {} },
    });
    await house.enroll();
    await house.settle();
    const [hold] = await listHolds(house.store);
    const act = hold?.act ?? "";
    expect(house.store.gate).toBe("enforced");
    expect(hold?.count).toBe(1);
    const thief = await steal(house);

    // Pretends that the act was approved, and that there are approvals.
    await thief.attempt("update reeve.act_target set status = 'ready' where act = $1", [act]);
    await thief.attempt(
      "insert into reeve.approval (act, digest, by_person, at, expires_at) values ($1, $2, 'x', 0, 9999999999999)",
      [act, hold?.digest],
    );
    await everybodyConnects(house);
    // Says that the command was sent already, or set aside, so that it only has to be repeated.
    for (const place of ["outstanding", "aside"]) {
      const sent = { id: `EVIL-${place}`, intent: wipeIntent(act), attempt: 1, at: 1, count: 1, last: 1 };
      const value = place === "aside" ? [sent] : sent;
      await thief.attempt(`update reeve.channel set state = jsonb_set(state, '{${place}}', $1::jsonb)`, [
        JSON.stringify(value),
      ]);
      await everybodyConnects(house);
    }
    // Grants and observations that would remove or replace the management profile.
    await plantObserved(house, thief.attempt);
    await everybodyConnects(house);
    await plantGranted(house, thief.attempt);
    await everybodyConnects(house);
    // An act that calls itself harmless.
    await plantRemoveProfile(house, thief.attempt);
    await everybodyConnects(house);

    expect(destroyed(house)).toEqual([]);
    expect(thief.outcomes).toContain("42501");
    expect(thief.outcomes).toContain("ok");
  });

  test("a wipe that was handed out and never answered is not handed out again, though he says that it was put off", async () => {
    if (server === undefined) return;
    await using house = await install({
      stores: server,
      files,
      devices: [{ serial: "SIM-1", platform: "ipados", name: "IPAD-1", supervised: true }],
      parts: { onError: () => {} },
    });
    await house.enroll();
    await house.settle();
    const phone = house.device("SIM-1");
    phone.goOffline();
    const [hold] = await listHolds(house.store);
    await approveHold(house.looking, hold?.digest ?? "", { name: "second@acme.example" }, undefined);
    const answer = await phone.sendRaw({ channel: "command", body: idleOf(phone.udid) });
    expect(answer.body.toString()).toContain("EraseDevice");
    const [wipe] = await house.store.query<{ id: string }>("select id from reeve.command where destructive");
    const thief = await steal(house);

    await thief.attempt("update reeve.command set status = 'notNow', put_off = 'x' where destructive");
    await thief.attempt("update reeve.act_target set status = 'ready'");
    const aside = [
      { id: wipe?.id, intent: wipeIntent(hold?.act ?? ""), attempt: 1, at: 1, count: 1, last: 1 },
    ];
    await thief.attempt(
      "update reeve.channel set version = version + 1, state = jsonb_set(state - 'outstanding', '{aside}', $1::jsonb)",
      [JSON.stringify(aside)],
    );
    expect(thief.outcomes).toEqual(["ok", "ok", "ok"]);
    phone.goOnline();
    await everybodyConnects(house);

    expect(destroyed(house)).toEqual([]);
    expect(phone.ledger.of("command").filter((one) => one.requestType === "EraseDevice")).toEqual([]);
  });

  test("a wipe that two persons really want happens exactly once", async () => {
    if (server === undefined) return;
    await using house = await install({
      stores: server,
      files,
      devices: [{ serial: "SIM-1", platform: "ipados", name: "IPAD-1", supervised: true }],
    });
    await house.enroll();
    await house.settle();
    const [hold] = await listHolds(house.store);

    await approveHold(house.looking, hold?.digest ?? "", { name: "second@acme.example" }, undefined);
    await house.settle();

    const { ledger } = house.device("SIM-1");
    expect(ledger.of("erased")).toHaveLength(1);
    expect(ledger.of("command").filter((one) => one.requestType === "EraseDevice")).toHaveLength(1);
  });
});

function idleOf(udid: string): Buffer {
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict><key>Status</key><string>Idle</string><key>UDID</key><string>${udid}</string></dict></plist>`,
  );
}

type Attempt = (sql: string, values?: readonly unknown[]) => Promise<void>;

async function plantObserved(house: Installation, attempt: Attempt): Promise<void> {
  const rows = await house.store.query<{ body: { owned: object; profiles?: object } }>(
    "select i.body from reeve.interned i join reeve.channel c on c.observed_id = i.id limit 1",
  );
  const owned = { kind: "Profile", id: "reeve.enrollment", digest: "x", onLeave: "remove" };
  const body = { ...rows[0]?.body, owned: { ...rows[0]?.body.owned, "Profile/evil": owned } };
  const id = digestOf(body);
  await attempt("insert into reeve.interned (id, body, created_at) values ($1, $2, 0)", [
    id,
    canonical(body),
  ]);
  await attempt("update reeve.channel set observed_id = $1, version = version + 1", [id]);
}

async function plantGranted(house: Installation, attempt: Attempt): Promise<void> {
  const content = {
    kind: "Profile",
    identifier: "Reeve.Enrollment",
    displayName: "x",
    uuid: "EVIL",
    scope: "device",
    removable: "always",
    signed: true,
    encrypt: "never",
    body: { type: "payloads", payloads: [] },
  };
  const digest = digestOf(content);
  const item = {
    key: "Profile/evil",
    kind: "Profile",
    id: "Reeve.Enrollment",
    digest,
    uuid: "EVIL",
    drift: "correct",
    install: "required",
    onLeave: "remove",
    policy: "p",
    after: [],
  };
  const granted = {
    items: [item],
    inventory: [],
    groups: [],
    sends: "all",
    conflicts: [],
    lifted: [],
    unsupported: [],
    notApplicable: [],
  };
  await attempt("insert into reeve.content (digest, body, created_at) values ($1, $2, 0)", [
    digest,
    canonical(content),
  ]);
  await attempt("insert into reeve.interned (id, body, created_at) values ($1, $2, 0)", [
    digestOf(granted as unknown as Granted),
    canonical(granted),
  ]);
  await attempt("update reeve.channel set granted_id = $1, version = version + 1", [digestOf(granted)]);
  void house;
}

async function plantRemoveProfile(house: Installation, attempt: Attempt): Promise<void> {
  await attempt(
    `insert into reeve.act (id, name, content, author, approvals, reason, expires_at, created_at)
     values ('a-evil', 'Operation/evil@1', '{}', 'x', 1, 'x', 9999999999999, 0)`,
  );
  await attempt(
    `insert into reeve.act_target (act, device, epoch, verb, parameters, status, updated_at)
     select 'a-evil', id, epoch, 'removeProfile', '{"identifier":"reeve.enrollment"}', 'ready', 0 from reeve.device`,
  );
  void house;
}
