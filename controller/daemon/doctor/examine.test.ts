import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createAuthority, createLeaf, readAuthority } from "../../apple/identity.ts";
import { createTestPushCertificate } from "../../apple/push-certificate.ts";
import type { Finding } from "../../cli/doctor.ts";
import { loadConfig } from "../../config.ts";
import { sha256 } from "../../core/canonical.ts";
import type { PushCertificateView } from "../../loop/push-certificate.ts";
import { testTopic } from "../../test/installation.ts";
import { baseline, organizationWith } from "../../test/manifests.ts";
import { askTime, judgeClock } from "./clock.ts";
import { examine } from "./examine.ts";
import { reach } from "./public-url.ts";

const day = 86_400_000;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "reeve-doctor-test-"));
  await mkdir(join(folder, "policies"));
  for (const [name, text] of Object.entries(baseline)) await writeFile(join(folder, "policies", name), text);
  const [push, tls] = [
    await createTestPushCertificate({ topic: testTopic, now: Date.now() }),
    await pemFor("mdm.acme.example"),
  ];
  await put("push.pem", push.certificatePem);
  await put("push.key", push.keyPem);
  await put("tls.pem", tls.certificatePem + tls.rootPem);
  await put("tls.key", tls.keyPem);
  for (const name of ["lea.token", "head.token"]) await put(name, randomBytes(32).toString("base64"));
  await put("reeve.yaml", settings);
});
afterEach(() => rm(folder, { recursive: true }));

const publicKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDZVw8x8+9dpT5x8Kp4ekPEzU1VhHTGnpPs4PfdCa2/L head@laptop";

const settings = `
source: {directory: policies}
store: {directory: state}
device:
  publicUrl: https://mdm.acme.example
  tls: {certFile: tls.pem, keyFile: tls.key}
admin: {}
persons:
  - {name: lea, role: approver, tokens: [{file: lea.token}]}
  - {name: head, role: approver, tokens: [{file: head.token}]}
apple: {pushCertificateFile: push.pem, pushKeyFile: push.key}
`;

test("what is in order passes; without a server or a daemon that is said", async () => {
  const findings = await look();
  expect(findings.filter((one) => one.status === "fail")).toEqual([]);
  expect(wrong(findings)).toEqual(["daemon", "database"]);
  expect(said(findings, "policies")).toMatch(/^\d+ manifests in order$/);
  expect(said(findings, "push topic")).toBe("the one that every enrolled device expects");
});

test("each thing that a new operator gets wrong is found, and says what to do", async () => {
  const other = await createTestPushCertificate({ topic: testTopic, now: Date.now() - 400 * day });
  const foreign = await pemFor("elsewhere.example");
  const cases: readonly (readonly [string, RegExp, () => Promise<unknown>])[] = [
    ["push certificate", /do not match/, () => put("push.key", other.keyPem)],
    ["push key", /can be read by others \(mode 644\)/, () => chmod(join(folder, "push.key"), 0o644)],
    ["push certificate", /^it ended 3\d days ago/, () => putPair("push", other)],
    ["TLS files", /is not for mdm\.acme\.example/, () => putPair("tls", foreign)],
    ["TLS files", /do not belong together/, () => put("tls.key", foreign.keyPem)],
    [
      "TLS files",
      /cannot be read/,
      () => put("tls.pem", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"),
    ],
    ["public address", /devices want https/, () => change("https://mdm", "http://mdm")],
    [
      "public address",
      /is not set/,
      () => change("publicUrl: https://mdm.acme.example", "listen: 127.0.0.1:8443"),
    ],
    [
      "persons",
      /2 approvals are needed, and 1 can approve/,
      () => change("name: head, role: approver", "name: head, role: viewer"),
    ],
    [
      "persons",
      /^there is one approver: nobody can approve what that person asks for$/,
      () => change("{name: head, role: approver", `{name: head, sshKeys: ["${publicKey}"], role: viewer`),
    ],
    ["persons", /one that anybody guesses/, () => change("file: head.token", `hash: ${sha256("changeme")}`)],
    [
      "signatures",
      /^the key SHA256:\S+ of head has ended: what it signs is refused$/,
      () => change("{name: head,", `{name: head, sshKeys: [{key: "${publicKey}", notAfter: "2020-01-01"}],`),
    ],
    ["admin plane", /without TLS/, () => change("admin: {}", 'admin: {listen: "0.0.0.0:8081"}')],
    ["store key", /is not there/, () => mkdir(join(folder, "state", "db"), { recursive: true })],
    ["source", /./, () => change("directory: policies", "directory: nowhere")],
    [
      "policies",
      /^1 errors?, the first: .*org\.yaml:\d+ unknown field "tuning"/,
      () => put("policies/org.yaml", organizationWith("tuning: much")),
    ],
  ];
  const before = new Map<string, Buffer>();
  for (const name of ["push.pem", "push.key", "tls.pem", "tls.key", "reeve.yaml", "policies/org.yaml"])
    before.set(name, await readFile(join(folder, name)));
  for (const [check, says, spoil] of cases) {
    await spoil();
    const found = (await look()).filter((one) => one.check === check && one.status !== "pass");
    expect(found.map((one) => one.says).join(), `${check} ${says}`).toMatch(says);
    for (const [name, bytes] of before) await put(name, bytes);
    await rm(join(folder, "state"), { recursive: true, force: true });
  }
});

test("devices that expect another topic are counted", async () => {
  const view: PushCertificateView = {
    origin: "files",
    expected: [
      { topic: testTopic, devices: 5 },
      { topic: "com.apple.mgmt.External.old", devices: 2 },
    ],
  };
  const findings = await look(view);
  expect(findings.find((one) => one.check === "push topic")).toMatchObject({
    status: "fail",
    says: "2 enrolled devices expect com.apple.mgmt.External.old",
  });
});

test("the public address is met as a device meets it", async () => {
  const pem = await pemFor("localhost");
  let answer = "AES\nSCEPStandard\n";
  const server = createServer({ key: pem.keyPem, cert: pem.certificatePem }, (_request, response) =>
    response.end(answer),
  );
  server.listen(0, "localhost");
  await once(server, "listening");
  const url = `https://localhost:${(server.address() as AddressInfo).port}/scep`;
  try {
    expect(await reach(url, pem.rootPem)).toMatchObject({ status: "pass" });
    expect(await reach(url)).toMatchObject({
      status: "fail",
      says: expect.stringContaining("without the intermediate"),
    });
    answer = "a page of somebody else's";
    expect(await reach(url, pem.rootPem)).toMatchObject({
      status: "fail",
      says: expect.stringContaining("something else answers"),
    });
    expect(await reach(url.replace("localhost", "127.0.0.1"), pem.rootPem)).toMatchObject({
      status: "fail",
      says: expect.stringContaining("for another name"),
    });
  } finally {
    server.close();
  }
  expect(await reach(url)).toMatchObject({
    status: "fail",
    says: expect.stringContaining("nobody listens there"),
  });
});

test("a clock is compared by SNTP", async () => {
  const at = Date.UTC(2026, 10, 26, 12);
  const socket = createSocket("udp4");
  socket.on("message", (_message, from) => {
    const reply = Buffer.alloc(48);
    reply.writeUInt32BE(at / 1_000 + 2_208_988_800, 40);
    reply.writeUInt32BE(2 ** 31, 44);
    socket.send(reply, from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  expect(await askTime("127.0.0.1", socket.address().port)).toBe(at + 500);
  socket.close();
  expect([500, -20_000, 90_000].map((ms) => judgeClock(ms).status)).toEqual(["pass", "warn", "fail"]);
});

async function look(
  view: PushCertificateView = { origin: "files", expected: [{ topic: testTopic, devices: 1 }] },
) {
  const config = await loadConfig({ env: {}, cwd: folder, file: join(folder, "reeve.yaml") });
  const ask = async <View>(path: string): Promise<View> => {
    if (path === "/v1/apple/push-certificate") return view as View;
    throw new Error("no daemon answers");
  };
  return examine({ config, now: Date.now, offline: true, ask });
}

function wrong(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.flatMap((one) => (one.status === "pass" ? [] : [one.check])))].sort();
}

function said(findings: readonly Finding[], check: string): string | undefined {
  return findings.find((one) => one.check === check)?.says;
}

function put(name: string, content: string | Buffer): Promise<void> {
  return writeFile(join(folder, name), content, { mode: 0o600 }).then(() => chmod(join(folder, name), 0o600));
}

async function putPair(name: string, pem: { certificatePem: string; keyPem: string }): Promise<void> {
  await put(`${name}.pem`, pem.certificatePem);
  await put(`${name}.key`, pem.keyPem);
}

async function change(from: string, to: string): Promise<void> {
  if (!settings.includes(from)) throw new Error(`no ${from} in the settings`);
  await put("reeve.yaml", settings.replace(from, to));
}

async function pemFor(host: string) {
  const now = Date.now();
  const root = await createAuthority({ organization: "Test", now, bits: 2048 });
  const leaf = await createLeaf(readAuthority(root), {
    commonName: host,
    hosts: [host],
    usage: "server",
    now,
  });
  return { ...leaf, rootPem: root.certificatePem };
}
