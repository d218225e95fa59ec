import { expect, test } from "vitest";
import type { Rollout } from "../../core/rollout.ts";
import { fail } from "../../core/rollout-layers.ts";
import { resumeArmed } from "../../loop/breaker.ts";
import { resume } from "../../loop/control.ts";
import { readLatches } from "../../loop/latches.ts";
import { steerRollout } from "../../loop/steer-rollout.ts";
import type { AndroidDevice } from "../../simulator/amapi/device/android-device.ts";
import { engage } from "../../store/control.ts";
import { listEvents } from "../../store/events.ts";
import type { Store } from "../../store/open.ts";
import { changeRollout } from "../../store/rollouts.ts";
import { androidHouse } from "../android-house.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { files, policy, profile } from "../manifests.ts";
import { fragment } from "./android/manifests.ts";

const stores = await storesOfSuite();
const by = { name: "it-duty" };
const minute = 60_000;
const waves = "rollout: {waves: [50%, 100%], soak: 30m, maxFailed: 50%, minReports: 1, deadline: 7d}";

test.each(stores)(
  "on $name an abort that would give iPads back a wipe that was taken away waits for two approvers; one that takes a wipe away waits for nobody",
  async (store) => {
    const all = (more: string, spec = waves) => {
      const content = `type: com.apple.mobiledevice.passwordpolicy, content: {minLength: 6, forcePIN: true${more}}`;
      return files({
        "passcode.yaml": profile("passcode", content),
        "policy.yaml": policy(`profiles: [{name: passcode}]\n${spec}`, "security"),
      });
    };
    const devices = ["SIM-1", "SIM-2"].map(
      (serial) => ({ serial, platform: "ipados", name: serial, supervised: true }) as const,
    );
    await using house = await install({ stores: store, files: all(", maxFailedAttempts: 4", ""), devices });
    await house.enroll();
    await house.settle();
    await resume(house.looking, "observe", undefined, by);
    await house.settle();
    expect(attempts(house)).toEqual([4, 4]);

    house.commit(all(""));
    await house.settle();
    expect(attempts(house)).toEqual([4, "none"]);
    const aborted = await steerRollout(house.looking, "security", "abort", "it drains batteries", by);
    expect(aborted).toMatchObject({ status: "aborted", armed: expect.stringContaining("Policy/security") });
    await house.settle();
    await house.pass(40 * minute, 20 * minute);
    expect(await armed(house.store)).toEqual([
      expect.stringMatching(
        /^the abort of Policy\/security gives back .* Profile\/passcode lets devices erase themselves after 4 wrong passcodes: read `reeve plan`/,
      ),
    ]);
    expect(attempts(house)).toEqual([4, "none"]);
    expect(await resumeArmed(house.looking, by)).toBe(false);
    expect(await resumeArmed(house.looking, { name: "head-of-it" })).toBe(true);
    await house.settle();
    expect(attempts(house)).toEqual([4, 4]);

    // The next version has fewer attempts, and two approvers let it go. To take that back nobody is asked.
    house.commit(all(", maxFailedAttempts: 2"));
    await house.settle();
    await resumeArmed(house.looking, by);
    await resumeArmed(house.looking, { name: "head-of-it" });
    await house.settle();
    expect(attempts(house)).toEqual([2, 4]);
    expect(await steerRollout(house.looking, "security", "abort", "too few", by)).toEqual({
      status: "aborted",
      returns: [expect.any(String)],
    });
    await house.settle();
    expect(attempts(house)).toEqual([4, 4]);
    expect(await armed(house.store)).toEqual([]);

    // Of a version that failed those are compared, too, that have it and not the newest: it is left by them as well.
    house.commit(all(""));
    await house.settle();
    await house.pass(40 * minute, 10 * minute);
    await house.settle();
    expect(attempts(house)).toEqual(["none", "none"]);
    const at = house.world.now();
    await changeRollout(house.store, "security", at, (one) => fail(one as Rollout, "2 of 2", at));
    house.commit(all(", maxFailedAttempts: 4, requireAlphanumeric: true"));
    await house.settle();
    await resumeArmed(house.looking, by);
    await resumeArmed(house.looking, { name: "head-of-it" });
    await house.settle();
    expect(attempts(house)).toEqual([4, "none"]);
    expect(await steerRollout(house.looking, "security", "abort", "letters", by)).toMatchObject({
      armed: expect.stringContaining("after 4 wrong passcodes"),
      returns: ["r1"],
      skipped: [{ failed: "2 of 2" }],
    });
    await house.settle();
    expect(attempts(house)).toEqual([4, "none"]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test("an abort gives no phone back a rule that wipes, nor the absence of one that had overruled it, until two approvers say so", async () => {
  const [store] = stores.slice(-1);
  if (store === undefined) throw new Error("there is no store");
  const wipe = (name: string, after: number) =>
    fragment(
      name,
      `passwordPolicies: [{passwordScope: SCOPE_DEVICE, passwordMinimumLength: 6, passwordQuality: NUMERIC, maximumFailedPasswordsForWipe: ${after}}]`,
    );
  const all = (items: string) =>
    files({
      "strict.yaml": wipe("strict", 2),
      "lax.yaml": wipe("lax", 0),
      "camera.yaml": fragment("camera", "cameraAccess: CAMERA_ACCESS_DISABLED"),
      "a.yaml": policy("profiles: [{name: strict}]", "a"),
      "b.yaml": policy(`priority: 500\nprofiles: [${items}]\n${waves}`, "b"),
    });
  await using house = await androidHouse({ stores: store, files: all("{name: camera}") });
  await resume(house.looking, "observe", undefined, by);
  const phones = await house.arrive([{}, {}]);
  await house.pass(10 * minute, 5 * minute);
  expect(phones.map(attemptsOf)).toEqual([2, 2]);

  // The first of them is overruled from now on; the policy that says so has never named the rule itself.
  house.commit(all("{name: camera}, {name: lax}"));
  await house.pass(10 * minute, 5 * minute);
  expect(phones.map(attemptsOf).sort()).toEqual([0, 2]);
  await steerRollout(house.looking, "b", "abort", "a mistake", by);
  await house.pass(10 * minute, 5 * minute);
  expect(await armed(house.store)).toEqual([
    expect.stringContaining("Policy/a Profile/strict lets devices erase themselves after 2 wrong passcodes"),
  ]);
  expect(phones.map(attemptsOf).sort()).toEqual([0, 2]);
  // Whoever is told of the abort is told that nothing is given back yet.
  expect(await listEvents(house.store, { limit: 1, types: ["rollout.aborted"] })).toMatchObject([
    { message: expect.stringMatching(/^a mistake; it is held until two approvers resume: .*Policy\/b/) },
  ]);
  // What a commit arms meanwhile stands beside it: both are resumed, or neither.
  await engage(house.store, { name: "armed", reason: "a commit", by: "reeve", at: 1 });
  await engage(house.store, { name: "armed", reason: "a commit", by: "reeve", at: 1 });
  expect(await armed(house.store)).toEqual([
    expect.stringMatching(/^a commit; and before: the abort of Policy\/b gives back(?!.*a commit)/),
  ]);
  await resumeArmed(house.looking, { name: "one" });
  await resumeArmed(house.looking, { name: "another" });
  await house.pass(10 * minute, 5 * minute);
  expect(phones.map(attemptsOf)).toEqual([2, 2]);
});

async function armed(store: Store): Promise<readonly string[]> {
  const { all } = await readLatches(store);
  return all.filter(({ name }) => name === "armed").map(({ reason }) => reason);
}

/** After how many wrong passcodes iPads erase themselves, the fewest first. */
function attempts({ fleet }: Installation): readonly unknown[] {
  const found = fleet.devices.map(
    (one) => one.snapshot().profiles["reeve.profile.passcode"]?.payloads[0]?.maxFailedAttempts ?? "none",
  );
  return found.sort();
}

function attemptsOf(phone: AndroidDevice): unknown {
  const applied = phone.ledger.of("policy-applied").at(-1) as
    | { readonly content?: { readonly passwordPolicies?: readonly Readonly<Record<string, unknown>>[] } }
    | undefined;
  return applied?.content?.passwordPolicies?.[0]?.maximumFailedPasswordsForWipe ?? 0;
}
