import { freezeAct } from "./acts.ts";
import { approve, watchGate } from "./approvals.ts";
import { tryWipe, wipeOf } from "./contract-guards.ts";
import { engagedLatches, lift } from "./control.ts";
import { withRetries } from "./db.ts";
import type { Store } from "./open.ts";
import { changeOf, channelOf, enroll, sent, start } from "./test-fleet.ts";
import { day, type Filed, type Moment, type Order, type OrderOf, type Seen } from "./test-replica-orders.ts";
import { withdrawAct } from "./withdrawals.ts";

const count = 12;

/** Plays moments on replicas that share a database and its clock; gives what was seen. */
export async function play(
  replicas: readonly Store[],
  clock: { now: number },
  moments: readonly Moment[],
  afterEach: () => Promise<void>,
): Promise<Seen> {
  const [first] = replicas;
  if (first === undefined) throw new Error("no replica");
  const stage = createStage(clock);
  for (let n = 0; n < count; n += 1) await stage.enter(first, n);
  for (const [index, { orders, passMs }] of moments.entries()) {
    if ((await engagedLatches(first)).length > 0) stage.seen.stopped.add(index);
    const pick = (number: number): Store => replicas[number % replicas.length] ?? first;
    await Promise.all(orders.map((one) => stage.carryOut(pick, one, index)));
    await afterEach();
    clock.now += passMs;
  }
  return stage.seen;
}

/** Devices and acts, and how a replica carries out each order. */
function createStage(clock: { now: number }) {
  const devices = new Map<number, { readonly device: string; readonly epoch: number }>();
  const seen: Seen = { sends: [], approvals: [], acts: [], stopped: new Set(), putOff: new Set() };
  const putOff = new Set<string>();
  let made = 0;

  async function enter(store: Store, n: number): Promise<void> {
    devices.set(n, await enroll(store, n, { at: clock.now }));
  }

  async function file(store: Store, one: OrderOf<"file">): Promise<void> {
    const numbers = Array.from({ length: one.size }, (_, k) => (one.device + 5 * k) % count);
    const targets = numbers.flatMap((n) => {
      const device = devices.get(n);
      return device === undefined ? [] : [{ n, ...device }];
    });
    const [needs, destroys] = [one.needs, !one.disrupts];
    const verb = destroys ? ("wipe" as const) : ("lock" as const);
    const act = wipeOf(targets, {
      name: `Operation/o-${made++}@1`,
      author: "author",
      approvals: needs,
      expiresAt: start + 90 * day,
      at: clock.now,
      targets: targets.map(({ device, epoch }) => ({ device, epoch, verb, parameters: {} })),
    });
    // One of them may enroll anew at this moment: then nothing is filed.
    const frozen = await freezeAct(store, act).catch(() => undefined);
    if (frozen !== undefined) seen.acts.push({ ...frozen, targets, needs, destroys });
  }

  async function give(store: Store, act: Filed, person: string, glass: boolean): Promise<void> {
    const at = clock.now;
    const approval = { act: act.id, digest: act.digest, by: person, ttlMs: day, at, breakGlass: glass };
    const { type } = await approve(store, approval);
    if (type === "approved") seen.approvals.push({ act, person, glass, at });
  }

  /** As many persons as are needed approve the newest acts that destroy. */
  async function giveSome(store: Store, person: string): Promise<void> {
    for (const act of seen.acts.filter(({ destroys }) => destroys).slice(-2))
      for (const by of [person, `${person}'s deputy`].slice(0, act.needs)) await give(store, act, by, false);
  }

  /** As the loop sends it: with the change of its channel. */
  async function send(store: Store, act: Filed, { n, epoch }: Target, index: number): Promise<void> {
    const at = clock.now;
    const command = idOf(act, { n, epoch });
    const sending = act.destroys ? tryWipe : tryLock;
    const { type } = await sending(store, n, act.id, command, at);
    if (type !== "written") return;
    seen.sends.push({ moment: index, at, act, n, epoch, command, again: putOff.delete(command) });
  }

  /** Past the change of its channel, under an id of its own. */
  async function sendAtGate(store: Store, act: Filed, target: Filed["targets"][number], index: number) {
    const [at, command] = [clock.now, `gate-${made++}`];
    // Where another one holds the device and waits for the act, the database ends one of the two, and nothing is written.
    const [row] = await withRetries(() =>
      store.query<{ answer: string }>("select reeve.release_act($1, $2, $3, $4, $5, $6) as answer", [
        act.id,
        `UDID-${target.n}`,
        target.device,
        target.epoch,
        commandOf(act, command),
        at,
      ]),
    );
    if (row?.answer === "released")
      seen.sends.push({ ...target, moment: index, at, act, command, again: false });
  }

  async function answer(store: Store, act: Filed, target: Target, index: number, word: Word): Promise<void> {
    const id = idOf(act, target);
    const [row] = await store.query<{ sentAt: number }>(
      `select sent_at as "sentAt" from reeve.command where id = $1 and status = 'sent'`,
      [id],
    );
    if (row === undefined) return;
    const closed = { type: "closed", id, status: word, at: clock.now, sentAt: row.sentAt } as const;
    const acts = [{ act: act.id, status: word === "notNow" ? ("ready" as const) : word }];
    const change = changeOf(await channelOf(store, `UDID-${target.n}`), { ledger: [closed], acts });
    if ((await store.channels.write(change)).type !== "written") return;
    if (word === "notNow") for (const known of [putOff, seen.putOff]) known.add(id);
    if (word === "executed") act.executed ??= index;
  }

  async function withdraw(store: Store, act: Filed, person: string, index: number): Promise<void> {
    await withdrawAct(store, { act: act.id, by: person, note: "a test", at: clock.now });
    act.withdrawn ??= index;
  }

  async function liftBreaker(store: Store, index: number): Promise<void> {
    seen.stopped.delete(index);
    for (const by of ["boss", "deputy"])
      await lift(store, { name: "breaker", reason: "looked", by, at: clock.now });
  }

  /** What is about an act, as far as there is one: one of the newest. */
  async function carryOutOn(store: Store, one: Order, index: number): Promise<void> {
    const act = seen.acts.at(-1 - (one.act % Math.min(7, Math.max(1, seen.acts.length))));
    const target = act?.targets[one.device % act.targets.length];
    if (act === undefined || target === undefined) return;
    const person = `person-${one.person % 7}`;
    if (one.type === "approve") await giveSome(store, person);
    if (one.type === "break the glass") await give(store, act, person, true);
    // Each is refused, and more than five within an hour engage the breaker.
    if (one.type === "approve something else")
      for (const digest of ["0", "1", "2"]) await give(store, { ...act, digest }, person, false);
    if (one.type === "withdraw") await withdraw(store, act, person, index);
    if (one.type === "send at the gate") await sendAtGate(store, act, target, index);
    if (one.type === "answer") await answer(store, act, target, index, one.word);
  }

  /** What all devices would be sent that came at this moment, each to a replica of its own. */
  async function sendAll(pick: Picked, index: number): Promise<void> {
    const sending = seen.acts
      .slice(-7)
      .flatMap((act) => act.targets.map((each) => send(pick(made++), act, each, index)));
    await Promise.all(sending);
  }

  async function carryOut(pick: Picked, one: Order, index: number): Promise<void> {
    const store = pick(one.replica);
    if (one.type === "send all") await sendAll(pick, index);
    else if (one.type === "file") await file(store, one);
    else if (one.type === "watch") await watchGate(store, clock.now);
    else if (one.type === "lift the breaker") await liftBreaker(store, index);
    else if (one.type === "enroll again") await enter(store, one.device % count);
    else await carryOutOn(store, one, index);
  }
  return { seen, enter, carryOut };
}

type Picked = (number: number) => Store;
type Target = Omit<Filed["targets"][number], "device">;
type Word = OrderOf<"answer">["word"];

function idOf({ id }: Filed, { n, epoch }: Target): string {
  return `${id}-${n}-${epoch}`;
}

function commandOf({ id: act, destroys }: Filed, id: string): string {
  const intent = { type: "act", act, verb: destroys ? "wipe" : "lock" };
  const requestType = destroys ? "EraseDevice" : "DeviceLock";
  return JSON.stringify({ id, intent, class: "once", attempt: 1, at: 0, requestType });
}

async function tryLock(store: Store, n: number, act: string, id: string, at: number) {
  const row = await channelOf(store, `UDID-${n}`);
  const command = { ...sent(id, { type: "act", act, verb: "lock" }, { at }), requestType: "DeviceLock" };
  const change = { ledger: [command], acts: [{ act, status: "sent" as const }], dueAt: undefined };
  return store.channels.write(changeOf(row, change));
}
