import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pushBroker } from "./apns.ts";
import { type AppleDeviceOptions, appleDevice } from "./apple-device.ts";
import { pemOf } from "./certificate.ts";
import { keyPool } from "./keys.ts";
import { scriptedServer } from "./scripted-server.ts";
import { virtualWorld } from "./world.ts";

const keys = keyPool({ size: 2 });

async function enrolled(more: Partial<AppleDeviceOptions> = {}) {
  const world = virtualWorld();
  const server = scriptedServer({ clock: world.now });
  const push = pushBroker({ world });
  const device = appleDevice({
    serial: "SIM-1",
    platform: "ios",
    transport: server.transport,
    world,
    push,
    keys,
    ...more,
  });
  const result = await device.enroll(server.enrollmentProfile());
  return { world, server, push, device, result };
}

test("a device enrolls, signs what it says and keeps a ledger of it", async () => {
  const { server, device, result } = await enrolled();

  expect(result).toEqual({ ok: true });
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
  expect(device.ledger.of("violation")).toEqual([]);
});

test("openssl accepts every Mdm-Signature and refuses it for another body", async () => {
  const { server, device } = await enrolled();
  const directory = mkdtempSync(join(tmpdir(), "simulator-"));
  const path = (name: string) => join(directory, name);
  writeFileSync(path("ca.pem"), server.caPem);
  const at = String(Math.floor(Date.UTC(2026, 10, 20, 9) / 1000));
  const verify = () =>
    execFileSync(
      "openssl",
      [
        "cms",
        "-verify",
        "-inform",
        "DER",
        "-in",
        path("sig"),
        "-content",
        path("body"),
        "-binary",
        "-CAfile",
        path("ca.pem"),
        "-purpose",
        "any",
        "-attime",
        at,
        "-signer",
        path("signer.pem"),
        "-out",
        path("out"),
      ],
      { stdio: "pipe" },
    );

  for (const { body, signature } of server.received) {
    writeFileSync(path("body"), body);
    writeFileSync(path("sig"), signature as Buffer);
    verify();
  }
  writeFileSync(path("body"), "something else");

  expect(verify).toThrow();
  expect(execFileSync("cat", [path("signer.pem")], { encoding: "utf8" })).toContain(
    pemOf(device.secrets()?.certificate as Buffer).slice(28, 90),
  );
  rmSync(directory, { recursive: true });
});
