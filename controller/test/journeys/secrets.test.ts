import { expect, test } from "vitest";
import { renderPlan } from "../../cli/render/plan.ts";
import { renderPlanMarkdown } from "../../cli/render/plan-markdown.ts";
import { tellOutcome, tellRequest, tellRevision } from "../../daemon/tell.ts";
import { createMetrics } from "../../http/metrics.ts";
import { createLog } from "../../log.ts";
import { createAccountCode, signIn } from "../../loop/account-enrollment.ts";
import { importContentToken } from "../../loop/content-token.ts";
import { enrollmentProfile } from "../../loop/enroll.ts";
import { enrollmentLink } from "../../loop/links.ts";
import { importServerToken, tokenCertificate } from "../../loop/portal/server-secrets.ts";
import { viewPlan } from "../../loop/view-plan.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { writeServerToken } from "../../simulator/fake-portal-token.ts";
import { type PlistDict, writePlist } from "../../simulator/plist.ts";
import { adminPlaneOf, everyAnswer, expectedStatus } from "../admin-answers.ts";
import { type Installation, install, storesOfSuite, testTopic } from "../installation.ts";
import { app, device, files, operation, policy, profile, slackId } from "../manifests.ts";

const stores = await storesOfSuite();
const hour = 3_600_000;

/** What nobody but its device may ever see, by the way it takes. */
const canaries = {
  wifi: "canary-wifi-7f3a9c",
  removal: "canary-removal-b81e44",
  config: "canary-config-0d52fe",
  message: "canary-message-66c0a1",
  unlock: "canary-unlock-token-41ab7e",
  bootstrap: "canary-bootstrap-token-9e0c3d",
  unreadable: "canary-unreadable-5d2f18",
};

const environment = {
  REEVE_SECRET_WIFI: canaries.wifi,
  REEVE_SECRET_REMOVAL: canaries.removal,
  REEVE_SECRET_CONFIG: canaries.config,
  REEVE_SECRET_MESSAGE: canaries.message,
};

const secret = `apiVersion: reeve/v1
kind: Secret
metadata: {name: all}
spec:
  provider: env
  allow: [Profile/wifi, App/slack, Operation/lock]
  keys:
    wifi: REEVE_SECRET_WIFI
    removal: REEVE_SECRET_REMOVAL
    config: REEVE_SECRET_CONFIG
    message: REEVE_SECRET_MESSAGE
`;
const wifi = profile(
  "wifi",
  "type: com.apple.wifi.managed, content: {SSID_STR: acme, Password: '${secret:all/wifi}'}",
  "removable: {password: '${secret:all/removal}'}",
);
const slack = app("slack", slackId).replace("}}", ", config: {key: '${secret:all/config}'}}}");
const lock = operation("lock", "devices: [SIM-1]", "lock: {message: '${secret:all/message}'}");
const repository = files({
  "a.yaml": [secret, wifi, slack, lock, device("one", "SIM-1", "ownership: company")].join("---\n"),
  "p.yaml": policy("profiles: [{name: wifi}]\napps: [{name: slack}]"),
});

test.each(stores)(
  "on $name secrets reach their devices, and no table, no answer, no plan and no line of the log",
  async (store) => {
    const lines: string[] = [];
    const log = createLog({ level: "debug", write: (line) => void lines.push(line) });
    const metrics = createMetrics("1.2.3");
    const settings = {
      environment,
      driftCheckMs: hour,
      removalCeiling: { devices: 1_000, share: 0.1 },
      folder: undefined,
      fingerprintKey: Buffer.alloc(32, 1),
    };
    await using house = await install({
      lies: true,
      stores: store,
      files: repository,
      devices: [{ serial: "SIM-1", platform: "ipados", name: "IPAD-1" }],
      content: { assets: [] },
      parts: {
        accounts: "device",
        settings,
        devicePlane: { onRequest: (entry) => tellRequest(entry, log, metrics) },
        onRevision: (news) => tellRevision(news, log, metrics),
        onError: (part, error) => log.failure("loop.failed", error, { part }),
        onOutcome: (what, outcome) => tellOutcome(what, outcome, log, metrics),
      },
    });
    const tablet = house.device("SIM-1");
    // What a device says went wrong may repeat what it was given.
    const description = `The field "Password" cannot be "${canaries.wifi}".`;
    const chain = [{ domain: "MCProfileErrorDomain", code: 1003, description }];
    tablet.faults.add({ kind: "error", requestType: "InstallProfile", chain });
    const invitation = { uses: 3, expiresAt: house.world.now() + hour, by: "test" };
    const link = await enrollmentLink(house.controller.enroll, invitation);
    const own = await enrollmentProfile(house.controller.enroll, invitation, false);
    const challenge = /<key>Challenge<\/key>\s*<string>([^<]+)</.exec(own.toString())?.[1] ?? "";
    const apples = await tokensOfApple(house);
    await house.enroll();
    await tell(tablet, { MessageType: "SetBootstrapToken", BootstrapToken: Buffer.from(canaries.bootstrap) });
    await tell(tablet, { ...token(tablet), UnlockToken: Buffer.from(canaries.unlock) });
    await tell(tablet, { ...token(tablet), PushMagic: 1, UnlockToken: Buffer.from(canaries.unreadable) });
    await house.settle();
    await house.pass(3 * hour, hour / 12);

    expect(tablet.ledger.of("answered").filter((one) => one.status === "Error")).toHaveLength(1);
    const held = JSON.stringify(tablet.snapshot());
    for (const name of ["wifi", "removal", "config", "message"] as const)
      expect(held, name).toContain(canaries[name]);
    const magic = tablet.secrets()?.pushMagic ?? "";
    const hidden = { ...canaries, ...apples, link: link.split("/").at(-1) ?? "", challenge, magic };
    expect(Object.values(hidden).filter((text) => text.length < 12)).toEqual([]);

    expect(await tables(house, hidden)).toEqual([]);
    expect(await answers(house, settings, hidden)).toEqual([]);
    expect(found("log", lines.join("\n"), hidden)).toEqual([]);
    expect(found("metrics", (await metrics.scrape()).text, hidden)).toEqual([]);
    expect(lines.join("\n")).toContain("revision.in-force");
  },
);

type Hidden = Readonly<Record<string, string>>;

/** What Apple's portals and a person who may sign in were given, each taken into use. */
async function tokensOfApple(house: Installation): Promise<Hidden> {
  const { store, world, content } = house;
  const file = content.token();
  await importContentToken(house.controller.content, file, "it", false);
  const ports = { store, clock: world.now };
  const secrets = {
    consumerKey: "canary-consumer-key-5a1f0c",
    consumerSecret: "canary-consumer-secret-0b7e1d",
    accessToken: "canary-access-token-93ce72",
    accessSecret: "canary-access-secret-1d44fa",
  };
  const certificate = await tokenCertificate(ports, "business", "it");
  const message = writeServerToken(secrets, world.now() + 24 * hour, certificate);
  await importServerToken(ports, "business", message, "it");
  const ada = "ada@acme.example";
  const invitation = { uses: 2, expiresAt: world.now() + 24 * hour, by: "test" };
  const code = await createAccountCode(house.controller.enroll, invitation, ada);
  const access = await signIn(house.controller.enroll, { account: ada, code });
  const { token } = JSON.parse(Buffer.from(file, "base64").toString()) as { readonly token: string };
  return {
    ...secrets,
    content: token,
    contentFile: file,
    code,
    plainCode: code.replaceAll("-", ""),
    access: access ?? "",
  };
}

/** Where a secret stands in a text: as it is, in base64 at any of its three offsets, or one of these in hexadecimal. */
function found(place: string, text: string, hidden: Hidden): string[] {
  const lower = text.toLowerCase();
  return Object.entries(hidden).flatMap(([name, value]) => {
    const bytes = Buffer.from(value);
    const encoded = [0, 1, 2].map((offset) =>
      Buffer.concat([Buffer.alloc(offset), bytes])
        .toString("base64")
        .slice(offset + 1, -4),
    );
    const isThere =
      text.includes(value) ||
      lower.includes(bytes.toString("hex")) ||
      encoded.some((one) => text.includes(one) || lower.includes(Buffer.from(one).toString("hex")));
    return isThere ? [`${name} in ${place}`] : [];
  });
}

/** Every row of every table that the application may read. */
async function tables(house: Installation, hidden: Hidden): Promise<string[]> {
  const names = await house.store.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'reeve' and c.relkind = 'r' and has_table_privilege(c.oid, 'select')`,
  );
  expect(names.length).toBeGreaterThan(20);
  const leaks: string[] = [];
  for (const { name } of names) {
    const rows = await house.store.query<{ row: string }>(`select t::text as row from reeve.${name} t`);
    // Texts in JSON stand there with their quotes doubled and escaped, which no canary has.
    leaks.push(...found(`table ${name}`, rows.map(({ row }) => row).join("\n"), hidden));
  }
  return leaks;
}

/** Everything that can be asked, and a plan of each kind. */
async function answers(
  house: Installation,
  settings: Parameters<typeof viewPlan>[2],
  hidden: Hidden,
): Promise<string[]> {
  const plane = adminPlaneOf(house, settings);
  const { looking } = house;
  const leaks: string[] = [];
  const asked: string[] = [];
  for (const { path, status, text } of await everyAnswer(house, plane, "SIM-1")) {
    asked.push(path);
    expect(status, path).toBe(expectedStatus(path));
    leaks.push(...found(path, text, hidden));
  }
  expect(asked).toContain("/v1/devices/SIM-1/explain");
  const tree = Object.entries(repository).map(([path, text]) => [path, Buffer.from(text).toString("base64")]);
  for (const body of [
    {},
    { files: Object.fromEntries(tree) },
    { files: {} },
    { files: { "a.yaml": "???" } },
  ]) {
    const reply = await plane.inject({ method: "POST", path: "/v1/plan", body });
    leaks.push(...found(`plan of ${JSON.stringify(body).slice(0, 30)}`, reply.text, hidden));
  }
  const view = await viewPlan(looking, undefined, settings);
  const now = house.world.now();
  leaks.push(
    ...found("text", renderPlan(view, { now, width: 100, color: true }, { source: "revision" }), hidden),
  );
  return [...leaks, ...found("markdown", renderPlanMarkdown(view, now, { source: "revision" }), hidden)];
}

function token(tablet: AppleDevice): PlistDict {
  const { token: bytes, pushMagic } = tablet.secrets() ?? { token: Buffer.alloc(0), pushMagic: "" };
  return { MessageType: "TokenUpdate", Topic: testTopic, Token: bytes, PushMagic: pushMagic };
}

async function tell(tablet: AppleDevice, message: PlistDict): Promise<void> {
  const body = writePlist({ ...message, UDID: tablet.udid });
  expect((await tablet.sendRaw({ channel: "check-in", body })).status).toBe(200);
}
