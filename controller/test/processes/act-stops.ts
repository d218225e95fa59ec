import { expect } from "vitest";
import { operation } from "../manifests.ts";
import { comeBack, told } from "./act-lives.ts";
import { type ActStage, type StepCut, serial } from "./act-stage.ts";
import { eventually } from "./eventually.ts";
import { executed } from "./house.ts";

/** A wipe that is withdrawn, with a kill meanwhile: it never leaves. */
export async function withdrawn(stage: ActStage, number: number, cut: StepCut): Promise<string | undefined> {
  const act = await hold(stage, `withdrawn-${number}`);
  const before = executed(stage.apple(), "EraseDevice");
  const client = stage.house.client();
  const post = () => client.post("/v1/acts/withdraw", { act, reason: "found again" });
  const boundary = await stage.step({
    what: "withdrawn",
    cut,
    does: post,
    isDone: async () => (await stage.holdOf(act)) === undefined,
  });
  // Whoever heard nothing says it again.
  await post().catch(() => {});
  await stage.apple().connect();
  expect([await stage.holdOf(act), executed(stage.apple(), "EraseDevice")]).toEqual([undefined, before]);
  expect(await told(stage, "act.cancelled", act)).toBe(1);
  return boundary;
}

/** A wipe by break-glass, with a kill meanwhile: it is used up once, and the device erased once. */
export async function brokenGlass(
  stage: ActStage,
  number: number,
  cut: StepCut,
): Promise<string | undefined> {
  const act = await hold(stage, `glass-${number}`);
  const digest = (await stage.holdOf(act))?.digest ?? "";
  const before = executed(stage.apple(), "EraseDevice");
  const isGone = async () => (await stage.holdOf(act)) === undefined;
  const boundary = await stage.step({
    what: "glass",
    cut,
    does: () => stage.approve("approver", digest, true),
    isDone: isGone,
  });
  if (!(await isGone())) await stage.approve("approver", digest, true).catch(() => {});
  await eventually("it is erased", () => executed(stage.apple(), "EraseDevice") > before);
  await comeBack(stage, stage.apple());
  expect(executed(stage.apple(), "EraseDevice")).toBe(before + 1);
  return boundary;
}

async function hold(stage: ActStage, name: string): Promise<string> {
  const target = `devices: [${serial.toLowerCase()}]`;
  await stage.declare({ "wipe.yaml": operation(name, target, "wipe: {}", "  expectedDevices: 1") });
  const act = `Operation/${name}@1`;
  await eventually(`${act} is held`, () => stage.holdOf(act));
  return act;
}
