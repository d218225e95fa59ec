import { expect, test } from "vitest";
import {
  classOf,
  endsEpoch,
  type Intent,
  isDestructive,
  isDisruptive,
  isRepeatable,
  type Verb,
} from "./intent.ts";

const act = (verb: Verb): Intent => ({ type: "act", act: "a", verb });
const item = { item: "Profile/a", kind: "Profile", id: "a" } as const;
const install: Intent = { type: "install", ...item, digest: "d" };
const others: readonly Intent[] = [
  { type: "query", section: "device" },
  install,
  { type: "remove", ...item },
  { type: "declare", token: "t" },
  { type: "assign", policy: "p" },
  { type: "enrollment", step: "renew", about: "c" },
];

test.each<[Verb, "destroys and ends" | "destroys" | "disrupts" | "asks"]>([
  ["wipe", "destroys and ends"],
  ["unenroll", "destroys and ends"],
  ["relinquishOwnership", "destroys and ends"],
  ["clearAppData", "destroys"],
  ["removeEsim", "destroys"],
  ["deleteUser", "destroys"],
  ["lock", "disrupts"],
  ["reboot", "disrupts"],
  ["removeProfile", "disrupts"],
  ["clearPasscode", "disrupts"],
  ["audit", "asks"],
])("%s %s", (verb, what) => {
  expect([isDestructive(act(verb)), endsEpoch(verb), isDisruptive(verb)]).toEqual([
    what.startsWith("destroys"),
    what.endsWith("ends"),
    what !== "asks",
  ]);
});

test("nothing but an act destroys", () => {
  expect(others.filter(isDestructive)).toEqual([]);
});

test.each<[string, Intent, string, boolean]>([
  ["a question", { type: "query", section: "device" }, "query", true],
  ["an audit, which only asks", act("audit"), "query", true],
  ["any other act", act("lock"), "once", false],
  ["what destroys", act("wipe"), "once", false],
  ["an installation", install, "converge", true],
  ["one that obtains an identity", { ...install, enrolls: true }, "once-per-attempt", false],
  ["a removal", { type: "remove", ...item }, "converge", true],
  [
    "the renewal of an identity",
    { type: "enrollment", step: "renew", about: "c" },
    "once-per-attempt",
    false,
  ],
  ["letting a device go", { type: "enrollment", step: "deviceConfigured", about: "c" }, "converge", true],
  ["declarations", { type: "declare", token: "t" }, "converge", true],
])("%s is repeated after a lost answer only where that does no harm", (_name, intent, known, repeatable) => {
  expect([classOf(intent), isRepeatable(intent)]).toEqual([known, repeatable]);
});
