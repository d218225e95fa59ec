import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { RunningFleet } from "../../simulator/start-fleet.ts";
import { baseline, passcode } from "../manifests.ts";
import { program, type Ran, runChild } from "./child-process.ts";
import type { DaemonProcess } from "./daemon-process.ts";
import { eventually } from "./eventually.ts";
import { executed, type House, member, openHouse } from "./house.ts";

// Processes start and stop here, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const wipe = `apiVersion: reeve/v1
kind: Device
metadata: {name: ipad-1}
spec: {match: {serial: SIM-1}, ownership: company}
---
apiVersion: reeve/v1
kind: Operation
metadata: {name: wipe}
spec:
  target: {devices: [ipad-1]}
  act: {wipe: {}}
  expectedDevices: 1
  expiresAt: 2035-12-31T00:00:00Z
  reason: a test
`;
const root = join(import.meta.dirname, "..", "..", "..");

const closing = new AsyncDisposableStack();
let house: House;
let daemon: DaemonProcess;
let fleet: RunningFleet;

beforeAll(async () => {
  house = closing.use(await openHouse({ files: { ...baseline, "wipe.yaml": wipe } }));
  daemon = await house.start();
  fleet = await house.enroll([member("SIM-1"), member("SIM-2", { platform: "ios" })]);
  await eventually("both are at rest", async () => {
    const { total, holds } = await house.status();
    return total.total === 2 && total.reconciling === 0 && holds.devices === 1;
  });
});
afterAll(() => closing.disposeAsync());

/** Over HTTP, with the token of a role. */
function as(role: keyof House["tokens"], ...args: readonly string[]): Promise<Ran> {
  const env = { REEVE_SERVER: daemon.adminUrl, REEVE_TOKEN: house.tokens[role] };
  return runChild(program, args, { cwd: house.folder, env });
}

function minLength(serial: string): unknown {
  return fleet.device(serial).snapshot().profiles["reeve.profile.passcode"]?.payloads[0]?.minLength;
}

// One daemon serves all of them: the plan of a working tree wants a quiet house, acting leaves traces.
describe("one house, in this order", { shuffle: false }, () => {
  describe("looking, over the socket", () => {
    test.each([
      [["status"], /^acme +in force [0-9a-f]{7} [\s\S]+iPadOS +1 [\s\S]+Holds +1 \(1 device\)/, 0],
      [["devices"], /SIM-2/, 0],
      [["devices", "--overdue"], /^No device matches/, 0],
      [["devices", "show", "SIM-2", "--part", "apps"], /com\.tinyspeck\.chatlyio +Managed/, 0],
      [["explain", "SIM-2"], /App\/slack +verified .* Policy\/baseline baseline.yaml:/, 0],
      [["operations", "--device", "SIM-2"], /InstallApplication/, 0],
      [["operations", "summary"], /InstallProfile/, 0],
      [["events"], /device.enrolled/, 0],
      [["history"], /in force/, 0],
      [["holds"], /Operation\/wipe[\s\S]+held: it destroys data or ends management/, 0],
      [["explain", "SIM-9"], /^$/, 3],
    ] as const)("reeve %j", async (args, expected, exit) => {
      const { code, stdout, stderr } = await house.reeve(...args);
      expect({ code, stderr: exit === 0 ? stderr : "" }).toEqual({ code: exit, stderr: "" });
      expect(stdout).toMatch(expected);
      for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    });

    test("every JSON result is one object with its format version", async () => {
      const verbs = [["status"], ["devices"], ["operations"], ["events"], ["holds"], ["history"]];
      const results = await Promise.all(verbs.map((verb) => house.reeve(...verb, "-o", "json")));
      expect(results.map(({ stdout }) => JSON.parse(stdout).formatVersion)).toEqual(verbs.map(() => 1));
    });

    test("a device's commands in `operations` are those of the device's own ledger", async () => {
      const { stdout } = await house.reeve("operations", "--device", "SIM-2", "-o", "json");
      const rows: { id: string; type: string; status: string }[] = JSON.parse(stdout).operations;
      const own = fleet.device("SIM-2").ledger.of("answered");
      expect(rows.map((row) => `${row.id} ${row.type}`).sort()).toEqual(
        own.map((entry) => `${entry.uuid} ${entry.requestType}`).sort(),
      );
      expect(rows.every((row) => row.status === "executed")).toBe(true);
    });
  });

  describe("a plan of a working tree", () => {
    const change = { "baseline.yaml": baseline["baseline.yaml"]?.replace("apps: [{name: slack}]", "") ?? "" };

    test("names what would be done, changes nothing, and says with its exit code that there is something", async () => {
      const tree = join(house.folder, "tree");
      await mkdir(tree, { recursive: true });
      for (const [name, text] of Object.entries({ ...baseline, "wipe.yaml": wipe, ...change }))
        await writeFile(join(tree, name), text);
      const { code, stdout } = await house.reeve("plan", "tree", "--detailed-exitcode");
      expect(code).toBe(2);
      expect(stdout).toMatch(/- remove +App\/slack +2 devices/);
      expect(executed(fleet.device("SIM-2"), "RemoveApplication")).toBe(0);
      expect((await house.status()).inForce?.revision).not.toBe("tree");
    });

    test("with errors shows them, and plans nothing", async () => {
      const tree = join(house.folder, "bad");
      await mkdir(tree, { recursive: true });
      await writeFile(join(tree, "org.yaml"), "apiVersion: reeve/v1\nkind: Organisation\n");
      const { code, stdout, stderr } = await house.reeve("plan", "bad");
      expect(code).toBe(1);
      expect(stdout + stderr).toContain("org.yaml:2:7");
    });
  });

  describe("roles, over HTTP", () => {
    test.each([
      ["viewer", ["status"], 0],
      ["viewer", ["plan", "tree"], 3],
      ["planner", ["plan", "tree"], 0],
      ["planner", ["suspend", "all", "--reason", "no"], 3],
      ["planner", ["enroll", "apple", "--out", "x.mobileconfig"], 3],
      ["approver", ["enroll", "apple", "--out", "x.mobileconfig"], 0],
    ] as const)("%s may %j: %i", async (role, args, exit) => {
      const { code, stderr } = await as(role, ...args);
      expect({ code, isForbidden: stderr.includes("[forbidden]") }).toEqual({
        code: exit,
        isForbidden: exit === 3,
      });
    });

    test("nobody does anything with a wrong token or none", async () => {
      const env = { REEVE_SERVER: daemon.adminUrl };
      const none = await runChild(program, ["status"], { cwd: house.folder, env });
      const wrong = await runChild(program, ["status"], {
        cwd: house.folder,
        env: { ...env, REEVE_TOKEN: "x".repeat(32) },
      });
      expect([none.code, wrong.code]).toEqual([3, 3]);
      expect(none.stderr).toContain("[unauthorised]");
      expect(wrong.stderr).toContain("[unauthorised]");
    });
  });

  describe("acting", () => {
    test("a suspension keeps a device as it is until it is resumed", async () => {
      expect((await house.reeve("suspend", "device", "SIM-2", "--reason", "with the auditors")).code).toBe(0);
      expect((await house.reeve("explain", "SIM-2")).stdout).toContain("with the auditors");
      await house.save({ "passcode.yaml": passcode(8) });
      await house.reeve("reconcile");
      await eventually("the other one has it", () => minLength("SIM-1") === 8);
      await fleet.device("SIM-2").connect();
      expect(minLength("SIM-2")).toBe(6);
      expect((await house.reeve("resume", "device", "SIM-2")).code).toBe(0);
      expect((await house.reeve("explain", "SIM-2")).stdout).not.toContain("with the auditors");
      await eventually("it follows", () => minLength("SIM-2") === 8, { state: () => house.operations() });
    });

    test("the kill switch stops everything, and only an approver turns it off", async () => {
      expect((await as("operator", "halt", "--reason", "stop")).code).toBe(0);
      const commands = fleet.device("SIM-1").ledger.of("command").length;
      await house.reeve("reconcile", "SIM-1");
      await fleet.device("SIM-1").connect();
      expect(fleet.device("SIM-1").ledger.of("command").length).toBe(commands);
      expect((await house.reeve("status")).stdout).toContain("kill-switch");

      expect((await as("operator", "unhalt", "--reason", "go")).code).toBe(3);
      expect((await as("approver", "unhalt", "--reason", "go")).code).toBe(0);
      expect((await house.reeve("status")).stdout).not.toContain("kill-switch");
    });

    test("only an approver approves, and only what is shown", async () => {
      const { stdout } = await house.reeve("holds", "-o", "json");
      const [{ digest }] = JSON.parse(stdout).holds as [{ digest: string }];
      const short = `${digest.slice(0, 4)}-${digest.slice(4, 8)}-${digest.slice(8, 12)}`;
      expect((await house.reeve("holds")).stdout).toContain(short);
      const local = await house.reeve("approve", short, "--yes");
      expect(local).toMatchObject({ code: 3, stderr: expect.stringContaining("[forbidden]") });
      expect((await as("operator", "approve", short, "--yes")).code).toBe(3);
      expect((await as("approver", "approve", "0000-0000-0000", "--yes")).code).toBe(3);
      expect((await as("approver", "approve", short)).stderr).toContain("--yes");
      expect(executed(fleet.device("SIM-1"), "EraseDevice")).toBe(0);

      const half = await as("second", "approve", short, "--yes");
      expect(half).toMatchObject({ code: 0, stdout: expect.stringContaining("more approvals") });
      expect(executed(fleet.device("SIM-1"), "EraseDevice")).toBe(0);
      const approved = await as("approver", "approve", short, "--yes", "--note", "case 7");
      expect(approved).toMatchObject({ code: 0, stdout: expect.stringContaining("ready to be sent") });
      await eventually("it is wiped", () => executed(fleet.device("SIM-1"), "EraseDevice") === 1);
      expect((await house.reeve("holds", "-o", "json")).stdout).not.toContain(digest);
    });
  });

  describe("enroll apple", () => {
    test("writes a profile that only its owner reads, and a device enrolls with it", async () => {
      const { code, stdout } = await house.reeve(
        "enroll",
        "apple",
        "--out",
        "join.mobileconfig",
        "--tag",
        "a=b",
      );
      expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
      const file = join(house.folder, "join.mobileconfig");
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const device = fleet.device("SIM-1");
      expect(await device.enroll(await readFile(file))).toEqual({ ok: true });
      const { stdout: shown } = await house.reeve("devices", "--tag", "a=b", "-o", "json");
      expect(JSON.parse(shown).devices).toMatchObject([{ serial: "SIM-1", epoch: 2 }]);
      // One use: another device is refused.
      expect(await device.enroll(await readFile(file))).toMatchObject({ ok: false });
    });

    test("--link makes an address that gives a profile once", async () => {
      const { code, stdout } = await house.reeve("enroll", "apple", "--link");
      expect(code).toBe(0);
      const url = /https:\S+/.exec(stdout)?.[0] ?? "";
      const device = fleet.device("SIM-1");
      expect(await device.enroll(url)).toEqual({ ok: true });
      expect(await device.enroll(url)).toMatchObject({ ok: false });
    });

    test("a link that was revoked gives nothing", async () => {
      const { stdout } = await house.reeve("enroll", "apple", "--link", "-o", "json");
      const { url, id } = JSON.parse(stdout) as { url: string; id: string };
      expect((await house.reeve("enroll", "links")).stdout).toContain(id);
      expect(await house.reeve("enroll", "revoke", id)).toMatchObject({ code: 0 });
      expect(await house.reeve("enroll", "revoke", id)).toMatchObject({ code: 3 });
      expect(await fleet.device("SIM-1").enroll(url)).toMatchObject({
        ok: false,
        reason: "the profile's address answered 410",
      });
      const { stdout: events } = await house.reeve("events", "--type", "enrollment.revoked", "-o", "json");
      expect(events).toContain(id);
    });
  });

  describe("validate, without a daemon", () => {
    test("the starter repository and every example are in order", async () => {
      const examples = (await readdir(join(root, "examples"), { withFileTypes: true })).filter((one) =>
        one.isDirectory(),
      );
      const folders = ["policies", ...examples.map((one) => join("examples", one.name))];
      const { code, stdout } = await runChild(program, ["validate", ...folders], { cwd: root });
      expect(code, stdout).toBe(0);
      expect(folders.length).toBe(6);
    });

    test("problems are exit code 1, and what cannot be read is 3", async () => {
      const bad = await runChild(program, ["validate", join(house.folder, "bad")], { cwd: root });
      const missing = await runChild(program, ["validate", "/nowhere"], { cwd: root });
      const none = await runChild(program, ["status", "--set", "store.directory=/nowhere"], { cwd: root });
      expect([bad.code, missing.code, none.code]).toEqual([1, 3, 3]);
    });
  });
});
