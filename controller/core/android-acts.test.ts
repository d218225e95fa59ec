import { expect, test } from "vitest";
import {
  androidActOn,
  androidCommand,
  androidCommandsOf,
  androidKind,
  androidKinds,
  androidRefusal,
  type FreshRecord,
  nowhereOnAndroid,
} from "./android-acts.ts";
import type { Fact, Facts } from "./facts.ts";
import { endsEpoch, type Verb } from "./intent.ts";

const asserted = (value: string): Fact => ({ value, source: "asserted" });
const reported = (value: string): Fact => ({ value, source: "reported" });
const device = (ownership: string, mode: string, version: string): Facts => ({
  platform: reported("android"),
  ownership: asserted(ownership),
  mode: reported(mode),
  osVersion: reported(version),
});
const kinds = {
  whole: (version: string) => device("company", "fullyManaged", version),
  companyProfile: (version: string) => device("company", "workProfile", version),
  personal: (version: string) => device("personal", "workProfile", version),
};
const fresh: FreshRecord = { isLost: false, patch: "2025-09-05" };
const message = { message: "Please call" };

/** What Google's reference says of each command: the first Android on each kind of device, and where there is none. */
const table: readonly (readonly [
  verb: Verb,
  parameters: Readonly<Record<string, unknown>>,
  whole: readonly [string, number] | undefined,
  companyProfile: readonly [string, number] | undefined,
  personal: readonly [string, number] | undefined,
])[] = [
  ["lock", {}, ["LOCK", 7], ["LOCK", 7], ["LOCK", 7]],
  ["clearPasscode", {}, ["RESET_PASSWORD", 7], ["RESET_PASSWORD", 7], ["RESET_PASSWORD", 7]],
  ["reboot", {}, ["REBOOT", 7], undefined, undefined],
  ["relinquishOwnership", {}, undefined, ["RELINQUISH_OWNERSHIP", 8], undefined],
  ["clearAppData", {}, ["CLEAR_APP_DATA", 9], ["CLEAR_APP_DATA", 9], ["CLEAR_APP_DATA", 9]],
  ["lostMode", message, ["START_LOST_MODE", 11], ["START_LOST_MODE", 13], undefined],
  ["endLostMode", {}, ["STOP_LOST_MODE", 11], ["STOP_LOST_MODE", 13], undefined],
  ["wipe", {}, ["WIPE", 7], ["WIPE", 7], undefined],
  ["unenroll", {}, undefined, ["RELINQUISH_OWNERSHIP", 8], ["WIPE", 7]],
  ["addEsim", {}, ["ADD_ESIM", 15], ["ADD_ESIM", 15], ["ADD_ESIM", 15]],
  ["removeEsim", {}, ["REMOVE_ESIM", 15], ["REMOVE_ESIM", 15], ["REMOVE_ESIM", 15]],
  ["readEid", {}, undefined, undefined, ["REQUEST_DEVICE_INFO", 13]],
];

const notHere: Readonly<Partial<Record<Verb, RegExp>>> = {
  wipe: /^a personal device is never wiped whole$/,
  unenroll: /can only be wiped whole$/,
};

test.each(table)(
  "%s is a command where Google has it, from its first Android on",
  (verb, parameters, ...where) => {
    const types = where.flatMap((here) => here?.[0] ?? []);
    expect(androidCommandsOf(verb)).toEqual([...new Set(types)]);
    for (const [index, facts] of Object.values(kinds).entries()) {
      const here = where[index];
      const refused = (version: string) => androidRefusal(verb, parameters, facts(version), fresh);
      if (here === undefined) {
        expect(refused("15")).toMatch(notHere[verb] ?? new RegExp(`^${verb} is for .*, and not for `));
        continue;
      }
      const [type, from] = here;
      expect(androidCommand(verb, androidKind(facts("15")) ?? "fullyManaged")).toBe(type);
      expect(refused(String(from))).toBeUndefined();
      expect(refused(`${from}.1.2`)).toBeUndefined();
      expect(refused(String(from - 1))).toBe(`${verb} needs Android ${from}, it has ${from - 1}`);
      // What is not known stands against it.
      for (const [key, why] of [
        ["ownership", "its ownership is unknown"],
        ["mode", "its management mode is unknown"],
        ["osVersion", "its version of Android is unknown"],
      ] as const) {
        const { [key]: _without, ...rest } = facts("16");
        expect(androidRefusal(verb, parameters, rest, fresh)).toBe(why);
      }
      expect(refused("new")).toBe("its version of Android is unknown");
      expect(androidRefusal(verb, parameters, { ...facts("15"), mode: reported("other") }, fresh)).toContain(
        "contradict each other",
      );
    }
  },
);

test("a device is of one kind, as far as its mode and its owner are known", () => {
  const every = ["fullyManaged", "companyWorkProfile", "personalWorkProfile"];
  expect(androidKinds(undefined, undefined)).toEqual(every);
  expect(androidKinds(undefined, "company")).toEqual(["fullyManaged", "companyWorkProfile"]);
  expect(androidKinds(undefined, "personal")).toEqual(["personalWorkProfile"]);
  expect(androidKinds("workProfile", undefined)).toEqual(["companyWorkProfile", "personalWorkProfile"]);
  for (const mode of ["fullyManaged", "dedicated"]) {
    expect(androidKinds(mode, undefined)).toEqual(["fullyManaged"]);
    expect(androidKinds(mode, "personal")).toEqual([]);
    expect(androidKind(device("company", mode, "15"))).toBe("fullyManaged");
  }
  expect(androidKinds("workProfile", "company")).toEqual(["companyWorkProfile"]);
  expect(androidKinds("workProfile", "personal")).toEqual(["personalWorkProfile"]);
});

test("what Android has no command for is refused whatever the device is, and says what to do instead", () => {
  for (const refused of [
    (verb: Verb) => nowhereOnAndroid(verb, {}),
    (verb: Verb) => androidRefusal(verb, {}, kinds.whole("15"), fresh),
  ]) {
    expect(refused("deleteUser")).toBe("Android devices have no command for deleteUser");
    expect(refused("locate")).toContain("only in Lost Mode");
    expect(refused("lock")).toBeUndefined();
    // No command: the next report of the device answers.
    expect(refused("audit")).toBeUndefined();
  }
  expect(androidRefusal("audit", {}, {})).toBeUndefined();
  expect(androidCommandsOf("deleteUser")).toEqual([]);
  expect(androidActOn("reboot", "personalWorkProfile")).toBe(
    "reboot is for fully managed devices, and not for work profiles on personal devices",
  );
});

test("whose a device is that goes, somebody has asserted; that Google has it so is not enough", () => {
  for (const [verb, parameters] of table)
    for (const facts of Object.values(kinds)) {
      const all = facts("15");
      if (androidRefusal(verb, parameters, all, fresh) !== undefined) continue;
      const claimed = { ...all, ownership: reported(all.ownership?.value ?? "") };
      const refusal = androidRefusal(verb, parameters, claimed, fresh);
      expect(refusal !== undefined, verb).toBe(endsEpoch(verb));
      if (refusal !== undefined) expect(refusal).toContain("only what Google reports");
    }
});

test("values that a device would not take are refused before the call", () => {
  const { whole, personal, companyProfile } = kinds;
  const short = { newPassword: "12345" };
  expect(androidRefusal("clearPasscode", short, whole("14"))).toContain("fewer than six digits");
  for (const [facts, newPassword] of [
    [whole("13"), "12345"],
    [whole("14"), "123456"],
    [whole("14"), "abcde"],
    // A secret is known when it is put in.
    [whole("14"), "${secret:unlock/password}"],
    [whole("14"), undefined],
  ] as const)
    expect(androidRefusal("clearPasscode", { newPassword }, facts)).toBeUndefined();

  // The name of the organization alone starts nothing.
  expect(androidRefusal("lostMode", { message: "", footnote: "us" }, whole("15"))).toContain(
    "needs a message",
  );
  expect(androidRefusal("lostMode", { phoneNumber: "1" }, whole("15"))).toBeUndefined();

  expect(androidRefusal("addEsim", { activate: true }, personal("15"))).toContain("only its user activates");
  expect(androidRefusal("addEsim", { activate: false }, personal("15"))).toBeUndefined();
  expect(androidRefusal("addEsim", { activate: true }, companyProfile("15"))).toBeUndefined();
  expect(androidRefusal("wipe", { returnToService: {} }, whole("15"))).toContain("for Apple devices");
});

test("what only a fresh record says is held against an act before it leaves", () => {
  const lost = { ...fresh, isLost: true };
  expect(androidRefusal("lostMode", message, kinds.whole("15"), lost)).toContain("in Lost Mode already");
  expect(androidRefusal("endLostMode", {}, kinds.whole("15"), lost)).toBeUndefined();

  const remove = (facts: Facts, patch: string | undefined) =>
    androidRefusal("removeEsim", {}, facts, { isLost: false, patch });
  expect(remove(kinds.companyProfile("16"), "2025-11-05")).toBeUndefined();
  expect(remove(kinds.companyProfile("16"), "2025-12-05")).toContain("removes no eSIM");
  expect(remove(kinds.companyProfile("16"), undefined)).toContain("removes no eSIM");
  for (const facts of [
    kinds.companyProfile("15"),
    kinds.companyProfile("17"),
    kinds.whole("16"),
    kinds.personal("16"),
  ])
    expect(remove(facts, "2026-03-05")).toBeUndefined();
  const later = { isLost: false, patch: "2026-03-05" };
  expect(androidRefusal("lock", {}, kinds.companyProfile("16"), later)).toBeUndefined();
});
