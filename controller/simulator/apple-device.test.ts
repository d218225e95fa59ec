import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sharedKeys } from "../test/run-keys.ts";
import { appleDevice } from "./apple-device.ts";
import { scriptedServer } from "./scripted-server.ts";
import { restrictionsProfile, testBed } from "./test-bed.ts";
import { virtualWorld } from "./world.ts";

test("a device enrolls, says who it is and keeps a ledger of it", async () => {
  const { server, device } = await testBed();

  expect(device.ledger.entries.map((entry) => entry.type)).toEqual([
    "enrolling",
    "identity",
    "authenticated",
    "token-updated",
    "enrolled",
    "connected",
  ]);
  expect(server.received.map(({ message }) => message.MessageType ?? message.Status)).toEqual([
    "Authenticate",
    "TokenUpdate",
    "Idle",
  ]);
  expect(server.received[0]?.message).toMatchObject({
    SerialNumber: "SIM-1",
    UDID: device.udid,
    Topic: "com.apple.mgmt.External.test",
  });
  expect(device.snapshot().profiles["test.enrollment"]).toMatchObject({
    managed: true,
    signature: "unsigned",
  });
  expect(device.ledger.of("violation")).toEqual([]);
});

test("openssl accepts every Mdm-Signature and refuses it for another body", async () => {
  const { server, device } = await testBed();
  const directory = mkdtempSync(join(tmpdir(), "simulator-"));
  const path = (name: string) => join(directory, name);
  writeFileSync(path("ca.pem"), server.caPem);
  const at = String(Date.UTC(2026, 10, 20, 9) / 1000);
  const files = [
    "-in",
    path("sig"),
    "-content",
    path("body"),
    "-CAfile",
    path("ca.pem"),
    "-signer",
    path("signer.pem"),
  ];
  const flags = ["-inform", "DER", "-binary", "-purpose", "any", "-attime", at, "-out", path("out")];
  const verify = () => execFileSync("openssl", ["cms", "-verify", ...files, ...flags], { stdio: "pipe" });

  for (const { body, signature } of server.received) {
    writeFileSync(path("body"), body);
    writeFileSync(path("sig"), signature as Buffer);
    verify();
  }
  writeFileSync(path("body"), "something else");

  expect(verify).toThrow();
  const signer = new X509Certificate(readFileSync(path("signer.pem")));
  expect(signer.raw.equals(device.secrets()?.certificate as Buffer)).toBe(true);
  rmSync(directory, { recursive: true });
});

test("a server that refuses Authenticate leaves the device as it was", async () => {
  const world = virtualWorld();
  const server = scriptedServer({ clock: world.now });
  server.intercept(({ url }) =>
    url.endsWith("/checkin") ? { status: 403, headers: {}, body: Buffer.alloc(0) } : undefined,
  );
  const device = appleDevice({
    serial: "SIM-1",
    platform: "ipados",
    transport: server.transport,
    world,
    keys: sharedKeys,
  });

  const result = await device.enroll(server.enrollmentProfile());

  expect(result).toEqual({ ok: false, reason: "Authenticate: HTTP 403" });
  expect(device.snapshot()).toMatchObject({ enrolled: false, profiles: {} });
});

test("enrollment fails on a wrong challenge and on profiles that no device accepts", async () => {
  const world = virtualWorld();
  const server = scriptedServer({ clock: world.now });
  const device = appleDevice({
    serial: "SIM-1",
    platform: "ios",
    transport: server.transport,
    world,
    keys: sharedKeys,
  });
  const altered = (from: string, to: string) =>
    Buffer.from(server.enrollmentProfile().toString("utf8").replace(from, to));

  const results = [
    await device.enroll(altered("open sesame", "guess")),
    await device.enroll(altered("https://mdm.test/mdm", "http://mdm.test/mdm")),
    await device.enroll(altered("<integer>8191</integer>", "<integer>2</integer>")),
    await device.enroll(altered("<string>uuid-scep</string>", "<string>another</string>")),
    await device.enroll(Buffer.from("no profile at all")),
  ];

  expect(results.map((result) => !result.ok && result.reason)).toEqual([
    "SCEP: the authority refused: badRequest",
    "ServerURL is not https",
    "AccessRights 2 are not in order",
    "IdentityCertificateUUID names no SCEP payload of the profile",
    'Profile Installation Failed: unexpected text at 0: "no profile at all"',
  ]);
});

test("what the server must not send is recorded as a violation", async () => {
  const { server, device, ask } = await testBed();
  const violations = () => device.ledger.of("violation").map((entry) => entry.rule);
  const reply = (body: string) => () => ({ status: 200, headers: {}, body: Buffer.from(body) });

  server.intercept(reply("<plist><dict><key>CommandUUID</key>"));
  await device.connect();
  server.intercept(undefined);
  const unknown = await ask({ RequestType: "MakeCoffee" });
  const incomplete = await ask({ RequestType: "RemoveProfile" });
  const misspelt = await ask({ RequestType: "ProfileList", ManagedOnyl: true });

  expect(violations()).toEqual(["malformed-command", "unknown-request", "command-shape", "command-shape"]);
  expect(unknown[0]).toMatchObject({
    Status: "Error",
    ErrorChain: [{ ErrorCode: 12021, ErrorDomain: "MCMDMErrorDomain" }],
  });
  expect(incomplete[0]).toMatchObject({ Status: "CommandFormatError" });
  expect(misspelt[0]).toMatchObject({ Status: "Acknowledged" });
});

test("401 ends the management and is a violation; so is a command that was answered before", async () => {
  const { server, device, ask } = await testBed();
  await ask({ RequestType: "SecurityInfo" });
  const again = server.requests.length;
  server.intercept(() =>
    server.requests.length === again + 1
      ? {
          status: 200,
          headers: {},
          body: Buffer.from(
            "<plist><dict><key>CommandUUID</key><string>command-1</string><key>Command</key><dict><key>RequestType</key><string>SecurityInfo</string></dict></dict></plist>",
          ),
        }
      : { status: 401, headers: {}, body: Buffer.alloc(0) },
  );

  await device.connect();

  expect(device.ledger.of("violation").map((entry) => entry.rule)).toEqual(["answered-before", "status-401"]);
  expect(device.ledger.of("unenrolled")).toMatchObject([{ by: "server" }]);
  expect(device.isEnrolled()).toBe(false);
});

test("an erased device is as out of the box and can enroll again; its old token is dead", async () => {
  const { server, device, push, ask } = await testBed();
  await ask({ RequestType: "InstallProfile", Payload: restrictionsProfile("a", "1") });
  const before = device.secrets();

  const answered = await ask({ RequestType: "EraseDevice" });
  const erased = device.snapshot();
  const dead = push.deliver(before?.token ?? "", before?.pushMagic ?? "");
  const again = await device.enroll(server.enrollmentProfile());

  expect(answered).toMatchObject([{ Status: "Acknowledged" }]);
  expect(erased).toMatchObject({
    enrolled: false,
    profiles: {},
    apps: {},
    managedApps: {},
    certificates: [],
  });
  expect(dead).toMatchObject({ status: 410, reason: "Unregistered" });
  expect(again.ok).toBe(true);
  expect(device.ledger.of("authenticated")).toHaveLength(2);
  expect(device.secrets()?.token).not.toEqual(before?.token);
});

test("a device restored from a backup tells its token without Authenticate", async () => {
  const { server, device, ask } = await testBed();
  await ask({ RequestType: "InstallProfile", Payload: restrictionsProfile("a", "1") });
  const backup = device.backup();
  const identity = device.secrets()?.certificate;
  await ask({ RequestType: "EraseDevice" });
  server.received.length = 0;

  await device.restore(backup);

  expect(server.received.map(({ message }) => message.MessageType ?? message.Status)).toEqual([
    "TokenUpdate",
    "Idle",
  ]);
  expect(Object.keys(device.snapshot().profiles)).toEqual(["test.enrollment", "a"]);
  expect(device.secrets()?.certificate).toEqual(identity);
});

test("renewal gives a new certificate that the next connection uses", async () => {
  const { server, device } = await testBed();
  const before = device.secrets()?.certificate;

  const result = await device.renew();
  await device.connect();

  expect(result).toEqual({ ok: true });
  expect(device.secrets()?.certificate).not.toEqual(before);
  const signature = server.received.at(-1)?.signature as Buffer;
  expect(signature.includes(device.secrets()?.certificate as Buffer)).toBe(true);
});

test("the enrollment profile can be replaced by one with the same addresses only", async () => {
  const { server, device, ask } = await testBed();
  const before = device.secrets()?.certificate;

  const moved = await ask({
    RequestType: "InstallProfile",
    Payload: server.enrollmentProfile({ ServerURL: "https://evil.test/mdm" }),
  });
  const kept = device.secrets()?.certificate;
  const renewed = await ask({ RequestType: "InstallProfile", Payload: server.enrollmentProfile() });

  expect(moved[0]).toMatchObject({ Status: "Error" });
  expect(kept).toEqual(before);
  expect(renewed[0]).toMatchObject({ Status: "Acknowledged" });
  expect(device.secrets()?.certificate).not.toEqual(before);
  expect(device.ledger.of("token-updated")).toHaveLength(2);
});

test("the user ends the management, with CheckOut or without a word", async () => {
  const loud = await testBed();
  const quiet = await testBed();
  await loud.ask({ RequestType: "InstallApplication", Identifier: "com.acme.crm", ManagementFlags: 1 });
  await loud.world.advance(10_000);

  await loud.device.user.removeManagement();
  await quiet.device.user.removeManagement({ silently: true });

  expect(loud.server.received.at(-1)?.message.MessageType).toBe("CheckOut");
  expect(quiet.server.received.at(-1)?.message.MessageType).toBeUndefined();
  expect(loud.device.snapshot()).toMatchObject({ enrolled: false, profiles: {}, managedApps: {} });
  expect(loud.device.snapshot().apps["com.acme.crm"]).toBeUndefined();
  expect(quiet.device.ledger.of("unenrolled")).toMatchObject([{ by: "user" }]);
});

test("removing the enrollment profile by command ends the management after the answer", async () => {
  const { server, device, ask } = await testBed();

  const answered = await ask({ RequestType: "RemoveProfile", Identifier: "test.enrollment" });

  expect(answered).toMatchObject([{ Status: "Acknowledged" }]);
  expect(server.received.at(-1)?.message.MessageType).toBe("CheckOut");
  expect(device.ledger.of("unenrolled")).toMatchObject([{ by: "command" }]);
});

test("restart and shutdown: away for half a minute, or until somebody presses the button", async () => {
  const { world, device, push, ask } = await testBed();
  const { token = "", pushMagic = "" } = device.secrets() ?? {};

  await ask({ RequestType: "RestartDevice" });
  const during = device.isOnline();
  push.deliver(token, pushMagic);
  await world.advance(31_000);
  const after = device.isOnline();
  await ask({ RequestType: "ShutDownDevice" });
  await world.advance(86_400_000);

  expect([during, after, device.isOnline()]).toEqual([false, true, false]);
  expect(device.ledger.of("woken")).toHaveLength(1);
  device.powerOn();
  expect(device.isOnline()).toBe(true);
});

test("the enrollment profile may be fetched from an address, through a redirection", async () => {
  const world = virtualWorld();
  const server = scriptedServer({ clock: world.now });
  server.intercept(({ url }) => {
    if (url.endsWith("/one-time"))
      return { status: 302, headers: { location: "/profile" }, body: Buffer.alloc(0) };
    if (!url.endsWith("/profile")) return undefined;
    return {
      status: 200,
      headers: { "content-type": "application/x-apple-aspen-config" },
      body: server.enrollmentProfile(),
    };
  });
  const device = appleDevice({
    serial: "SIM-1",
    platform: "tvos",
    transport: server.transport,
    world,
    keys: sharedKeys,
  });

  const result = await device.enroll("https://mdm.test/one-time");

  expect(result).toEqual({ ok: true });
  expect(device.ledger.of("violation")).toEqual([]);
});

test("a TokenUpdate that does not arrive is sent again until it does", async () => {
  const { world, server, device } = await testBed();
  let failures = 3;
  server.intercept(() => (failures-- > 0 ? { status: 503, headers: {}, body: Buffer.alloc(0) } : undefined));

  const renewal = device.renewToken();
  await world.advance(60_000);
  await renewal;

  expect(server.received.at(-1)?.message).toMatchObject({ MessageType: "TokenUpdate" });
  expect(device.ledger.of("token-updated")).toHaveLength(2);
});

test("raw requests are the device's own but for what the test changes, and leave no trace in the ledger", async () => {
  const { server, device } = await testBed();
  const entries = device.ledger.entries.length;
  const body = Buffer.from("<plist><dict><key>Status</key><string>Idle</string></dict></plist>");

  await device.sendRaw({ channel: "command", body });
  await device.sendRaw({ channel: "command", body, sign: false, headers: { "content-type": "text/plain" } });
  const prepared = device.prepareRaw({ channel: "check-in", body });

  const [signed, bare] = server.requests.slice(-2);
  expect(signed?.headers["Mdm-Signature"]).toBeDefined();
  expect(bare?.headers).toEqual({ "content-type": "text/plain" });
  expect(prepared.url).toBe("https://mdm.test/checkin");
  expect(device.ledger.entries).toHaveLength(entries);
});
