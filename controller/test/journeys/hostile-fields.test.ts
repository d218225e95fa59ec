import { expect, test } from "vitest";
import { renderDevices } from "../../cli/render/devices.ts";
import { renderEvents } from "../../cli/render/events.ts";
import { renderExplain } from "../../cli/render/explain.ts";
import { renderPlanMarkdown } from "../../cli/render/plan-markdown.ts";
import { tellOutcome, tellRequest, tellRevision } from "../../daemon/tell.ts";
import { createMetrics } from "../../http/metrics.ts";
import { createLog } from "../../log.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewEvents } from "../../loop/view-logs.ts";
import { viewPlan } from "../../loop/view-plan.ts";
import { type PlistDict, readDict } from "../../simulator/plist.ts";
import { prune } from "../../store/retention.ts";
import { adminPlaneOf, everyAnswer, expectedStatus, jsonTexts } from "../admin-answers.ts";
import { identityFor, send, transportOf } from "../hand-made.ts";
import { type Installation, install, storesOfSuite, testSettings, testTopic } from "../installation.ts";
import { baseline, passcode } from "../manifests.ts";

const stores = await storesOfSuite();
const victim = { serial: "SIM-1", platform: "ipados", name: "SIM-1" } as const;

/** What has steered a database, a shell, a parser, a log or a reader of some product. */
const payloads: readonly string[] = [
  "x'); drop table reeve.device cascade; --",
  "1; update reeve.channel set status = 'left'; --",
  "$$; select pg_sleep(30); $$ \\'; delete from reeve.event; --",
  "$(touch /tmp/x) `id` | sh && rm -rf ~",
  "]]></string><key>UDID</key><string>SIM-1</string><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;",
  'a\r\n{"level":"fatal","event":"forged"}\u001b[2J\u202e\u2028',
  "%s%n%x {} ${jndi:ldap://x} ${secret:all/word} ${device.udid} {{constructor.constructor('x')()}}",
  "../../../../etc/passwd",
  '=HYPERLINK("http://x.example","y")',
  "__proto__",
  '"><script>alert(1)</script><img src=x onerror=alert(1)>|a|b|',
  '"}],"x":[{"y":"',
  "%_\\%",
  "A".repeat(5_000),
];

test.each(stores.slice(-1))(
  "on $name no text in any field of a check-in or an answer steers what comes after it",
  async (store) => {
    const lines: string[] = [];
    const log = createLog({ level: "debug", write: (line) => void lines.push(line) });
    const metrics = createMetrics("1.2.3");
    await using house = await install({
      lies: true,
      stores: store,
      files: baseline,
      devices: [victim],
      parts: {
        devicePlane: { onRequest: (entry) => tellRequest(entry, log, metrics) },
        onRevision: (news) => tellRevision(news, log, metrics),
        onError: (part, error) => log.failure("loop.failed", error, { part }),
        onOutcome: (what, outcome) => tellOutcome(what, outcome, log, metrics),
      },
    });
    await house.enroll();
    await house.settle();
    const before = await reeveOf(house);

    for (const [nth, text] of payloads.entries()) await everyField(house, `UDID-${nth}`, text);
    house.commit({ ...baseline, "passcode.yaml": passcode(9) });
    await house.settle();
    await house.pass(3 * 3_600_000, 1_800_000);
    await prune(house.store);

    expect(await reeveOf(house)).toEqual(before);
    const tablet = house.device("SIM-1").snapshot();
    expect(tablet.profiles["reeve.profile.passcode"]?.payloads[0]).toMatchObject({ minLength: 9 });
    const { devices } = await viewDevices(house.looking, { limit: 100 }, {});
    expect(devices.map((one) => one.udid).filter((udid) => udid?.startsWith("UDID-"))).toHaveLength(
      payloads.length,
    );
    await everythingIsText(
      house,
      devices.map((one) => one.id),
    );
    expect(lines.filter((line) => !isOneEvent(line))).toEqual([]);
    expect(lines.join("")).not.toContain("loop.failed");
    expect((await metrics.scrape()).text).not.toMatch(/drop table|<script|jndi|forged/);
    expect(house.fleet.violations()).toEqual([]);
  },
);

/** Tables, functions and how the victim is enrolled: what injected statements would change. */
async function reeveOf(house: Installation): Promise<unknown[]> {
  return house.store.query(
    `select c.relname as name, null as state from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'reeve' and c.relkind = 'r'
     union all select id, status || ' ' || epoch || ' ' || certificate from reeve.channel where id = $1 order by 1`,
    [house.device("SIM-1").udid],
  );
}

/** A device that enrolls and answers with one text in every field in which a text may stand. */
async function everyField(house: Installation, UDID: string, text: string): Promise<void> {
  const who = await identityFor(house);
  const tell = async (path: "checkin" | "connect", message: PlistDict) => {
    const reply = await send(house, who, path, message);
    expect([200, 400, 403, 404, 410], `${message.MessageType ?? message.Status}`).toContain(reply.status);
    return reply;
  };
  const about = Object.fromEntries(
    ["DeviceName", "Model", "ModelName", "OSVersion", "BuildVersion", "ProductName", "IMEI", "MEID"].map(
      (key) => [key, text],
    ),
  );
  const address = { Topic: testTopic, Token: Buffer.alloc(32, 7), PushMagic: text };
  await tell("checkin", { MessageType: "Authenticate", Topic: testTopic, UDID: text, ...about });
  await tell("checkin", { MessageType: "Authenticate", Topic: text, UDID, ...about });
  const enrolling = { MessageType: "Authenticate", Topic: testTopic, UDID, SerialNumber: text, ...about };
  expect((await tell("checkin", enrolling)).status).toBe(200);
  await tell("checkin", { MessageType: "TokenUpdate", UDID, ...address });
  const user = { UserID: text, UserShortName: text, UserLongName: text };
  await tell("checkin", { MessageType: "TokenUpdate", UDID, ...address, ...user });
  await tell("checkin", { MessageType: "TokenUpdate", UDID, ...address, UserID: "501", UserLongName: text });
  await tell("checkin", { MessageType: text.slice(0, 64), UDID });
  await tell("checkin", { MessageType: "GetToken", UDID, TokenServiceType: text });
  const declarative = { MessageType: "DeclarativeManagement", UDID };
  await tell("checkin", { ...declarative, Endpoint: `declaration/configuration/${text}` });
  const device = { "operating-system": { version: text }, identifier: { udid: text } };
  const told = {
    StatusItems: { device, management: { declarations: { configurations: [{ identifier: text }] } } },
  };
  await tell("checkin", { ...declarative, Endpoint: "status", Data: Buffer.from(JSON.stringify(told)) });
  await tell("connect", { Status: "Acknowledged", CommandUUID: text, UDID });
  await house.settle();

  const link = `https://mdm.test/enroll/${encodeURIComponent(text).slice(0, 200)}`;
  expect((await transportOf(house)({ method: "GET", url: link, headers: {} })).status).toBe(404);
  for (let message: PlistDict = { Status: "Idle", UDID }, times = 0; times < 8; times++) {
    const { body } = await tell("connect", message);
    if (body.length === 0) break;
    const { CommandUUID, Command } = readDict(body);
    const failed = (Command as PlistDict).RequestType === "InstallProfile" ? "Error" : "Acknowledged";
    message = { Status: failed, CommandUUID: String(CommandUUID), UDID, ...answer(text, about) };
  }
}

function answer(text: string, about: PlistDict): PlistDict {
  const error = { ErrorCode: 1, ErrorDomain: text, LocalizedDescription: text, USEnglishDescription: text };
  return {
    QueryResponses: { ...about, SerialNumber: text, [text.slice(0, 200)]: text },
    ProfileList: [{ PayloadIdentifier: text, PayloadUUID: text, PayloadDisplayName: text }],
    ManagedApplicationList: { [text.slice(0, 200)]: { Status: text } },
    InstalledApplicationList: [{ Identifier: text, Name: text }],
    ErrorChain: [error],
    RejectionReason: text,
    MessageResult: text,
  };
}

/** Whatever people look at is JSON, or lines without anything that steers a terminal. */
async function everythingIsText(house: Installation, devices: readonly string[]): Promise<void> {
  const plane = adminPlaneOf(house, testSettings);
  for (const device of ["SIM-1", ...devices.slice(0, 3)])
    for (const { path, status, text } of await everyAnswer(house, plane, device)) {
      expect(status, path).toBe(expectedStatus(path));
      for (const one of path.startsWith("/v1") ? jsonTexts({ path, text }) : [])
        expect(() => JSON.parse(one), path).not.toThrow();
    }
  const now = house.world.now();
  const look = { now, width: 120, color: false };
  const shown = [
    renderDevices(await viewDevices(house.looking, { limit: 100 }, {}), look),
    renderEvents(await viewEvents(house.looking, { limit: 1_000 }), look),
    renderPlanMarkdown(await viewPlan(house.looking, undefined, testSettings), now, { source: "revision" }),
  ];
  for (const device of devices)
    shown.push(renderExplain(await viewExplanation(house.looking, device, undefined), look));
  for (const text of shown) expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
}

function isOneEvent(line: string): boolean {
  const { event } = JSON.parse(line) as { readonly event?: unknown };
  return typeof event === "string" && event !== "forged" && !line.trimEnd().includes("\n");
}
