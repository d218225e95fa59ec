import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasTool, run } from "../../apple/fixture.ts";
import { devicePaths, enrollmentProfile } from "../../loop/enroll.ts";
import { pglite } from "../../store/test-stores.ts";
import { type Installation, install, testTopic } from "../installation.ts";
import { baseline } from "../manifests.ts";

const udid = "AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE";

function message(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict><key>UDID</key><string>${udid}</string>${body}</dict></plist>`;
}

const text = (key: string, value: string): string => `<key>${key}</key><string>${value}</string>`;

/** A device made of programs that nobody here wrote: scepclient for its identity, openssl for its signatures. */
async function stranger(house: Installation, place: string) {
  const listening = await house.controller.devicePlane.listen([{ type: "tcp", host: "127.0.0.1", port: 0 }]);
  const base = listening.urls[0] ?? "";
  const authority = house.controller.enroll.authority.certificate.raw;

  async function obtainIdentity(challenge: string): Promise<X509Certificate> {
    const fingerprint = createHash("sha256").update(authority).digest("hex");
    const files = ["-private-key", join(place, "key.pem"), "-certificate", join(place, "cert.pem")];
    const about = ["-challenge", challenge, "-ca-fingerprint", fingerprint, "-cn", "somebody-else"];
    await run("scepclient", ["-server-url", `${base}${devicePaths.scep}`, ...about, ...files], {
      cwd: place,
    });
    return new X509Certificate(readFileSync(join(place, "cert.pem")));
  }

  async function sign(body: string): Promise<string> {
    writeFileSync(join(place, "body"), body);
    const output = ["-binary", "-outform", "DER", "-in", "body", "-out", "signature"];
    await run("openssl", ["cms", "-sign", ...output, "-signer", "cert.pem", "-inkey", "key.pem"], {
      cwd: place,
    });
    return readFileSync(join(place, "signature")).toString("base64");
  }

  async function put(
    path: string,
    body: string,
    signature?: string,
  ): Promise<{ status: number; body: string }> {
    const type =
      path === devicePaths.checkIn
        ? "application/x-apple-aspen-mdm-checkin"
        : "application/x-apple-aspen-mdm; charset=UTF-8";
    const headers = { "content-type": type, "mdm-signature": signature ?? (await sign(body)) };
    const response = await fetch(`${base}${path}`, { method: "PUT", headers, body });
    return { status: response.status, body: await response.text() };
  }

  return { obtainIdentity, put, close: () => listening.close(0) };
}

const journey = (): void =>
  void test("enroll, are managed and renew their identity, and change nothing for anybody else", async () => {
    const place = mkdtempSync(join(tmpdir(), "reeve-stranger-"));
    await using house = await install({ stores: pglite, files: baseline, devices: [] });
    const profile = await enrollmentProfile(
      house.controller.enroll,
      { uses: 1, expiresAt: house.world.now() + 3_600_000, by: "test" },
      false,
    );
    const challenge = /<key>Challenge<\/key>\s*<string>([^<]+)/.exec(profile.toString())?.[1] ?? "";
    const device = await stranger(house, place);
    const model =
      text("ProductName", "iPad14,8") + text("OSVersion", "18.1") + text("SerialNumber", "STRANGER1");
    const address = `<key>Token</key><data>AAECAwQ=</data>${text("PushMagic", "MAGIC")}`;

    const first = await device.obtainIdentity(challenge);
    const authenticated = await device.put(
      devicePaths.checkIn,
      message(text("MessageType", "Authenticate") + text("Topic", testTopic) + model),
    );
    const updated = await device.put(
      devicePaths.checkIn,
      message(text("MessageType", "TokenUpdate") + text("Topic", testTopic) + address),
    );
    const asked = await device.put(devicePaths.connect, message(text("Status", "Idle")));

    expect(first.subject).toMatch(/^CN=e-/);
    expect([authenticated.status, updated.status, asked.status]).toEqual([200, 200, 200]);
    expect(asked.body).toContain("<string>DeviceInformation</string>");

    const commandId = /<key>CommandUUID<\/key>\s*<string>([^<]+)/.exec(asked.body)?.[1] ?? "";
    const answers = `<key>QueryResponses</key><dict>${text("OSVersion", "18.1")}${text("ProductName", "iPad14,8")}<key>IsSupervised</key><true/></dict>`;
    const answered = await device.put(
      devicePaths.connect,
      message(text("Status", "Acknowledged") + text("CommandUUID", commandId) + answers),
    );
    expect(answered.status).toBe(200);

    const second = await device.obtainIdentity("");
    const renewed = await device.put(devicePaths.connect, message(text("Status", "Idle")));
    expect(second.subject).toBe(first.subject);
    expect(second.serialNumber).not.toBe(first.serialNumber);
    expect(renewed.status).toBe(200);

    const body = message(text("Status", "Idle"));
    const forged = await device.put(devicePaths.connect, body, "AAAA");
    const unsigned = await device.put(devicePaths.connect, body, "");
    expect([forged.status, unsigned.status]).toEqual([403, 403]);
    const [row] = await house.store.query<{ epoch: number }>(
      "select epoch from reeve.device where serial = 'STRANGER1'",
    );
    expect(row?.epoch).toBe(1);
    await device.close();
    rmSync(place, { recursive: true, force: true });
  });

if (hasTool("openssl", "version") && hasTool("scepclient", "-version"))
  describe("programs that nobody here wrote", journey);
else
  test("scepclient and openssl are missing: only part of the interoperability was tried", () =>
    expect(hasTool("openssl", "version")).toBe(true));
