import { join } from "node:path";
import { expect } from "vitest";
import type { EnrollmentView, OperationView } from "../../loop/views.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import type { TestStores } from "../../store/test-stores.ts";
import { run } from "../postgres-server.ts";
import type { DaemonProcess } from "./daemon-process.ts";
import { eventually } from "./eventually.ts";
import { executed, type House, member, openHouse } from "./house.ts";
import { declared, isOpen, type Life, lives, serialOf } from "./lives.ts";

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

/** A house with an enrolled device for each life, at rest. */
export async function openWorkshop(stores: TestStores): Promise<Workshop> {
  await using opening = new AsyncDisposableStack();
  const runs = new Map<Life, number>();
  const files = () => declared((life) => runs.get(life) ?? 0);
  const house = opening.use(await openHouse({ stores, files: files() }));
  if (house.database !== undefined) await liftCeiling(house.database.url("owner"));
  let daemon = await house.start({ entry });
  const fleet = await house.enroll(lives.map((life) => member(serialOf(life))));
  const open = opening.move();

  function rest(): Promise<unknown> {
    return eventually(
      "all are at rest",
      async () => {
        const { total } = await house.status();
        const isQuiet = total.total === lives.length && total.reconciling === 0;
        return isQuiet && (await house.operations()).every(isOver);
      },
      { state: look },
    );
  }

  async function look(): Promise<unknown> {
    const status = await house.status().catch(String);
    const operations = await house.operations().catch(() => []);
    const latches = { operations: operations.slice(0, 3), log: daemon.log().slice(-20) };
    const ledger = fleet.devices.map((device) => device.ledger.entries.slice(-30));
    return { status, ...latches, pushes: house.apns.pushes.slice(-5), ledger: ledger.at(-1) };
  }

  async function runCut(life: Life, cut: Cut): Promise<string | undefined> {
    const serial = serialOf(life);
    const device = fleet.device(serial);
    await rest();
    const number = (runs.get(life) ?? 0) + 1;
    const before = new Set((await house.operations({ device: serial })).map((row) => row.id));
    const mark = device.ledger.entries.length;
    const fresh = async (): Promise<readonly OperationView[]> =>
      (await house.operations({ device: serial })).filter((row) => !before.has(row.id));
    const isOverNow = async (): Promise<boolean> => {
      const rows = await fresh();
      const known = rows.some((row) => row.type === life.requestType);
      return known && rows.every(isOver) && life.isDone(device, number);
    };
    const save = async (): Promise<void> => {
      runs.set(life, number);
      await house.save(files());
      await house.client().post("/v1/reconcile");
    };
    if (life.release === undefined) await prepare(device, cut);
    await save();
    if (life.release !== undefined) {
      await prepare(device, cut, () => life.release?.(house, daemon, number));
    }
    const finished = eventually("the run is over", isOverNow, { state: look }).then(() => "over" as const);
    finished.catch(() => {});
    const wasCut = (await Promise.race([daemon.finished.then(() => "cut" as const), finished])) === "cut";
    const boundary = wasCut ? boundaryOf(daemon, cut) : undefined;
    if (wasCut) daemon = await house.start({ entry });
    else await daemon.tell({ crashAt: 0 });
    device.faults.clear();
    if (device.isEnrolled()) await device.connect();
    if (life.requestType === "EraseDevice") await enrollAgain(house, device);
    await eventually(`${life.requestType} cut at ${boundary ?? "nothing"} ends`, isOverNow, {
      state: async () => ({ look: await look(), device: device.ledger.entries.slice(mark) }),
    });
    const rows = await fresh();
    agree(life, device, mark, rows);
    await staysSo(life, device, rows, fresh);
    expect(fleet.violations()).toEqual([]);
    return boundary;
  }

  async function prepare(
    device: AppleDevice,
    cut: Cut,
    release?: () => Promise<void> | undefined,
  ): Promise<void> {
    if (typeof cut === "number") await daemon.tell({ crashAt: cut });
    else killWhileExecuting(device, cut, () => daemon.kill("SIGKILL"));
    await release?.();
  }
  return { runCut, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/** What a device did and what reeve believes it did, command by command. */
function agree(life: Life, device: AppleDevice, mark: number, rows: readonly OperationView[]): void {
  const since = device.ledger.entries.slice(mark);
  const status = new Map(rows.map((row) => [row.id, row.status]));
  const handed = new Set(since.flatMap((entry) => (entry.type === "command" ? [entry.uuid] : [])));
  for (const uuid of handed) expect(status.has(uuid), `reeve knows ${uuid}`).toBe(true);
  for (const entry of since)
    if (entry.type === "answered")
      expect(status.get(entry.uuid), entry.requestType).toBe(
        entry.status === "Acknowledged" ? "executed" : "failed",
      );
  for (const row of rows)
    if (row.status === "executed") expect(handed.has(row.id), `${row.type} reached the device`).toBe(true);
  if (!life.once) return;
  const own = rows.filter((row) => row.type === life.requestType);
  const times = since.filter((entry) => entry.type === "executed" && entry.requestType === life.requestType);
  expect(own.map((row) => row.type)).toEqual([life.requestType]);
  expect(times.length).toBeLessThanOrEqual(1);
  expect(["executed", "unknown"]).toContain(own[0]?.status);
  if (times.length === 0) expect(own[0]?.status).toBe("unknown");
}

/** Devices that come again are not given what was done, and what is unknown is not sent again. */
async function staysSo(
  life: Life,
  device: AppleDevice,
  rows: readonly OperationView[],
  fresh: () => Promise<readonly OperationView[]>,
): Promise<void> {
  const times = executed(device, life.requestType);
  await device.connect();
  await device.connect();
  const ids = (all: readonly OperationView[]) =>
    all.filter((row) => row.type === life.requestType && life.once).map((row) => `${row.id} ${row.status}`);
  expect(ids(await fresh())).toEqual(ids(rows));
  if (life.once) expect(executed(device, life.requestType)).toBe(times);
}

function isOver(row: OperationView): boolean {
  return !isOpen(row);
}

function killWhileExecuting(device: AppleDevice, cut: Cut, kill: () => void): void {
  const mark = device.ledger.entries.length;
  device.faults.add({ kind: "slow", ms: 200 });
  if (cut === "while the device executes and forgets")
    device.faults.add({ kind: "lose-reply", next: "idle", reconnectMs: 60_000 });
  void eventually("the device has a command", () =>
    device.ledger.entries.slice(mark).some((entry) => entry.type === "command"),
  ).then(kill, () => {});
}

function boundaryOf(daemon: DaemonProcess, cut: Cut): string {
  const line = daemon.log().find((one) => one.event === "crash");
  if (line === undefined) return String(cut);
  return `${cut}: ${line.boundary}${line.about === "" ? "" : ` that ${line.about}`}`;
}

async function enrollAgain(house: House, device: AppleDevice): Promise<void> {
  if (device.isEnrolled()) device.erase();
  const { profile = "" } = await house.client().post<EnrollmentView>("/v1/enrollments/apple", { uses: 1 });
  const result = await device.enroll(Buffer.from(profile, "base64"));
  if (!result.ok) throw new Error(result.reason);
}

async function liftCeiling(owner: string): Promise<void> {
  await run(owner, "update reeve.ceiling set devices = 1000, percent = 100, window_ms = 1");
}
