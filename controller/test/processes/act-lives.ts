import { expect } from "vitest";
import type { EnrollmentView } from "../../loop/enrollment-views.ts";
import type { DevicesView } from "../../loop/views.ts";
import type { AndroidDevice } from "../../simulator/amapi/device/android-device.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { deprovision, type Files } from "../manifests.ts";
import { type ActStage, type ActStep, coolOffMs, groupOf, type StepCut, serial } from "./act-stage.ts";
import { eventually } from "./eventually.ts";
import { executed } from "./house.ts";

/** The steps of an act before its command has left, and until it is known what became of it. */
export const steps = ["filed", "first approval", "second approval", "cooled off", "sent"] as const;
export type Step = (typeof steps)[number];
export type Cuts = Readonly<Partial<Record<Step, StepCut>>>;

/** Which boundaries there are within each step. */
export const boundaries: Readonly<Record<Step | "withdrawn", string>> = {
  filed: "(statement|commit) .*act",
  "first approval": "statement approve|commit .*act_target",
  "second approval": "statement approve|commit .*act_target",
  "cooled off": "(statement|commit) .*act_target",
  sent: "write|google .*issueCommand|commit .*act_target",
  withdrawn: "(statement|commit) .*act",
};

/**
 * An Apple and an Android device go into repair, by two approvals, after they cooled off, one after the other, with the
 * daemon killed at a boundary of each step that is cut. Gives the boundaries, in words.
 */
export async function liveToTheEnd(stage: ActStage, number: number, cuts: Cuts): Promise<string[]> {
  const apple = stage.apple();
  const android = await stage.arrive(number);
  const act = `Deprovision/repair-${number}@1`;
  const mark = apple.ledger.entries.length;
  const times = () => [executed(apple, "EraseDevice", mark), android.ledger.of("wiped").length];
  const untouched = () => expect(times()).toEqual([0, 0]);
  const met: string[] = [];
  const take = async (step: Step, does: ActStep["does"], isDone: ActStep["isDone"], next?: StepCut) => {
    const boundary = await stage.step({
      what: `${step}, act ${number}`,
      cut: cuts[step],
      next,
      does,
      isDone,
    });
    if (boundary !== undefined) met.push(`${step}: ${boundary}`);
    return boundary !== undefined;
  };
  const hold = () => eventually(`${act} is held`, () => stage.holdOf(act));

  await take(
    "filed",
    () => stage.declare(repairing(number)),
    async () => (await stage.holdOf(act)) !== undefined,
  );
  const { digest, ...held } = await hold();
  expect(held).toMatchObject({ status: "held", approvals: [], approvalsNeeded: 2 });
  expect(held.devices.map(({ status }) => status)).toEqual(["held", "held"]);
  expect(await told(stage, "act.held", act)).toBe(1);

  const by = async () => (await hold()).approvals.map(({ by: person }) => person).sort();
  const both = ["approver@acme.example", "second@acme.example"];
  await take(
    "first approval",
    () => stage.approve("second", digest),
    async () => (await by()).length === 1,
  );
  // Whoever heard nothing says it again; one who was heard counts once.
  await stage.approve("second", digest);
  expect([await by(), (await hold()).status]).toEqual([both.slice(1), "held"]);
  untouched();

  const began = Date.now();
  await take(
    "second approval",
    () => stage.approve("approver", digest),
    async () => (await by()).length === 2,
  );
  await stage.approve("approver", digest);
  await coolsOff(stage, hold, { began, isCut: cuts["cooled off"] !== undefined });
  untouched();
  const passes = () => stage.pass(coolOffMs + 60_000);
  const isReleased = async () => (await stage.holdOf(act)) === undefined;
  const standing = async () => Object.values(await stage.standing(act));
  // A command is on record before it leaves: where it is cut, only what became of it says that the cut was missed.
  const isOver = async () => {
    const all = await standing();
    return cuts.sent === undefined ? isResting(all) : all.some((one) => /executed|unknown|failed/.test(one));
  };
  if (cuts["cooled off"] === undefined) await take("sent", passes, isOver);
  else if (await take("cooled off", passes, isReleased, cuts.sent))
    await take("sent", async () => {}, isOver);
  const isKilled = await theOther(stage, standing, times);
  const isCut = isKilled || met.some((one) => one.startsWith("sent"));
  await isTrue(stage, { act, apple, mark, android, times, isCut });
  await comeBack(stage, apple);
  await stage.declare({});
  expect(times().every((count) => count <= 1)).toBe(true);
  return met;
}

/** Neither shorter nor forgotten because it was killed in between. */
async function coolsOff(
  stage: ActStage,
  hold: () => ReturnType<ActStage["holdOf"]>,
  { began, isCut }: { readonly began: number; readonly isCut: boolean },
): Promise<void> {
  if (isCut) await stage.kill();
  const cooling = await eventually("it cools off", async () => {
    const found = await hold();
    return found?.status === "cooling" && found;
  });
  expect(cooling.leavesAt).toBeGreaterThanOrEqual(began + coolOffMs - 1_000);
  expect(cooling.leavesAt).toBeLessThanOrEqual(Date.now() + coolOffMs);
  const { holds } = await stage.house.status();
  expect(holds).toMatchObject({ acts: 1, devices: 2, cooling: 1 });
}

/** The first has gone, and it is known what became of it, or nobody will know soon. */
function isResting(all: readonly string[]): boolean {
  if (all.includes("held") || all.every((one) => one === "ready")) return false;
  return !(all.includes("executed") && all.includes("ready"));
}

/**
 * The first went ahead; the other follows once it is known what became of it, or an hour later. True when the daemon
 * was killed for that.
 */
async function theOther(
  stage: ActStage,
  standing: () => Promise<readonly string[]>,
  times: () => readonly number[],
): Promise<boolean> {
  await eventually("the first has gone", async () => isResting(await standing()), { state: standing });
  const isWaiting = (await standing()).includes("ready");
  if (isWaiting) {
    // Nobody knows what became of the first one: the other waits, whatever was killed.
    expect(times().reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1);
    // Whom the gate refused is asked again minutes later, unless the daemon has forgotten it.
    await stage.kill(() => stage.pass(3_600_000 + 60_000));
  }
  const hasGone = async () => {
    if (stage.apple().isEnrolled()) await stage.apple().connect();
    return !(await standing()).includes("ready");
  };
  await eventually("the other has gone, too", hasGone, { state: standing });
  return isWaiting;
}

interface Ended {
  readonly act: string;
  readonly apple: AppleDevice;
  /** How long its ledger was before. */
  readonly mark: number;
  readonly android: AndroidDevice;
  readonly times: () => readonly number[];
  /** It was killed after one of them was sent. */
  readonly isCut: boolean;
}

/** What is said of it agrees with the devices' own ledgers, and each carried it out once at most. */
async function isTrue(stage: ActStage, { act, apple, mark, android, times, isCut }: Ended): Promise<void> {
  const ends = async () => {
    const by = await stage.standing(act);
    return [by[serial], by[android.serial]] as const;
  };
  // Google is asked for ten minutes about a call of which nobody knows whether it was made.
  const isSettled = async () => {
    const [one, other] = await ends();
    const isLost = isCut && one === "executed" && android.ledger.of("wiped").length === 0;
    const isUnheard = isCut && other === "executed" && isLastWord(apple, mark);
    return (one !== "sent" || isUnheard) && (other !== "sent" || isLost);
  };
  const list = (state: string) => stage.house.client().get<DevicesView>("/v1/devices", { state });
  const names = async (state: string) => (await list(state)).devices.map((one) => one.serial);
  // What is on its way becomes known between two questions.
  const isSaid = async () => {
    if (!(await isSettled())) return undefined;
    const known = await ends();
    const [repaired, unanswered] = [await names("in-repair"), await names("unanswered")];
    const isAgreed = [serial, android.serial].every((one, index) => {
      const isDone = known[index] === "executed";
      return repaired.includes(one) === isDone && unanswered.includes(one) !== isDone;
    });
    return isAgreed ? known : undefined;
  };
  const known = await eventually("it is known what became of it, and said of both", isSaid, { state: ends });
  for (const [index, status] of known.entries()) {
    expect(times()[index], `${status}`).toBeLessThanOrEqual(1);
    if (status === "executed") expect(times()[index]).toBe(1);
    expect(["executed", "unknown", "sent"]).toContain(status);
  }
  expect(known).toContain("executed");
  expect(await stage.holdOf(act)).toBeUndefined();
}

/** It erased itself and nobody heard of it: a device without memory does not say it again. */
function isLastWord(apple: AppleDevice, mark: number): boolean {
  const types = apple.ledger.entries.slice(mark).map(({ type }) => type);
  return (
    executed(apple, "EraseDevice", mark) === 1 && types.indexOf("unreachable", types.indexOf("executed")) > 0
  );
}

/** It enrolls again, and is given nothing of before, although its manifest still stands. */
export async function comeBack(stage: ActStage, apple: AppleDevice): Promise<void> {
  const before = executed(apple, "EraseDevice");
  if (apple.isEnrolled()) apple.erase();
  const invitation = { uses: 1, serial };
  const { profile = "" } = await stage.house
    .client()
    .post<EnrollmentView>("/v1/enrollments/apple", invitation);
  const result = await apple.enroll(Buffer.from(profile, "base64"));
  if (!result.ok) throw new Error(result.reason);
  await apple.connect();
  await apple.connect();
  expect(executed(apple, "EraseDevice")).toBe(before);
  const { devices } = await stage.house.client().get<DevicesView>("/v1/devices", { state: "in-repair" });
  expect(devices.map((one) => one.serial)).not.toContain(serial);
}

function repairing(number: number): Files {
  const target = `devices: [${serial.toLowerCase()}], groups: [gone-${number}]`;
  const manifest = deprovision(`repair-${number}`, target, 2).replace("employee-left", "in-repair");
  return { "gone.yaml": groupOf(number), "repair.yaml": manifest };
}

/** How often the history tells so of an act. */
export async function told(stage: ActStage, type: string, act: string): Promise<number> {
  const { events } = await stage.house
    .client()
    .get<{ events: readonly { subject?: string }[] }>("/v1/events", { type, limit: 100 });
  return events.filter(({ subject }) => subject === act).length;
}
