import { expect, test } from "vitest";
import type { DeclarationSet } from "../core/declarations.ts";
import type { Observed } from "../core/observed.ts";
import type { Interned } from "../core/ports.ts";
import { seeded } from "../simulator/random.ts";
import { freezeAct } from "../store/acts.ts";
import { listDevices } from "../store/devices.ts";
import { intern } from "../store/interned.ts";
import type { Store } from "../store/open.ts";
import { changeOf, channelOf } from "../store/test-fleet.ts";
import { pglite } from "../store/test-stores.ts";
import { install } from "../test/installation.ts";
import { baseline } from "../test/manifests.ts";
import {
  facts,
  grantedWith,
  handed,
  profile,
  randomDevice,
  record,
  type Seeded,
} from "../test/random-devices.ts";
import { countFleet } from "./count-fleet.ts";
import { type Looking, viewDevice } from "./view-devices.ts";

test("the counts are those of looking at each device", async () => {
  await using house = await install({ stores: pglite, devices: [], files: baseline });
  const now = house.world.now();
  const random = seeded("status");
  await seed(house.store, 600, "s", now, () => randomDevice(random, now));
  await addActs(house.store, now);

  const counted = await countFleet(house.looking);
  const looked = await oneByOne(house.looking);

  expect(looked.stalled.size).toBeGreaterThan(10);
  expect([...looked.held.keys()].sort()).toEqual([
    "Profile/gone is held back: the budget is used up",
    "Profile/late waits for its window",
    "Profile/old stays until Profile/wifi2 is there; its user has removed it, and that is left so",
  ]);
  expect(Object.fromEntries(counted.platforms.map(({ platform, ...tally }) => [platform, tally]))).toEqual(
    looked.platforms,
  );
  expect(new Map(counted.stalled.map((one) => [one.reason, one.devices]))).toEqual(looked.stalled);
  expect(new Map(counted.held.map((one) => [one.reason, one.devices]))).toEqual(looked.held);
});

test("five thousand devices in the middle of a change cost a few statements and rows", async () => {
  await using house = await install({ stores: pglite, devices: [], files: baseline });
  const now = house.world.now();
  const item = profile("wifi");
  const granted = record(grantedWith([item]));
  const waiting = record<Observed>({ owned: {}, profiles: {} });
  let n = 0;
  let failing = 0;
  await seed(house.store, 5_000, "d", now, () => {
    n += 1;
    const phase = (["sent", "acknowledged", "failed"] as const)[n % 3] ?? "sent";
    const attempts = phase === "failed" ? 1 + (n % 40) : 1;
    if (attempts >= 3) failing += 1;
    const errors = [{ domain: "MCInstallation", code: 4001, text: "the profile is invalid" }];
    const progress = {
      [item.key]: { digest: item.digest, attempts, phase, at: now - n, retryAt: now + n, errors },
    };
    const declared = n % 2 === 0 ? handed : undefined;
    const seenAt = now - n;
    return {
      facts: facts("ios"),
      granted,
      observed: waiting,
      declared,
      progress,
      status: "enrolled",
      seenAt,
    };
  });
  const { store, rows } = counting(house.store);
  const before = house.store.statements();

  const fleet = await countFleet({ ...house.looking, store });

  expect(fleet.total).toMatchObject({ total: 5_000, reconciling: 5_000 - failing, stalled: failing });
  expect(fleet.stalled).toMatchObject([{ reason: "Profile/wifi: the profile is invalid", devices: failing }]);
  expect(house.store.statements() - before).toBeLessThanOrEqual(2);
  expect(rows()).toBeLessThanOrEqual(12);
});

/** Puts devices into the database; what is under way on them is written as a connection writes it. */
async function seed(
  store: Store,
  count: number,
  prefix: string,
  at: number,
  make: () => Seeded,
): Promise<void> {
  const devices = Array.from({ length: count }, (_, n) => ({ id: `${prefix}-${n}`, ...make() }));
  const records = devices.flatMap((one) => [one.facts, one.granted, one.observed, one.declared]);
  await intern(
    store,
    records.filter((one) => one !== undefined),
    at,
  );
  const rows = devices.map(({ id, facts, granted, observed, status, suspended, seenAt }) => ({
    id,
    facts: facts.id,
    granted: granted?.id,
    observed: observed?.id,
    status,
    suspended,
    seenAt,
  }));
  const from = `jsonb_to_recordset($1::jsonb) as r(
    id text, facts text, granted text, observed text, status text, suspended text, "seenAt" bigint)`;
  await store.query(
    `insert into reeve.device (id, serial, epoch, enrolled_at, facts_id, awaiting, suspended)
     select r.id, r.id, 1, $2, r.facts, false, r.suspended from ${from}`,
    [JSON.stringify(rows), at],
  );
  await store.query(
    `insert into reeve.channel
       (id, device, epoch, kind, status, certificate, topic, granted_id, observed_id, last_seen_at)
     select r.id, r.id, 1, 'device', r.status, r.id, 'topic', r.granted, r.observed, r."seenAt" from ${from}
     where $2::bigint > 0`,
    [JSON.stringify(rows), at],
  );
  await Promise.all(
    devices
      .filter((one) => Object.keys(one.progress).length > 0 || one.declared !== undefined)
      .map(async ({ id, progress, declared }) => {
        const row = await channelOf(store, id);
        const handed = declared === undefined ? {} : { declared: handing(declared, at) };
        await store.channels.write(changeOf(row, { state: { ...row.state, progress, ...handed } }));
      }),
  );
}

function handing({ id: set, body: { token } }: Interned<DeclarationSet>, at: number) {
  return { set, token, wanted: token, at };
}

/** Acts in every status that is not over, on some devices each. */
async function addActs(store: Store, at: number): Promise<void> {
  for (const [index, status] of (["held", "ready", "sent", "unknown", "executed"] as const).entries()) {
    const targets = Array.from({ length: 60 }, (_, n) => ({
      device: `s-${index * 40 + n}`,
      epoch: 1,
      verb: n % 2 === 0 ? ("wipe" as const) : ("lock" as const),
      parameters: {},
    }));
    const name = `Operation/${status}@1`;
    const times = { at, expiresAt: at + 1_000_000 };
    const frozen = await freezeAct(store, {
      ...times,
      name,
      content: {},
      author: "it",
      approvals: 1,
      reason: "test",
      targets,
    });
    await store.query("update reeve.act_target set status = $2 where act = $1", [frozen?.id, status]);
  }
}

async function oneByOne(looking: Looking) {
  const platforms: Record<string, Record<string, number>> = {};
  const stalled = new Map<string, number>();
  const held = new Map<string, number>();
  for (const row of await listDevices(looking.store, { registered: true, limit: 10_000 })) {
    const { platform = "unknown", condition } = viewDevice(looking, row);
    platforms[platform] ??= { total: 0, ready: 0, reconciling: 0, stalled: 0, held: 0, unreachable: 0 };
    const tally = platforms[platform];
    for (const column of ["total", condition.type.toLowerCase()]) tally[column] = (tally[column] ?? 0) + 1;
    if (condition.type === "Stalled")
      stalled.set(condition.message, (stalled.get(condition.message) ?? 0) + 1);
    if (["RemovalHeld", "AwaitsWindow"].includes(condition.reason))
      held.set(condition.message, (held.get(condition.message) ?? 0) + 1);
  }
  return { platforms, stalled, held };
}

/** The store, and how many rows it has answered. */
function counting(store: Store): { readonly store: Store; readonly rows: () => number } {
  let rows = 0;
  const query: Store["query"] = async <Row extends object>(...asked: Parameters<Store["query"]>) => {
    const answer = await store.query<Row>(...asked);
    rows += answer.length;
    return answer;
  };
  return { store: { ...store, query }, rows: () => rows };
}
