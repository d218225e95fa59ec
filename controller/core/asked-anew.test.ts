import { expect, test } from "vitest";
import { askedAnew, sectionsAskedAnew, unreadSections } from "./asked-anew.ts";
import type { Owned } from "./observed.ts";
import { app, grantedOf, ownedOf, profile, progressOf, situationOf, start } from "./test-situation.ts";

const [chat, wifi] = [app("chat"), profile("wifi")];
const declared = profile("rules", { kind: "Declarations" });

/** A device that told everything before somebody wanted it to be looked at anew. */
function asked(more: NonNullable<Parameters<typeof situationOf>[1]> = {}) {
  return situationOf([chat, wifi, declared], { ...more, state: { askedAt: start + 1, ...more.state } });
}

test("who wants a device to be looked at anew gets it and what it was given, each until it was reported since", () => {
  expect(sectionsAskedAnew(asked())).toEqual(["device", "managedApps", "profiles"]);
  expect(sectionsAskedAnew(asked({ kind: "user" }))).toEqual(["managedApps", "profiles"]);
  expect(sectionsAskedAnew(situationOf([chat]))).toEqual([]);
  const collected = { device: start + 1, profiles: start, managedApps: start + 2 };
  expect(sectionsAskedAnew(asked({ state: { collected } }))).toEqual(["profiles"]);
  expect(sectionsAskedAnew(asked({ state: { collected: {}, askedAt: 0 } }))).toEqual([
    "device",
    "managedApps",
    "profiles",
  ]);
  expect(sectionsAskedAnew(asked({ granted: undefined }))).toEqual(["device"]);
  // What it was given before and has no more is looked for as well.
  const owned = { [wifi.key]: ownedOf(wifi) as Owned };
  const observed = { profiles: {}, apps: {}, owned };
  expect(sectionsAskedAnew(asked({ granted: grantedOf([]), observed }))).toEqual(["device", "profiles"]);
});

test("a section of its items that it refused to report is asked for again, and no other", () => {
  const of = (progress: object) => unreadSections(asked({ state: { progress } as never }));
  const failed = progressOf("0", "failed");
  expect(
    of({ "query/profiles": failed, "query/device": failed, "query/managedApps": progressOf("0", "sent") }),
  ).toEqual(["profiles"]);
  expect(of({})).toEqual([]);
});

test("what failed before somebody asked is tried at once, what was asked for since keeps its time", () => {
  const failed = (at: number, phase: "failed" | "rejected" | "unknown" = "failed") =>
    progressOf("d", phase, { at, attempts: 4, retryAt: start + 99 });
  const [before, since, unknown] = [failed(start + 1), failed(start + 2), failed(start, "unknown")];
  const situation = asked({
    state: { progress: { before, since, unknown, rejected: failed(start, "rejected") } },
  });
  const fresh = { digest: "d", phase: "failed", attempts: 0 };
  expect(askedAnew(situation).state.progress).toEqual({
    before: { ...fresh, at: start + 1 },
    since,
    unknown,
    rejected: { ...fresh, at: start },
  });
  const nobody = situationOf([chat], { state: { progress: { before } } });
  expect(askedAnew(nobody)).toBe(nobody);
});

test("the wish is forgotten when everything was reported since, and not before", () => {
  const all = { device: start + 1, profiles: start + 1, managedApps: start + 1 };
  expect(askedAnew(asked({ state: { collected: all } })).state).not.toHaveProperty("askedAt");
  expect(askedAnew(asked({ state: { collected: { ...all, profiles: start } } })).state.askedAt).toBe(
    start + 1,
  );
});
