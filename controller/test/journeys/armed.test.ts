import { expect, test } from "vitest";
import { resumeArmed } from "../../loop/breaker.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { listEvents } from "../../store/events.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { files, group, policy, profile } from "../manifests.ts";
import { declared } from "./declared-files.ts";

const stores = await storesOfSuite();
const by = { name: "it-duty" };
const devices = [
  { serial: "SIM-1", platform: "ipados", name: "IPAD-1", supervised: true },
  { serial: "SIM-2", platform: "ios", name: "IPHONE-2", supervised: true },
] as const;

const both = "expressions: [{key: platform, operator: In, values: [ipados, ios]}]";

function erasingAfter(attempts: number | undefined, selector = "match: {platform: ipados}") {
  const rule = attempts === undefined ? "" : `, maxFailedAttempts: ${attempts}`;
  return files({
    "passcode.yaml": profile(
      "passcode",
      `type: com.apple.mobiledevice.passwordpolicy, content: {minLength: 6, forcePIN: true${rule}}`,
    ),
    "group.yaml": group("meant", selector),
    "policy.yaml": policy("profiles: [{name: passcode}]", "meant", "groups: [meant]"),
  });
}

test.each(stores)(
  "on $name what lets more devices erase themselves, or sooner, goes out only when a person says so",
  async (store) => {
    await using house = await install({ stores: store, files: erasingAfter(undefined), devices });
    await house.enroll();
    await house.settle();
    expect(attempts(house)).toEqual([undefined, "none"]);

    const steps = [
      { commit: erasingAfter(4), before: [undefined, "none"], after: [4, "none"] },
      { commit: erasingAfter(2), before: [4, "none"], after: [2, "none"] },
      {
        commit: erasingAfter(2, both),
        before: [2, "none"],
        after: [2, 2],
      },
    ];
    for (const { commit, before, after } of steps) {
      house.commit(commit);
      await house.settle();
      await house.pass(2 * 3_600_000, 600_000);
      expect(attempts(house)).toEqual(before);
      expect((await status(house)).latches).toEqual([
        expect.objectContaining({
          name: "armed",
          reason: expect.stringContaining("Profile/passcode lets devices erase themselves after"),
        }),
      ]);
      // Whoever committed it may be one of the two, and not both.
      expect(await resumeArmed(house.looking, by)).toBe(false);
      expect(await resumeArmed(house.looking, { name: "second-token", person: by.name })).toBe(false);
      await house.settle();
      expect(attempts(house)).toEqual(before);
      expect(await resumeArmed(house.looking, { name: "head-of-it" })).toBe(true);
      await house.settle();
      expect(attempts(house)).toEqual(after);
    }

    // Whoever is told of what is stopped hears of each, and once.
    expect(await listEvents(house.store, { limit: 9, types: ["changes.armed"] })).toHaveLength(steps.length);
    house.commit(erasingAfter(8, both));
    await house.settle();
    expect(attempts(house)).toEqual([8, 8]);
    house.commit(erasingAfter(undefined));
    await house.settle();
    expect((await status(house)).latches.map((one) => one.name)).not.toContain("armed");
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)("on $name a declaration that says so waits as well", async (store) => {
  const rules = (keys: string) =>
    files({
      "rules.yaml": declared("rules", `type: com.apple.configuration.passcode.settings, content: {${keys}}`),
      "policy.yaml": policy("profiles: [{name: rules}]"),
    });
  await using house = await install({ stores: store, files: rules("MinimumLength: 6"), devices });
  await house.enroll();
  await house.settle();

  house.commit(rules("MinimumLength: 6, MaximumFailedAttempts: 3"));
  await house.settle();
  const told = house.fleet.devices.flatMap((one) =>
    Object.values(one.snapshot().declarations).map(({ payload }) => payload),
  );
  expect(told).toContainEqual({ MinimumLength: 6 });
  expect(JSON.stringify(told)).not.toContain("MaximumFailedAttempts");
  expect((await status(house)).latches.map((one) => one.name)).toEqual(["armed"]);
});

function status(house: Installation) {
  return viewStatus(house.looking, { source: "memory", warnings: [] });
}

/** After how many wrong passcodes each device erases itself, by the profile that it has. */
function attempts(house: Installation): readonly unknown[] {
  return house.fleet.devices.map((one) => {
    const found = one.snapshot().profiles["reeve.profile.passcode"];
    return found === undefined ? "none" : found.payloads[0]?.maxFailedAttempts;
  });
}
