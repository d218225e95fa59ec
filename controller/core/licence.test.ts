import { expect, test } from "vitest";
import { assigned, awaited, licenceAwaited } from "./licence.ts";
import type { Situation } from "./situation.ts";
import { app, ownedOf, progressOf, situationOf } from "./test-situation.ts";

const paid = app("crm", { licence: "361", base: "b1" });

test("an app waits until its licence is there, and says why it waits", () => {
  const waits = (licences: Situation["licences"]) =>
    licenceAwaited(
      paid,
      situationOf([paid], { observed: { owned: {}, apps: {} }, ...(licences && { licences }) }),
    );
  expect(waits(undefined)).toBe(awaited);
  expect(waits({ "7": assigned })).toBe(awaited);
  expect(waits({ "361": "there are none left" })).toBe("there are none left");
  expect(waits({ "361": assigned })).toBeUndefined();
  const free = app("free");
  expect(licenceAwaited(free, situationOf([free], { observed: { owned: {}, apps: {} } }))).toBeUndefined();
});

test("what is on the device, or on its way to it, needs no licence to stay, nor to get other settings, and needs one for another version", () => {
  const before = { ...paid, digest: "d-before" };
  const waits = (owned: typeof paid, more: Parameters<typeof situationOf>[1] = {}) =>
    licenceAwaited(
      paid,
      situationOf([paid], {
        observed: {
          apps: { [paid.id]: { status: "Managed" } },
          owned: { [paid.key]: { ...ownedOf(owned), base: owned.base ?? "" } },
        },
        ...more,
      }),
    );
  expect(waits(paid)).toBeUndefined();
  expect(waits(before)).toBeUndefined();
  expect(waits({ ...before, base: "b0" })).toBe(awaited);
  const apps = { [paid.id]: { status: "Installing" } };
  const atWork = situationOf([paid], { observed: { apps, owned: { [paid.key]: ownedOf(paid) } } });
  expect(licenceAwaited(paid, atWork)).toBeUndefined();
  // Settings that were not taken in place twice go with an installation, which needs one.
  const failed = progressOf(paid.digest, "failed", { attempts: 2 });
  expect(waits(before, { state: { progress: { [paid.key]: failed } } })).toBe(awaited);
});
