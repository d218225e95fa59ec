import { join } from "node:path";
import { expect } from "vitest";
import { Retry } from "../../errors.ts";
import type { EnrollmentView } from "../../loop/enrollment-views.ts";
import type { OperationView } from "../../loop/views.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import type { RunningFleet } from "../../simulator/start-fleet.ts";
import type { TestStores } from "../../store/test-stores.ts";
import { run } from "../postgres-server.ts";
import type { DaemonProcess } from "./daemon-process.ts";
import { eventually } from "./eventually.ts";
import { type House, member, openHouse } from "./house.ts";
import { agree, isAwaited, isOpen, staysSo, type Trial } from "./ledgers.ts";
import { declared, type Life, lives, serialOf } from "./lives.ts";

/** Where a daemon is killed: at its Nth boundary, or while the device executes, whose answer may be lost too. */
export type Cut = number | "while the device executes" | "while the device executes and forgets";

/** A daemon that is killed again and again while it serves one device for each life. */
export interface Workshop extends AsyncDisposable {
  /**
   * One more run of a life with one kill, then a new daemon and devices that come back. Gives the boundary where it
   * was cut, in words; undefined when the run was over before. Throws when the ledgers do not agree.
   */
  readonly runCut: (life: Life, cut: Cut) => Promise<string | undefined>;
}

const entry = join(import.meta.dirname, "crashing-daemon.ts");

/** A house with an enrolled device for each life. */
export async function openWorkshop(stores: TestStores): Promise<Workshop> {
  await using opening = new AsyncDisposableStack();
  const house = opening.use(await openHouse({ stores, files: declared(() => 0) }));
  if (house.database !== undefined) await liftCeiling(house.database.url("owner"));
  const daemon = await house.start({ entry });
  const fleet = await house.enroll(lives.map((life) => member(serialOf(life))));
  const open = opening.move();
  return { runCut: cutterOf(house, fleet, daemon), [Symbol.asyncDispose]: () => open.disposeAsync() };
}

function cutterOf(house: House, fleet: RunningFleet, first: DaemonProcess): Workshop["runCut"] {
  const runs = new Map<Life, number>();
  let daemon = first;

  function rest(): Promise<unknown> {
    const isQuiet = async () => {
      const { total, latches } = await house.status();
      if (latches.length > 0) await house.liftBreaker();
      const isSettled = total.total === lives.length && total.reconciling === 0;
      return isSettled && !(await house.operations()).some(isOpen);
    };
    return eventually("all are at rest", isQuiet, { state: () => look() });
  }

  /** For the message of a test that fails. */
  async function look(trial?: Trial): Promise<unknown> {
    const status = await house.status().catch(String);
    const rows = await trial?.rows().catch(String);
    const ledger = trial?.device.ledger.entries.slice(trial.mark);
    return { status, rows, ledger, log: daemon.log().slice(-20) };
  }

  async function begin(life: Life): Promise<Trial> {
    const serial = serialOf(life);
    const device = fleet.device(serial);
    const known = await house.operations({ device: serial });
    // What is only awaited takes the same id once it is sent.
    const before = new Set(known.filter((row) => !isAwaited(row)).map((row) => row.id));
    const rows = async (): Promise<readonly OperationView[]> =>
      (await house.operations({ device: serial })).filter((row) => !before.has(row.id));
    const number = (runs.get(life) ?? 0) + 1;
    runs.set(life, number);
    return { life, device, number, mark: device.ledger.entries.length, rows };
  }

  /** Declares the run; whatever a life holds back until it is released goes once the cut is prepared. */
  async function letGo({ life, device, number }: Trial, cut: Cut): Promise<void> {
    const files = declared((one) => runs.get(one) ?? 0);
    if (life.release === undefined) await prepare(device, cut);
    await house.save(files);
    // It may meet its cut while it answers, or before: it looks at its folder by itself.
    const isCut = (error: unknown): void => {
      if (!(error instanceof Retry) && daemon.isRunning()) throw error;
    };
    await house.client().post("/v1/reconcile").catch(isCut);
    if (life.release === undefined) return;
    const release = await life.release(house, number);
    await prepare(device, cut);
    await release(daemon).catch(isCut);
  }

  async function prepare(device: AppleDevice, cut: Cut): Promise<void> {
    if (typeof cut === "number") await daemon.tell({ crashAt: cut });
    else killWhileExecuting(device, cut, daemon);
  }

  function over(trial: Trial, what: string): Promise<"over"> {
    const isOver = async () => {
      if (trial.life.release !== undefined) await house.liftBreaker();
      const rows = await trial.rows();
      const isKnown = rows.some((row) => row.type === trial.life.requestType);
      return isKnown && !rows.some(isOpen) && trial.life.isDone(trial.device, trial.number) && "over";
    };
    return eventually(what, isOver, { state: () => look(trial) });
  }

  async function comeBack({ life, device }: Trial): Promise<void> {
    device.faults.clear();
    if (device.isEnrolled()) await device.connect();
    if (life.requestType === "EraseDevice") await enrollAgain(house, device);
  }

  return async (life, cut) => {
    await rest();
    const trial = await begin(life);
    await letGo(trial, cut);
    const undisturbed = over(trial, `${life.requestType} ends`);
    undisturbed.catch(() => {});
    const end = await Promise.race([undisturbed, daemon.finished]);
    // It may still meet its cut while it is told to forget it.
    const isSpared = end === "over" && (await daemon.tell({ crashAt: 0 }).then(isTrue, isFalse));
    const boundary = isSpared ? undefined : boundaryOf(daemon, cut);
    if (!isSpared) daemon = await house.start({ entry });
    await comeBack(trial);
    await over(trial, `${life.requestType} ends after a cut at ${boundary}`);
    agree(trial, await trial.rows());
    await staysSo(trial);
    expect(fleet.violations()).toEqual([]);
    return boundary;
  };
}

const isTrue = (): boolean => true;
const isFalse = (): boolean => false;

function killWhileExecuting(device: AppleDevice, cut: Cut, daemon: DaemonProcess): void {
  const mark = device.ledger.entries.length;
  device.faults.add({ kind: "slow", ms: 200 });
  if (cut === "while the device executes and forgets")
    device.faults.add({ kind: "lose-reply", next: "idle", reconnectMs: 60_000 });
  const hasCommand = () => device.ledger.entries.slice(mark).some((one) => one.type === "command");
  void eventually("the device has a command", hasCommand).then(
    () => daemon.kill("SIGKILL"),
    () => {},
  );
}

function boundaryOf(daemon: DaemonProcess, cut: Cut): string {
  const line = daemon.log().find((one) => one.event === "crash");
  if (line === undefined) return String(cut);
  return `${cut}: ${line.boundary}${line.about === "" ? "" : ` that ${line.about}`}`;
}

async function enrollAgain(house: House, device: AppleDevice): Promise<void> {
  if (device.isEnrolled()) device.erase();
  // Nobody knows whether it was erased: only an invitation for this very device lets it in without a person.
  const invitation = { uses: 1, serial: device.serial };
  const { profile = "" } = await house.client().post<EnrollmentView>("/v1/enrollments/apple", invitation);
  const result = await device.enroll(Buffer.from(profile, "base64"));
  if (!result.ok) throw new Error(result.reason);
}

/** As crashing-daemon.ts does on a store of its own: so many wipes, and approvals in a row, would be stopped. */
async function liftCeiling(owner: string): Promise<void> {
  await run(
    owner,
    `update reeve.ceiling set devices = 1000, percent = 100, window_ms = 1;
     update reeve.setting set value = '1000' where name = 'approvals-in-a-row'`,
  );
}
