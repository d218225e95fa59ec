import type { Event } from "../core/ledger.ts";
import { identitiesOf } from "../core/persons.ts";
import { UserError } from "../errors.ts";
import { type Approval, approve, findHold } from "../store/approvals.ts";
import { engage, lift, listControls, setControl, suspendDevices } from "../store/control.ts";
import { type Db, withRetries } from "../store/db.ts";
import { releaseQuarantined } from "../store/enrollment.ts";
import { appendEvents } from "../store/events.ts";
import { oldCopy } from "../store/memory.ts";
import { doubtKeys } from "./doubts.ts";
import { deviceNamed, type Looking } from "./view-devices.ts";

/** A person who acts through the admin plane. */
export interface Person {
  /** As events name it. */
  readonly name: string;
  /** As approvals count it, where one person has several tokens. */
  readonly person?: string;
  /** Folded names and addresses under which this person may have made a commit. */
  readonly identities?: readonly string[];
}

const approvalMs = 24 * 3_600_000;

/** Records an approval of exactly what the digest names. Throws UserError when it does not count, with the reason. */
export async function approveHold(
  looking: Looking,
  digest: string,
  by: Person,
  note: string | undefined,
  breakGlass = false,
): Promise<ApprovalView> {
  const hold = await findHold(looking.store, digest);
  if (hold === undefined)
    throw new UserError(
      "no-such-hold",
      `nothing that waits has a digest beginning with ${digest.slice(0, 64)}`,
      {
        hint: "`reeve holds` lists what waits. A change of the act or of its devices changes the digest.",
      },
    );
  const at = looking.clock();
  const noted = note === undefined ? {} : { note };
  const identities = identitiesOf([by.name, ...(by.identities ?? [])]);
  const approval = {
    act: hold.act,
    digest: hold.digest,
    by: by.person ?? by.name,
    identities,
    ttlMs: approvalMs,
    at,
    breakGlass,
    ...noted,
  };
  const answer = await approve(looking.store, approval);
  if (answer.type === "refused")
    throw new UserError(
      `approval-${answer.reason}`,
      refusals[answer.reason] ?? answer.reason,
      hintOf(answer.reason),
    );
  return approvalView(answer);
}

/** What became of an approval: `cooling` is approved, and leaves in so many ms. */
export interface ApprovalView {
  readonly status: "ready" | "cooling" | "more-approvals-needed";
  readonly leavesInMs?: number;
}

function approvalView({ ready, leavesIn }: Extract<Approval, { readonly type: "approved" }>): ApprovalView {
  if (ready) return { status: "ready" };
  return leavesIn === undefined
    ? { status: "more-approvals-needed" }
    : { status: "cooling", leavesInMs: leavesIn };
}

const refusals: Readonly<Record<string, string>> = {
  "own-act": "an act is approved by somebody else than those who committed it",
  "author-unknown": "nobody can tell who asked for this act: its commits name no author",
  changed: "the act or its devices are no longer what this digest names",
  expired: "the act has expired",
  over: "nothing of the act may leave any more: it is over",
  "unknown-act": "there is no such act",
  unvouched: "the record of this act is not what reeve has filed: somebody else wrote it into the database",
  "break-glass-off": "the owner of the database does not allow break-glass",
  "break-glass-one": "break-glass is for an act on one device",
  "break-glass-used": "break-glass was used within the last 24 hours",
};

function hintOf(reason: string): { readonly hint?: string } {
  if (reason !== "own-act") return {};
  const hint =
    "Ask another approver. If nobody can be reached: `reeve break-glass DIGEST --reason WHY`, one device in 24 hours.";
  return { hint };
}

export type Scope = "all" | "device" | "group" | "removals";

/** Stops changes: for a device, a group, everything, or removals only. Queries go on. */
export async function suspend(
  looking: Looking,
  scope: Scope,
  name: string | undefined,
  reason: string,
  by: Person,
): Promise<void> {
  const at = looking.clock();
  const event = { type: "suspended", at, message: `${told(scope, name)}: ${reason}`, by: by.name };
  if (scope === "device") {
    const { id } = await deviceNamed(looking.store, required(name, scope));
    await telling(looking, { ...event, ...aboutDevice(id, name) }, (db) => suspendDevices(db, [id], reason));
  } else {
    if (scope === "group") requireGroup(looking, required(name, scope));
    const control = controlName(scope, name);
    await telling(looking, event, (db) => setControl(db, control, reason, { person: by.name, at }));
  }
  looking.reconciler.reconsider();
}

/** Lifts a suspension or a latch. `observe` ends the watching of a first synchronisation. */
export async function resume(
  looking: Looking,
  scope: Scope | "observe" | "restored",
  name: string | undefined,
  by: Person,
): Promise<void> {
  const at = looking.clock();
  const event = { type: "resumed", at, message: told(scope, name), by: by.name };
  if (scope === "device") {
    const device = await deviceNamed(looking.store, required(name, scope));
    if (device.status !== "quarantined" && device.suspended === undefined) throw notStopped(scope, name);
    await telling(looking, { ...event, ...aboutDevice(device.id, name) }, async (db) => {
      if (device.status === "quarantined") await releaseQuarantined(db, device.channel, doubtKeys, at);
      await suspendDevices(db, [device.id], undefined);
    });
  } else if (scope === "restored") {
    const liftOne = (latch: string) =>
      lift(looking.store, { name: latch, reason: "resumed", by: by.name, at });
    const lifted = [await liftOne("restored"), await liftOne(oldCopy)];
    if (!lifted.includes("lifted")) throw notStopped(scope, name);
    await say(looking, event.type, event.message, by);
  } else {
    const control = controlName(scope, name);
    const set = (await listControls(looking.store)).some((one) => one.name === control);
    if (!set) throw notStopped(scope, name);
    await telling(looking, event, (db) => setControl(db, control, undefined, { person: by.name, at }));
  }
  looking.reconciler.reconsider();
}

/** Does it and tells of it in one transaction. */
function telling(looking: Looking, event: Event, work: (db: Db) => Promise<unknown>): Promise<void> {
  return withRetries(() =>
    looking.store.transaction(async (db) => {
      await work(db);
      await appendEvents(db, [event]);
    }),
  );
}

interface AboutDevice {
  readonly device?: string;
  readonly words?: readonly string[];
}

/** What a device was called is erased with it. */
function aboutDevice(device: string, name: string | undefined): AboutDevice {
  return { device, words: name === undefined || name === device ? [] : [name] };
}

function told(scope: string, name: string | undefined): string {
  return name === undefined ? scope : `${scope} ${name}`;
}

/** Throws UserError for a group that no revision declares: a slip of the pen would mean nobody. */
export function requireGroup(looking: Looking, name: string): void {
  const groups = looking.reconciler.current()?.compiled.groups;
  if (groups === undefined || groups.has(name)) return;
  throw new UserError("no-such-group", `no DeviceGroup is called ${name}`);
}

function notStopped(scope: string, name: string | undefined): UserError {
  return new UserError("not-stopped", `${told(scope, name)}: nothing to resume`, {
    hint: "`reeve status` lists what is stopped.",
  });
}

function controlName(scope: Exclude<Scope, "device"> | "observe", name: string | undefined): string {
  if (scope === "group") return `suspended/${required(name, scope)}`;
  return { all: "suspended", removals: "frozen", observe: "observe" }[scope];
}

function required(name: string | undefined, scope: string): string {
  if (name !== undefined && name !== "") return name;
  throw new UserError("name-missing", `name the ${scope}`);
}

/** The kill switch: from now on nothing at all is sent, by any replica. */
export async function halt(looking: Looking, reason: string, by: Person): Promise<void> {
  const at = looking.clock();
  const latch = { name: "kill-switch", reason, by: by.name, at };
  await telling(looking, { type: "halted", at, message: reason, by: by.name }, (db) => engage(db, latch));
}

/** Lifts the kill switch, over the approver's connection. */
export async function unhalt(looking: Looking, reason: string, by: Person): Promise<void> {
  const at = looking.clock();
  if ((await lift(looking.store, { name: "kill-switch", reason, by: by.name, at })) !== "lifted")
    throw new UserError("not-halted", "the kill switch is not on");
  await say(looking, "unhalted", reason, by);
  looking.reconciler.reconsider();
}

/** Notes for `reeve events` what a person did. */
export async function say(
  looking: Looking,
  type: string,
  message: string,
  by: Person,
  subject?: string,
  device: AboutDevice = {},
): Promise<void> {
  const about = { ...device, ...(subject === undefined ? {} : { subject }) };
  await appendEvents(looking.store, [{ type, at: looking.clock(), message, by: by.name, ...about }]);
}
