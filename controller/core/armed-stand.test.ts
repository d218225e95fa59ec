import { expect, test } from "vitest";
import { standOf } from "./armed-stand.ts";
import type { Statements } from "./arming.ts";
import { desiredStates } from "./desired-states.ts";
import type { Facts } from "./facts.ts";
import { compiledOf, groupsOf, policyOf } from "./test-compiled.ts";

const inParis = [{ key: "tag.site", operator: "In" as const, values: ["paris"] }];
const compiled = compiledOf([], {
  groups: groupsOf({ paris: { selector: inParis }, named: { devices: new Set(["phone"]) } }),
});
const states = desiredStates(compiled);

/** The devices with these facts: in the group `named`, and by what they or others say of them in `paris`. */
function devices(told: Readonly<Record<string, string>> = {}, source: "asserted" | "reported" = "asserted") {
  const facts: Facts = Object.fromEntries(
    Object.entries(told).map(([key, value]) => [key, { value, source }]),
  );
  const body = { id: JSON.stringify([told, source]), body: facts };
  return {
    facts: body,
    named: ["phone"],
    granted: undefined,
    observed: undefined,
    suspended: undefined,
    count: 1,
  };
}

const arm = { key: "code", by: "apple", limit: 4, text: "" };
const onAndroid = { ...arm, by: "passcode SCOPE_DEVICE" };

function statement(policy: string, more: Partial<Statements> = {}, groups?: readonly string[]): Statements {
  const { target } = policyOf([], groups === undefined ? {} : { target: { groups } });
  const said = { key: policy, shape: `shape ${policy}`, text: `text ${policy}` };
  const rivals = [{ key: policy, text: `rival ${policy}` }];
  const settings = [{ setting: "level", text: policy }];
  return {
    policy,
    target,
    said: [said],
    settings,
    rivals,
    arms: [arm, onAndroid],
    rolls: false,
    secret: false,
    ...more,
  };
}

function stand(
  statements: readonly Statements[],
  of = devices(),
  {
    older = [],
    lifts = [],
  }: { older?: readonly Statements[]; lifts?: Parameters<typeof standOf>[0]["lifts"] } = {},
) {
  return standOf({ compiled, states, statements, older, lifts }, of);
}

test("to devices is said what their policies say, and what exempts them", () => {
  const lift = (name: string, groups?: readonly string[]) => {
    const { target } = policyOf([], groups === undefined ? {} : { target: { groups } });
    return { target, keys: [name], text: `lift ${name}` };
  };
  const [a, b, others] = [statement("a"), statement("b", {}, ["named"]), statement("c", {}, ["paris"])];
  const found = stand([a, b, others], devices({ platform: "ios" }), {
    lifts: [lift("d"), lift("e", ["paris"])],
  });
  expect(found).toEqual({
    texts: new Set(["text a", "text b", "rival a", "rival b", "lift d"]),
    said: [...a.said, ...b.said],
    settings: [...a.settings, ...b.settings],
    rivals: [
      { policy: "a", text: "rival a" },
      { policy: "b", text: "rival b" },
    ],
    arms: [
      { policy: "a", arm },
      { policy: "b", arm },
    ],
    lifts: [lift("d")],
    rolls: false,
  });
});

test("a device that has not said what it is may erase itself as either platform does", () => {
  const arms = (told: Readonly<Record<string, string>>) =>
    stand([statement("a")], devices(told)).arms.map((one) => one.arm);
  expect(arms({})).toEqual([arm, onAndroid]);
  expect(arms({ platform: "android" })).toEqual([onAndroid]);
  expect(arms({ platform: "ipados" })).toEqual([arm]);
});

test("on whose word devices are in a group matters where a secret is used", () => {
  const textsOf = (secret: boolean, source: "asserted" | "reported") => {
    const [a, b] = [statement("a", { secret }, ["named", "paris"]), statement("b", {}, ["paris"])];
    return stand([a, b], devices({ "tag.site": "paris" }, source)).texts;
  };
  expect(textsOf(true, "asserted")).not.toEqual(textsOf(true, "reported"));
  expect(textsOf(true, "asserted").difference(textsOf(false, "asserted")).size).toBe(1);
  expect(textsOf(false, "asserted")).toEqual(textsOf(false, "reported"));
});

test("what rolls out, and what devices have of older versions, is known", () => {
  expect(stand([statement("a"), statement("b", { rolls: true })]).rolls).toBe(true);
  expect(stand([statement("a"), statement("b", { rolls: true }, ["paris"])]).rolls).toBe(false);
  const older = [statement("old"), statement("others", {}, ["paris"])];
  const found = stand([statement("a")], devices({ platform: "ios" }), { older });
  expect(found).toEqual({
    ...stand([statement("a")], devices({ platform: "ios" })),
    rivals: [
      { policy: "a", text: "rival a" },
      { policy: "old", text: "rival old" },
    ],
    arms: [
      { policy: "a", arm },
      { policy: "old", arm },
    ],
    rolls: true,
  });
});
