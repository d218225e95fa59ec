import { generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runReeve } from "../cli/test-daemon.ts";
import { loadConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { deviceAuthority } from "../simulator/device-authority.ts";
import { type FakeBusiness, fakeBusiness } from "../simulator/fake-business.ts";
import { type FakeEnrollmentService, fakeEnrollmentService } from "../simulator/fake-portal.ts";
import { baseline } from "../test/manifests.ts";
import { enrollment } from "../test/portal.ts";
import { receiving } from "../test/receiving.ts";
import { sharedKeys } from "../test/run-keys.ts";
import { checkEnrollmentServers } from "./doctor/enrollment-servers.ts";
import { businessSession, portalParts } from "./portals.ts";
import { type Daemon, startDaemon } from "./start.ts";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const token = "0123456789abcdef0123456789abcdef";
let folder: string;
let apple: FakeEnrollmentService;
let business: FakeBusiness;
let daemon: Daemon;
let inbox: Awaited<ReturnType<typeof receiving>>;
let log = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reeve-portals-"));
  apple = await fakeEnrollmentService({ now: Date.now });
  business = await fakeBusiness({
    now: Date.now,
    client: { clientId: "BUSINESSAPI.1", keyId: "k", publicKey },
    servers: { REEVE: "Reeve" },
    onAssigned: (serial, server) => (server === undefined ? apple.remove(serial) : apple.add(serial)),
  });
  // Before the daemon reads the list for the first time.
  business.devices.set("PAD-1", undefined);
  const authority = await deviceAuthority({ keys: sharedKeys, now: Date.now() });
  const put = (name: string, text: string) => writeFile(join(folder, name), text);
  await put("api.pem", privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  await put("devices.pem", authority.certificate);
  await put("lead.token", token);
  inbox = await receiving();
  await put("hook", `${inbox.url("/hidden-path")}\n`);
  await mkdir(join(folder, "policies"));
  const files = { ...baseline, "ade.yaml": enrollment("all", "all: true") };
  for (const [name, text] of Object.entries(files)) await put(join("policies", name), text);
  await put(
    "reeve.yaml",
    `source: {directory: policies}
store: {directory: state}
device: {listen: "127.0.0.1:0", publicUrl: "https://mdm.acme.example"}
admin: {listen: "127.0.0.1:0"}
persons: [{name: lead, role: operator, tokens: [{file: lead.token}]}]
notifications: {receivers: [{name: siem, webhookFile: hook, on: [stopped]}]}
reconcile: {observeFirst: false}
apple:
  automatedEnrollment: {url: "${apple.url}", deviceCaFile: devices.pem}
  business: {clientId: BUSINESSAPI.1, keyId: k, keyFile: api.pem, url: "${business.url}", tokenUrl: "${business.url}/token"}
`,
  );
  const config = await loadConfig({ env: {}, cwd: folder, file: "reeve.yaml" });
  daemon = await startDaemon(config, {
    version: "0",
    log: createLog({ level: "info", write: (line) => (log += line) }),
  });
});
afterAll(async () => {
  await daemon.stop();
  await Promise.all([apple.close(), business.close(), inbox[Symbol.asyncDispose]()]);
  await rm(folder, { recursive: true });
});

async function reeve(...argv: readonly string[]) {
  const server = daemon.adminUrls.find((url) => url.startsWith("http://127.0.0.1")) ?? "";
  const world = {
    cwd: folder,
    now: Date.now,
    env: { REEVE_SERVER: server, REEVE_TOKEN: token },
    wait: async () => {
      await daemon.controller.portals?.tick();
      return true;
    },
  };
  return runReeve(argv, world);
}

test("a server of the portal is connected from the command line, and a device goes from the portal to its profile", async () => {
  await daemon.controller.reconciler.poll();
  expect((await reeve("status")).out).toMatch(/names the server business,\s+whose token was not imported/);
  const key = await reeve("apple", "enrollment-key", "business", "--out", "business.pem");
  expect(key.out).toContain("reeve apple enrollment-import business TOKEN.p7m");
  const certificate = await readFile(join(folder, "business.pem"), "utf8");
  expect((await stat(join(folder, "business.pem"))).mode & 0o777).toBe(0o600);
  // The same key every time: a token of next year is for it too.
  expect((await reeve("apple", "enrollment-key", "business")).out).toBe(certificate);

  await writeFile(join(folder, "smime.p7m"), apple.token(certificate, Date.now() + 40 * 86_400_000));
  const imported = await reeve("apple", "enrollment-import", "business", "smime.p7m");
  expect(imported.out).toMatch(/^Imported: server business, token valid until 20\d\d-\d\d-\d\d\./);
  expect((await reeve("apple", "devices", "--unassigned")).out).toContain("PAD-1");
  business.slow.questions = 0;
  const assigned = await reeve("apple", "assign", "PAD-1", "--to", "Reeve", "-o", "json");
  expect(JSON.parse(assigned.out)).toMatchObject({ type: "assign", devices: 1, status: "COMPLETED" });
  await daemon.controller.reconciler.tick();
  await daemon.controller.portals?.tick();
  expect([...apple.profiles.values()]).toMatchObject([
    { url: "https://mdm.acme.example/automated/business" },
  ]);
  const status = await reeve("apple", "enrollment-status");
  expect(status.code).toBe(0);
  expect(status.out).toMatch(
    /^business \(Reeve, Acme\) {2}read .*, token good for 39 days\n {2}1 device: 1 with their profile\n$/,
  );
  expect((await reeve("status")).out).toMatch(/the token of the server business expires in 39\s+days/);

  const short = await reeve("apple", "unassign", "PAD-1", "--from", "Reeve", "--count", "2");
  expect(short).toMatchObject({
    code: 3,
    err: expect.stringContaining("1 devices are named, and 2 are said"),
  });
  expect(business.devices.get("PAD-1")).toBe("REEVE");
  const events = await reeve("events", "--type", "enrollment", "--type", "portal");
  for (const word of ["enrollment-key.created", "enrollment-token.imported", "portal-devices.assign"])
    expect(events.out).toContain(word);

  apple.terms(false);
  await daemon.controller.store.query("update reeve.enrollment_server set next_at = 0");
  await daemon.controller.portals?.tick();
  const stuck = await reeve("apple", "enrollment-status");
  expect(stuck).toMatchObject({ code: 1, out: expect.stringContaining("must accept them") });
});

test("doctor says what is missing, and that a server is in trouble", async () => {
  const ask = async <View>(path: string) =>
    JSON.parse((await daemon.admin.inject({ method: "GET", path })).text) as View;
  const config = await loadConfig({ env: {}, cwd: folder, file: "reeve.yaml" });
  const patient = { config, now: Date.now, offline: true, ask };
  expect(await checkEnrollmentServers(patient)).toMatchObject([
    { status: "fail", says: expect.stringContaining("business: Apple's terms have changed") },
    { status: "pass", says: "devices are vouched for by 1 authority" },
  ]);
  const later = { ...patient, now: () => Date.now() + 50 * 86_400_000 };
  expect((await checkEnrollmentServers(later))[0]).toMatchObject({
    status: "fail",
    says: expect.stringContaining("expired"),
    hint: "reeve apple enrollment-import business",
  });
  const without = await loadConfig({ env: {}, cwd: join(folder, "policies") });
  expect((await checkEnrollmentServers({ ...patient, config: without })).at(-1)).toMatchObject({
    status: "fail",
    says: expect.stringContaining("no device is let in"),
  });
});

test("no secret of a token or a key is in a log, an answer or the database", async () => {
  const rows = await daemon.controller.store.query<{ all: string }>(
    "select string_agg(m::text, ' ') as all from reeve.material m",
  );
  const said = JSON.stringify(await reeve("apple", "enrollment-status", "-o", "json"));
  for (const secret of ["CS_34c7b2b5", "AS_c31afd7a", "BEGIN PRIVATE"])
    expect([rows[0]?.all.includes(secret), said.includes(secret), log.includes(secret)]).toEqual(
      Array(3).fill(false),
    );
});

test("half of a client and an address without TLS are refused before anything starts", async () => {
  const load = (flags: Record<string, string>) =>
    loadConfig({ env: {}, cwd: join(folder, "policies"), flags });
  const half = await load({ "apple.business.clientId": "BUSINESSAPI.1" });
  expect(() => businessSession(half, Date.now)).toThrow("belong together");
  for (const host of ["mdmenrollment.example", "localhost.evil.example", "127.evil.example"]) {
    const plain = await load({ "apple.automatedEnrollment.url": `http://${host}` });
    expect(() => portalParts(plain, Date.now)).toThrow("must be https");
  }
});

test("what happens is told to a receiver of the configuration, and nothing tells its address", async () => {
  expect((await reeve("notifications")).out).toMatch(/siem +never +in order +stopped/);
  expect(await reeve("notifications", "test")).toMatchObject({ code: 0, out: "siem: taken\n" });
  expect(await reeve("notifications", "test", "nobody")).toMatchObject({ code: 3 });
  const told = inbox.next();
  await reeve("halt", "--reason", "a drill");
  const [event] = JSON.parse((await told).body) as { type: string; data: unknown }[];
  expect(event).toMatchObject({ type: "reeve.halted", data: { message: "a drill", by: "lead" } });
  const shown = [(await reeve("notifications", "-o", "json")).out, (await reeve("status", "-o", "json")).out];
  for (const text of [log, ...shown]) expect(text).not.toContain("hidden-path");
});
