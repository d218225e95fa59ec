import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { googleFault } from "./request-faults.ts";
import { bed, DAY, errorOf, HOUR, MINUTE, SECOND } from "./test-amapi.ts";

test("an answer that is lost after its request took effect leaves exactly one operation", async () => {
  const { am, amapi, world, policy, enrolled } = await bed();
  await policy("default", {});
  const device = await enrolled();
  const name = device.name ?? "";
  amapi.fail({ method: "enterprises.devices.issueCommand", drop: "after-commit" });
  const issue = () => errorOf(am.enterprises.devices.issueCommand({ name, requestBody: { type: "LOCK" } }));
  expect(await issue()).toBe("no answer");
  const { data } = await am.enterprises.devices.operations.list({ name: `${name}/operations` });
  expect(data.operations).toHaveLength(1);
  amapi.fail({ method: "enterprises.devices.issueCommand", drop: "before-commit" });
  expect(await issue()).toBe("no answer");
  await world.advance(MINUTE);
  expect(device.ledger.of("locked")).toHaveLength(1);
  expect(amapi.requests.count("enterprises.devices.issueCommand")).toBe(2);
  expect(amapi.requests.count("enterprises.devices.issueCommand", "committed")).toBe(1);
});

test("the nth request of a method is answered with an error, and what was meant does not happen", async () => {
  const { am, amapi, enterprise } = await bed();
  const name = `${enterprise}/policies/p`;
  amapi.fail({
    method: "enterprises.policies.patch",
    skip: 1,
    times: 2,
    answer: googleFault(503, "UNAVAILABLE", "later"),
  });
  const patch = () => errorOf(am.enterprises.policies.patch({ name, requestBody: { funDisabled: true } }));
  expect([await patch(), await patch(), await patch(), await patch()]).toEqual([
    "no error",
    "503 UNAVAILABLE later",
    "503 UNAVAILABLE later",
    "no error",
  ]);
  expect((await am.enterprises.policies.get({ name })).data.version).toBe("2");
});

test("an answer is held back on the emulator's clock while its effect is there", async () => {
  const { am, amapi, world, enterprise } = await bed();
  const name = `${enterprise}/policies/p`;
  amapi.fail({ path: `/v1/${name}`, delayMs: 30 * SECOND });
  let answered = false;
  const patch = am.enterprises.policies.patch({ name, requestBody: {} }).then(() => {
    answered = true;
  });
  while (amapi.kept.policies.size === 0) await am.enterprises.policies.list({ parent: enterprise });
  expect(answered).toBe(false);
  await world.advance(30 * SECOND);
  await patch;
  expect(answered).toBe(true);
});

test("requests are recorded with mask and digest, and never with a body", async () => {
  const { am, amapi, policy, enrolled } = await bed();
  const name = await policy("p", { funDisabled: true });
  await policy("p", { funDisabled: true });
  await policy("p", { funDisabled: false });
  await am.enterprises.policies.patch({ name, updateMask: "smsDisabled", requestBody: {} });
  const patches = amapi.requests.entries.filter(({ method }) => method === "enterprises.policies.patch");
  expect(patches.map(({ mask, status }) => [mask, status])).toEqual([
    [undefined, 200],
    [undefined, 200],
    [undefined, 200],
    ["smsDisabled", 200],
  ]);
  expect(patches[0]?.digest).toBe(patches[1]?.digest);
  expect(patches[2]?.digest).not.toBe(patches[0]?.digest);
  const device = await enrolled({ policy: name });
  const requestBody = { type: "RESET_PASSWORD", newPassword: "sesame-open" };
  await am.enterprises.devices.issueCommand({ name: device.name ?? "", requestBody });
  expect(JSON.stringify(amapi.requests.entries)).not.toContain("sesame");
});

test("an emulator that died goes on where it was: devices, commands, messages and what was planned", async () => {
  const folder = mkdtempSync(join(tmpdir(), "amapi-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "state.json");
  const one = await bed({ file });
  const apps = (...names: string[]) => ({
    applications: names.map((packageName) => ({ packageName, installType: "FORCE_INSTALLED" })),
  });
  const name = await one.policy("p", apps("com.a"));
  const [device, away] = [await one.enrolled({ policy: name }), await one.enrolled({ policy: name })];
  away.goOffline();
  await one.policy("p", apps("com.a", "com.b"));
  await one.world.advance(20 * SECOND);
  const issue = (of: string | undefined, requestBody: object) =>
    one.am.enterprises.devices.issueCommand({ name: of ?? "", requestBody });
  await issue(device.name, { type: "LOCK" });
  const { data } = await issue(away.name, { type: "REBOOT", duration: "3600s" });
  await one.amapi.close();

  // The app is being installed, and a command has been heard of and not been fetched.
  const port = Number(new URL(one.amapi.rootUrl).port);
  const two = await bed({ file, world: one.world, port });
  expect(two.amapi.rootUrl).toBe(one.amapi.rootUrl);
  const after = (serial: string) => two.amapi.device({ serial });
  expect(two.enterprise).toBe(one.enterprise);
  await one.world.advance(MINUTE);
  const types = [
    "enrolled",
    "policy-applied",
    "app-installed",
    "policy-applied",
    "locked",
    "command",
    "app-installed",
  ];
  expect(after(device.serial).ledger.entries.map(({ type }) => type)).toEqual(types);
  expect(await two.record(after(device.serial))).toMatchObject({ policyCompliant: true });
  await one.world.advance(HOUR);
  const expired = await two.am.enterprises.devices.operations.get({ name: data.name ?? "" });
  expect(expired.data.error?.code).toBe(4);
  const lastReport = async () =>
    Date.parse((await two.record(after(device.serial))).lastStatusReportTime ?? "");
  const last = await lastReport();
  await one.world.advance(DAY);
  expect(await lastReport()).toBeGreaterThan(last);
  expect(after(away.serial).ledger.of("wiped")).toEqual([]);
  const third = await bed({ state: two.amapi.exportState(), world: one.world });
  expect(third.amapi.exportState()).toBe(two.amapi.exportState());
});

test("another process steers the emulator through its control API", async () => {
  const { amapi, am, enterprise, policy } = await bed();
  await policy("default", {});
  const { data } = await am.enterprises.enrollmentTokens.create({ parent: enterprise, requestBody: {} });
  const control = async (path: string, body: object = {}) => {
    const answered = await fetch(`${amapi.rootUrl}/_emu/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    return { status: answered.status, body: (await answered.json()) as Record<string, unknown> };
  };
  const { body } = await control("devices/enroll", {
    device: { serial: "S1", model: "Tab" },
    code: data.value,
  });
  expect(body).toEqual({ serial: "S1", name: expect.stringContaining("/devices/") });
  await control("advance", { ms: MINUTE });
  expect((await control("devices/user", { serial: "S1", act: "setsPassword", with: "1234" })).body).toEqual({
    done: true,
  });
  await control("devices/offline", { serial: "S1" });
  expect(amapi.device({ serial: "S1" }).machine.online).toBe(false);
  const { body: ledger } = await control("devices/ledger", { serial: "S1" });
  expect((ledger.entries as { type: string }[]).map(({ type }) => type)).toEqual([
    "enrolled",
    "policy-applied",
    "user",
  ]);
  await control("faults", { method: "enterprises.get", answer: { status: 500 } });
  expect(await errorOf(am.enterprises.get({ name: enterprise }))).toMatch(/^500/);
  expect((await control("devices/online", { serial: "none" })).status).toBe(400);
  expect((await control("nothing")).status).toBe(404);
});
