import { expect, test } from "vitest";
import { UserError } from "../../errors.ts";
import { resume, suspend } from "../../loop/control.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { pglite } from "../../store/test-stores.ts";
import { type Installation, install } from "../installation.ts";
import { baseline, device, files, operation, passcode, policy } from "../manifests.ts";

const by = { name: "it-duty" };
const tablet = { serial: "SIM-1", platform: "ipados", name: "IPAD-1" } as const;

test("an act that is renamed does not run again", async () => {
  const bare = files({ "policy.yaml": policy("profiles: []"), "one.yaml": device("one", "SIM-1") });
  const reboot = (name: string, more = "") =>
    operation(name, "devices: [one]", "reboot: {}").replace(`{name: ${name}}`, `{name: ${name}${more}}`);
  await using house = await install({ stores: pglite, files: bare, devices: [tablet] });
  await house.enroll();
  await house.settle();
  const reboots = (): number =>
    house
      .device("SIM-1")
      .ledger.of("executed")
      .filter((one) => one.requestType === "RestartDevice").length;
  house.commit({ ...bare, "act.yaml": reboot("first") });
  await house.pass(600_000);
  expect(reboots()).toBe(1);
  house.commit({ ...bare, "act.yaml": reboot("second", ", renamedFrom: [first]") });
  await house.pass(600_000);
  expect(reboots()).toBe(1);
  house.commit({ ...bare, "act.yaml": reboot("third") });
  await house.pass(600_000);
  expect(reboots()).toBe(2);
});

test("whoever looks at the status sees single devices that were stopped or cannot be woken", async () => {
  await using house = await install({ stores: pglite, files: baseline, devices: [tablet] });
  await house.enroll();
  await house.settle();
  expect(await warnings(house)).toEqual([]);
  await suspend(house.looking, "device", "SIM-1", "in a meeting", by);
  await house.store.query("update reeve.channel set token_dead = true");
  await house.settle();
  expect(await warnings(house)).toEqual([
    "1 device suspended one by one",
    "1 device without a valid push token: cannot be woken",
  ]);
  house.commit({ ...baseline, "passcode.yaml": passcode(9) });
  await house.settle();
  const { items } = await viewExplanation(house.looking, "SIM-1", "Profile/passcode");
  expect(items[0]).toMatchObject({
    state: "not admitted",
    detail: "keeps what it had: suspended: in a meeting",
  });
});

test("a slip of the pen stops nobody, and resumes nobody, without a word", async () => {
  await using house = await install({ stores: pglite, files: baseline, devices: [tablet] });
  await house.enroll();
  await house.settle();
  expect(await codeOf(suspend(house.looking, "group", "tablet", "an incident", by))).toBe("no-such-group");
  expect(await codeOf(resume(house.looking, "group", "tablets", by))).toBe("not-stopped");
  expect(await codeOf(resume(house.looking, "device", "SIM-1", by))).toBe("not-stopped");
  expect(await codeOf(resume(house.looking, "restored", undefined, by))).toBe("not-stopped");
  await suspend(house.looking, "all", undefined, "an incident", by);
  expect(await codeOf(resume(house.looking, "all", undefined, by))).toBeUndefined();
});

async function warnings(house: Installation): Promise<readonly string[]> {
  return (await viewStatus(house.looking, { source: "", warnings: [] })).warnings.map((one) => one.message);
}

async function codeOf(attempt: Promise<unknown>): Promise<string | undefined> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof UserError ? error.code : undefined;
}
