import { expect, test } from "vitest";
import { halt, unhalt } from "../../../loop/control.ts";
import { viewEvents, viewOperations } from "../../../loop/view-logs.ts";
import { googleFault } from "../../../simulator/amapi/request-faults.ts";
import {
  acting,
  approve,
  canary,
  effects,
  fullyManaged,
  hour,
  issued,
  minute,
  one,
  outcomes,
  personal,
  quiet,
  told,
  withDevice,
} from "./test-acts.ts";

const issueCommand = "enterprises.devices.issueCommand";
const admin = { name: "it-duty" };

test("a command that nobody knows of is unknown, and never sent again by itself", async () => {
  await using bed = await withDevice(fullyManaged);
  const { house, device } = bed;
  // A restart in the console of Google a minute before is nobody's answer to this one.
  await house.am.enterprises.devices.issueCommand({
    name: device.name ?? "",
    requestBody: { type: "REBOOT" },
  });
  await house.pass(5 * minute);
  house.amapi.requests.clear();
  house.amapi.fail({ method: issueCommand, drop: "before-commit" });
  house.commit(acting({ restart: "reboot: {}" }));
  await house.settle();
  await house.pass(2 * hour, 10 * minute);
  expect([house.amapi.requests.count(issueCommand), effects(device)]).toEqual([1, ["rebooted"]]);
  expect((await outcomes(house)).restart).toMatch(/^unknown: Google did not answer and knows nothing of it/);
});

test("what Google refuses for its quota was not done, and goes later under the same id", async () => {
  await using bed = await withDevice(fullyManaged);
  const { house, device } = bed;
  const answer = googleFault(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Requests'");
  house.amapi.fail({ method: issueCommand, answer, times: 2 });
  house.commit(acting({ restart: "reboot: {}", lock: "lock: {}" }));
  await house.settle();
  await house.pass(30 * minute);
  expect([...effects(device)].sort()).toEqual(["locked", "rebooted"]);
  expect(issued(house)).toBe(2);
  expect(await outcomes(house)).toEqual({ restart: "executed", lock: "executed" });
});

test("what Google does not take fails with its words", async () => {
  await using bed = await withDevice(fullyManaged);
  const { house, device } = bed;
  const answer = googleFault(400, "INVALID_ARGUMENT", "This device takes nothing.");
  house.amapi.fail({ method: issueCommand, answer });
  house.commit(acting({ restart: "reboot: {}" }));
  await house.settle();
  await house.pass(10 * minute);
  expect([issued(house), effects(device)]).toEqual([0, []]);
  expect(await outcomes(house)).toEqual({ restart: "failed: Google says: This device takes nothing." });
});

test("a device that is away gets what waits for it when it comes back, and nothing after the end", async () => {
  await using bed = await withDevice(fullyManaged);
  const { house, device } = bed;
  device.goOffline();
  const until = (ms: number) => new Date(house.world.now() + ms).toISOString();
  const short = acting({ restart: "reboot: {}" }, "");
  const shortened = Object.fromEntries(
    Object.entries(short).map(([path, text]) => [
      path,
      text.replace("2030-01-01T00:00:00Z", until(90 * minute)),
    ]),
  );
  house.commit({ ...acting({ lock: "lock: {}" }), ...shortened });
  await house.settle();
  await house.pass(3 * hour, 10 * minute);
  expect(effects(device)).toEqual([]);
  expect((await outcomes(house)).restart).toMatch(/^expired/);
  expect((await outcomes(house)).lock).toMatch(/^sent/);
  device.goOnline();
  await house.pass(hour, 10 * minute);
  expect(effects(device)).toEqual(["locked"]);
  expect((await outcomes(house)).lock).toBe("executed");
});

test("what a device had fetched before it was cancelled is done, and said to be done", async () => {
  await using bed = await withDevice(personal, { project: "acme-devices", knobs: { cancelLosesRace: true } });
  const { house, device } = bed;
  // What Google publishes is lost as well: the operation is asked for.
  house.amapi.failMessages({ does: "lose", times: 1_000 });
  device.be({ stuck: true });
  house.commit(acting({ lock: "lock: {}" }));
  await house.settle();
  await house.pass(minute, minute);
  house.commit(quiet);
  await house.pass(10 * minute, 5 * minute);
  expect(house.amapi.requests.count("enterprises.devices.operations.cancel")).toBe(1);
  expect(await outcomes(house)).toEqual({ lock: "sent" });
  device.be({ stuck: false });
  device.goOffline();
  device.goOnline();
  await house.pass(20 * minute, 5 * minute);
  expect([effects(device), await outcomes(house)]).toEqual([["locked"], { lock: "executed" }]);
});

test("a device that somebody else removed has left, and carried out nothing that anybody knows of", async () => {
  await using bed = await withDevice(personal);
  const { house, device } = bed;
  device.goOffline();
  house.commit(acting({ lock: "lock: {}" }));
  await house.settle();
  await house.am.enterprises.devices.delete({ name: device.name ?? "" });
  await house.pass(hour, 10 * minute);
  expect(Object.values(await told(house, "device.left"))).toEqual([
    "Google does not have it any more: its management was removed",
  ]);
  expect((await outcomes(house)).lock).toMatch(/^unknown/);
});

test("data of apps goes app by app, and what stayed is named", async () => {
  await using bed = await withDevice(fullyManaged);
  const { house, device } = bed;
  house.commit(acting({ clear: "clearAppData: {packages: [com.acme.none, com.android.vending]}" }, one));
  await house.settle();
  expect(await outcomes(house)).toEqual({ clear: "held" });
  await approve(house);
  await house.settle();
  expect((await outcomes(house)).clear).toBe(
    "failed: com.acme.none: APP_NOT_FOUND, com.android.vending: APP_PROTECTED",
  );
  expect(device.ledger.of("command")).toHaveLength(1);
});

test("while the kill switch is on no command leaves", async () => {
  await using bed = await withDevice(fullyManaged);
  const { house, device } = bed;
  await halt(house.looking, "a test", admin);
  house.commit(acting({ lock: "lock: {}" }));
  await house.pass(hour, 10 * minute);
  expect([issued(house), effects(device)]).toEqual([0, []]);
  await unhalt(house.looking, "over", admin);
  await house.settle();
  await house.pass(10 * minute);
  expect(effects(device)).toEqual(["locked"]);
});

test("a new password stands nowhere but on the device", async () => {
  await using bed = await withDevice(fullyManaged);
  const { house, device } = bed;
  const answer = googleFault(400, "INVALID_ARGUMENT", `The password ${canary} is no good.`);
  house.amapi.fail({ method: issueCommand, answer });
  house.commit(acting({ password: "clearPasscode: {newPassword: '${secret:unlock/password}'}" }));
  await house.settle();
  expect((await outcomes(house)).password).toBe("failed: Google says: The password [secret] is no good.");
  const again = "  generation: 2";
  const all = "requireEntry: true, doNotAskCredentialsOnBoot: true, lockNow: true";
  house.commit(
    acting({ password: `clearPasscode: {newPassword: '\${secret:unlock/password}', ${all}}` }, again),
  );
  await house.settle();
  const { data } = await house.am.enterprises.devices.operations.list({ name: `${device.name}/operations` });
  expect(data.operations?.at(-1)?.metadata).toMatchObject({
    resetPasswordFlags: ["REQUIRE_ENTRY", "DO_NOT_ASK_CREDENTIALS_ON_BOOT", "LOCK_NOW"],
  });
  expect(effects(device)).toEqual(["password-reset", "locked"]);
  const shown = [
    await viewOperations(house.looking, { limit: 50 }),
    await viewEvents(house.looking, { limit: 500 }),
    await house.list(),
  ];
  expect(JSON.stringify(shown)).not.toContain(canary);
  await house.pass(10 * minute);
  expect(device.user.unlocksWith("something else")).toBe(false);
  expect(device.user.unlocksWith(canary)).toBe(true);
  for (const table of ["act", "act_target", "command", "event", "detail", "channel", "kept", "interned"]) {
    const [row] = await house.store.query<{ all: string }>(
      `select coalesce(string_agg(t::text, ''), '') as all from reeve.${table} t`,
    );
    expect(row?.all.includes(canary), table).toBe(false);
  }
});
