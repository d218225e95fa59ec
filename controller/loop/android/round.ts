import type { Quota } from "../../android/bucket.ts";
import { operationsLeft } from "../../core/android-operations.ts";
import { missingFromList } from "../../store/android-devices.ts";
import { dropHints, readHints } from "../../store/android-hints.ts";
import { listAndroidPolicies, policyNotWritten, retryPolicies } from "../../store/android-policies.ts";
import { askedAndroid, silentAndroid } from "../../store/android-to-read.ts";
import { checkOut } from "../../store/check-out.ts";
import { createActsRound } from "./acts-round.ts";
import { forgetPlaces } from "./lost-places.ts";
import { createMoving } from "./moving.ts";
import { type Patience, patience } from "./patience.ts";
import type { AndroidPorts } from "./ports.ts";
import { settleTokens } from "./settle-tokens.ts";
import { collectIdle, type Synced, syncPolicies } from "./sync-policies.ts";
import { takeReadings } from "./take-readings.ts";
import { writeTransition } from "./write-transition.ts";

/** Keeps the devices of an enterprise of Google's as they are granted. */
export interface AndroidLoop {
  /** One round: what is due to be read is read, and what changed is written. True when nothing was left to do. */
  readonly round: () => Promise<boolean>;
  /** These devices are read at the next round; events name them. */
  readonly hint: (names: readonly string[]) => void;
  /** Why devices cannot be given what is granted to them. */
  readonly faults: () => readonly string[];
}

export interface AndroidLoopOptions {
  /** How often all devices are read: what users remove by themselves is found in no other way. */
  readonly readEveryMs: number;
  readonly quota: Quota;
}

/** More hints than this are answered by reading the list, which has a hundred devices in each page. */
const mostSingly = 20;

/** A device reports once a day: after this it is asked for by its name, which tells of one that is not managed any more. */
const silentMs = 26 * 3_600_000;

/** So many silent devices are asked for with each list, in turn. */
const mostSilent = 20;

/** A loop that has read nothing yet: its first round reads every device of the enterprise. */
export function createAndroidLoop(ports: AndroidPorts, options: AndroidLoopOptions): AndroidLoop {
  let readAt = Number.NEGATIVE_INFINITY;
  let hints = new Set<string>();
  /** Devices whose record must be read before they are moved: Google did not answer about them. */
  let doubtful = new Set<string>();
  let faults: readonly string[] = [];
  let silentUntil = "";
  let askedUntil = 0;
  const acts = createActsRound(ports);
  const moving = createMoving(ports, options.quota);

  function readLater(names: readonly string[]): void {
    for (const name of names) hints.add(name);
  }

  async function round(): Promise<boolean> {
    const bearing = patience();
    const kept = await readHints(ports.store);
    if (kept.length > 0) acts.hint();
    // A lock goes before everything else.
    const acted = await acts.run(bearing);
    readLater(acted.gone);
    const wanted = await asked();
    readLater(wanted);
    const now = ports.clock();
    const named = [...new Set([...hints, ...doubtful, ...kept.map((one) => one.name)])];
    // A clock that was put back since would have it wait for long.
    const isDue = now - readAt >= options.readEveryMs || now < readAt || named.length > mostSingly;
    hints = new Set();
    try {
      const unread = isDue ? await readAll(ports, bearing) : await readSome(ports, named, bearing);
      if (isDue) readAt = now;
      doubtful = new Set(unread);
      await dropHints(
        ports.store,
        kept.filter((one) => !unread.includes(one.name)),
      );
      if (isDue) readLater(await readSome(ports, await byName(wanted), bearing));
    } catch (error) {
      readLater(named);
      throw error;
    }
    await settleTokens(ports).catch(bearing.failed);
    if (ports.isHalted()) return acted.isSettled;
    const before = new Set(doubtful);
    const synced: Synced = await syncPolicies(ports, { patience: bearing, moving, doubtful });
    faults = synced.faults;
    const fresh = [...doubtful].filter((name) => !before.has(name));
    doubtful = new Set([...before, ...(await readSome(ports, fresh, bearing))]);
    if (isDue) await collectIdle(ports, bearing);
    return acted.isSettled && synced.isSettled && hints.size + doubtful.size === 0;
  }

  /** What a person wants to know now; other replicas, whose clocks may differ, take such wishes too. */
  async function asked(): Promise<readonly string[]> {
    const at = ports.clock();
    const channels = await askedAndroid(ports.store, askedUntil - 60_000);
    askedUntil = at;
    if (channels.length > 0) await retryPolicies(ports.store, channels);
    return channels;
  }

  /** Whom the list may go on having though Google, asked by name, has them no more: some that are silent, in turn. */
  async function byName(wanted: readonly string[]): Promise<readonly string[]> {
    const page = { before: ports.clock() - silentMs, after: silentUntil, limit: mostSilent };
    const silent = await silentAndroid(ports.store, page);
    silentUntil = silent.length < mostSilent ? "" : (silent.at(-1) ?? "");
    return [...new Set([...(wanted.length > mostSingly ? [] : wanted), ...silent])];
  }

  return {
    round,
    hint: (names) => {
      acts.hint();
      readLater(names);
    },
    faults: () => faults,
  };
}

/** The whole list, and what it lacks: a device whose user removed its management says nothing more. */
async function readAll(ports: AndroidPorts, bearing: Patience): Promise<readonly string[]> {
  const list = ports.clock();
  await notOurWriting(ports);
  await takeReadings(ports, await ports.google.listDevices(), list);
  return readSome(ports, await missingFromList(ports.store, list), bearing);
}

/** Reads these devices one by one. Gives those that Google did not answer about: they do not keep the others waiting. */
async function readSome(
  ports: AndroidPorts,
  names: readonly string[],
  bearing: Patience,
): Promise<readonly string[]> {
  const values: unknown[] = [];
  const unread: string[] = [];
  for (const name of names) {
    try {
      const value = await ports.google.getDevice(name);
      bearing.answered();
      if (value === undefined) await leave(ports, name);
      else values.push(value);
    } catch (error) {
      bearing.failed(error);
      unread.push(name);
    }
  }
  if (values.length > 0) await takeReadings(ports, values);
  return unread;
}

async function leave(ports: AndroidPorts, channel: string): Promise<void> {
  const row = await ports.store.channels.read(channel);
  if (row === undefined || row.status === "left") return;
  let by: string | undefined;
  await writeTransition(ports, channel, (situation, now) => {
    const left = operationsLeft(situation, now);
    by = left.by;
    return left.transition.acts.length === 0 ? undefined : left.transition;
  });
  await forgetPlaces(ports, [{ name: channel, state: "gone" }]);
  const at = ports.clock();
  const message =
    by === undefined
      ? "Google does not have it any more: its management was removed"
      : "Google does not have it any more, as an act asked for";
  const subject = by === undefined ? {} : { subject: by };
  const told = { type: "device.left", at, device: row.device, message, ...subject };
  if (await checkOut(ports.store, channel, at, [told])) ports.onChange();
}

/** Policies whose number is not the one that reeve was told: somebody else wrote them, and they are written again. */
async function notOurWriting(ports: AndroidPorts): Promise<void> {
  const versions = await ports.google.listPolicies();
  for (const { id, hash, version, writing } of await listAndroidPolicies(ports.store)) {
    if (writing || version === undefined || versions.get(id) === version) continue;
    const at = ports.clock();
    const message = versions.has(id)
      ? `somebody else wrote it (version ${versions.get(id)} instead of ${version})`
      : "it is not at Google any more";
    const told = { type: "policy.foreign", at, subject: id, message };
    await policyNotWritten(ports.store, { id, hash, retryAt: 0 }, [told]);
  }
}
