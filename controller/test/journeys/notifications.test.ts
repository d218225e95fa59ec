import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { noteStanding } from "../../loop/concerns.ts";
import { halt, suspend } from "../../loop/control.ts";
import { tidyReceivers } from "../../loop/notifier.ts";
import { declaredReceivers } from "../../loop/receivers.ts";
import { viewEvents } from "../../loop/view-logs.ts";
import { testReceivers, viewReceivers } from "../../loop/view-receivers.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { createDeliver, type SendMail } from "../../notify/deliver.ts";
import { sealEvents } from "../../store/event-seals.ts";
import { appendEvents } from "../../store/events.ts";
import { install, storesOfSuite } from "../installation.ts";
import { baseline, deprovision, device, organizationWith } from "../manifests.ts";
import { receiving } from "../receiving.ts";
import { roundsOf, to } from "../telling.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const files = { ...baseline, "devices.yaml": device("one", "SIM-1", "ownership: company") };
const key = "a key of the webhook";

test.each(stores)(
  "on $name what cannot wait is told at once, each in the form of its receiver, and once",
  async (store) => {
    await using inbox = await receiving();
    await using house = await install({
      stores: store,
      files,
      devices: [{ serial: "SIM-1", platform: "ipados" }],
    });
    const mails: Parameters<SendMail>[0][] = [];
    const round = roundsOf(house, posting(mails), [
      to("hook", { kind: "webhook", url: inbox.url("/hook"), key }),
      to("slack", { kind: "slack", url: inbox.url("/slack/T0/secret") }),
      to("teams", { kind: "teams", url: inbox.url("/teams") }),
      to("mail", { kind: "email", to: "oncall@acme.example" }),
    ]);
    await round();
    await house.enroll();
    await house.settle();
    house.commit({ ...files, "gone.yaml": deprovision("gone", "devices: [one]") });
    await house.settle();
    await round();
    await round();

    expect(inbox.taken.map((one) => one.path).toSorted()).toEqual(["/hook", "/slack/T0/secret", "/teams"]);
    expect(mails.map((mail) => [mail.to, mail.subject])).toEqual([
      ["oncall@acme.example", "[reeve] acme: 1 device enrolled, 1 act waits for approval"],
    ]);
    expect(mails[0]?.text).toMatch(
      /Deprovision\/gone@1: 1 device, digest [0-9a-f-]{14}: .* – see reeve holds/,
    );
    const hook = inbox.taken.find((one) => one.path === "/hook");
    const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signed } = hook?.headers ?? {};
    const expected = createHmac("sha256", key).update(`${id}.${at}.${hook?.body}`).digest("base64");
    expect(signed).toBe(`v1,${expected}`);
    expect(hook?.headers["content-type"]).toBe("application/cloudevents-batch+json; charset=utf-8");
    const events = JSON.parse(hook?.body ?? "[]") as { type: string; specversion: string; data: unknown }[];
    expect(events.map((one) => [one.type, one.specversion])).toEqual([
      ["reeve.device.enrolled", "1.0"],
      ["reeve.act.held", "1.0"],
    ]);
    expect(events[0]?.data).toMatchObject({ topic: "enrolled", devices: 1, examples: ["SIM-1"] });
    // Approved with the approver's role alone, as with psql: the next look tells it, once.
    await house.store.approver.query(
      "select reeve.approve(id, reeve.act_digest(id), 'boss', null, 3600000, null) from reeve.act",
    );
    await round();
    await round();
    const approvals = inbox.taken.filter((one) => one.path === "/hook" && one.body.includes("act.approved"));
    expect(approvals.map((one) => JSON.parse(one.body))).toMatchObject([
      [{ subject: "Deprovision/gone@1", data: { by: "boss", message: expect.stringMatching(/^digest /) } }],
    ]);
    // Nothing that could be pressed: approving takes a person at a command line.
    for (const one of [...inbox.taken.map((taken) => taken.body), mails[0]?.text ?? ""])
      expect(one.replace("http://adaptivecards.io/schemas/adaptive-card.json", "")).not.toMatch(
        /https?:|"actions?"|"url"/,
      );
  },
);

test.each(stores)(
  "on $name a receiver that is down is told later, as the same message, and keeps nobody waiting",
  async (store) => {
    await using inbox = await receiving();
    await using house = await install({ stores: store, files, devices: [] });
    const receivers = [
      to("down", { kind: "webhook", url: inbox.url("/down/secret-path"), key }),
      to("up", { kind: "webhook", url: inbox.url("/up") }),
    ];
    const round = roundsOf(house, posting([]), receivers);
    await round();
    inbox.how.answer = (taken, response) =>
      void (
        taken.path === "/up" ? response.writeHead(204) : response.writeHead(503, { "retry-after": "600" })
      ).end();
    await halt(house.looking, "a drill", { name: "duty" });
    await round();
    await round();
    expect(inbox.taken.map((one) => one.path).toSorted()).toEqual(["/down/secret-path", "/up"]);
    const status = await viewStatus(house.looking, { source: "", warnings: [] });
    expect(status.warnings).toMatchObject([
      { message: "notifications to down do not arrive: answers (HTTP 503)" },
    ]);
    expect(JSON.stringify([status, await viewReceivers(round.ports)])).not.toContain("secret-path");

    // More happens meanwhile, and another process takes over: what was begun is sent as it was.
    await suspend(house.looking, "all", undefined, "a second drill", { name: "duty" });
    inbox.how.answer = (_taken, response) => void response.writeHead(200).end();
    await house.pass(11 * minute, 11 * minute);
    const next = roundsOf(house, posting([]), receivers);
    await next();
    await next();
    const down = inbox.taken.filter((one) => one.path !== "/up");
    expect(down.map((one) => one.headers["webhook-id"])).toEqual([
      down[0]?.headers["webhook-id"],
      down[0]?.headers["webhook-id"],
      expect.not.stringMatching(String(down[0]?.headers["webhook-id"])),
    ]);
    expect(down[1]?.body).toBe(down[0]?.body);
    expect(down[2]?.body).toContain("a second drill");
    expect((await viewReceivers(next.ports)).map((one) => one.failure)).toEqual([undefined, undefined]);
  },
);

test.each(stores)(
  "on $name what can wait is told together, the same news once a day, and not what was before",
  async (store) => {
    await using inbox = await receiving();
    await using house = await install({ stores: store, files, devices: [] });
    const warn = (message: string, device?: string, type = "enrollment.refused") =>
      appendEvents(house.store, [
        {
          type,
          at: house.world.now(),
          message,
          ...(device === undefined ? {} : { device }),
        },
      ]);
    await warn("before anybody asked");
    await sealEvents(house.store, 100);
    const round = roundsOf(house, posting([]), [to("hook", { kind: "webhook", url: inbox.url("/") })]);
    await round();
    for (let index = 0; index < 300; index++) await warn("the link is used up", `device-${index}`);
    await warn("no such link");
    await warn("it told where it is pushed to", "harmless", "device.quarantined");
    await round();
    expect(inbox.taken).toEqual([]);
    await house.pass(16 * minute, 16 * minute);
    await round();
    const told = (body = "[]") =>
      (JSON.parse(body) as { data: { message: string; devices: number } }[]).map(({ data }) => [
        data.message,
        data.devices,
      ]);
    expect(told(inbox.taken[0]?.body)).toEqual([
      ["the link is used up", 300],
      ["no such link", 0],
      ["it told where it is pushed to", 1],
    ]);
    await warn("the link is used up", "device-7");
    await warn("it told where it is pushed to", "harmless", "device.quarantined");
    await house.pass(hour, hour);
    await round();
    expect(inbox.taken).toHaveLength(1);
    // Another device is no news of before, whatever is said of it.
    for (const name of ["harmless", "another"])
      await warn("it told where it is pushed to", name, "device.quarantined");
    await house.pass(hour, hour);
    await round();
    expect(JSON.parse(inbox.taken.pop()?.body ?? "[]")).toMatchObject([
      { type: "reeve.device.quarantined", data: { devices: 1, examples: ["another"] } },
    ]);
    await house.pass(24 * hour, 24 * hour);
    await warn("the link is used up", "device-7");
    await house.pass(hour, hour);
    await tidyReceivers(round.ports);
    await round();
    expect(told(inbox.taken[1]?.body)).toContainEqual(["the link is used up", 1]);
    // Whom nobody declares any more is forgotten, and is told from then on when it comes back.
    await tidyReceivers({ ...round.ports, receivers: () => ({ known: [], areAll: true }) });
    await warn("while it was away");
    await round();
    await house.pass(hour, hour);
    await round();
    expect(inbox.taken).toHaveLength(2);
  },
);

test.each(stores)(
  "on $name what status warns of, and devices that fall silent, become events once, and again when it is over",
  async (store) => {
    await using house = await install({
      stores: store,
      files,
      devices: [{ serial: "SIM-1", platform: "ipados" }],
    });
    await house.enroll();
    await house.settle();
    const look = async (warnings: readonly string[]) => {
      const status = await viewStatus(house.looking, {
        source: "",
        warnings: warnings.map((message) => ({ message })),
      });
      await noteStanding(house.looking, status);
    };
    await look(["the certificate ends in 27 days"]);
    await look(["the certificate ends in 26 days"]);
    house.device("SIM-1").goOffline();
    await house.pass(25 * hour, 5 * hour);
    await look(["the certificate ends in 26 days"]);
    await look(["the certificate ends in 26 days"]);
    house.device("SIM-1").goOnline();
    await house.settle();
    await house.pass(hour, hour);
    await look([]);
    const { events } = await viewEvents(house.looking, {
      types: ["concern.", "device.silent", "device.back"],
      limit: 20,
    });
    expect(events.map(({ type, message }) => [type, message]).toReversed()).toEqual([
      ["concern.began", "the certificate ends in 27 days"],
      ["device.silent", expect.stringMatching(/^not heard of since 20\d\d-/)],
      ["concern.ended", "the certificate ends in 26 days"],
      ["device.back", "heard of again"],
    ]);
  },
);

test("receivers of the manifest read their secrets, which only the organization may use; a commit takes away none of the configuration", async () => {
  const [store] = stores;
  if (store === undefined) throw new Error("no store");
  const notifications = `notifications:
    - {slack: "\${secret:oncall/url}", on: [held]}
    - {email: [lead@acme.example, Lead@acme.example], on: [refused]}
    - {email: [lead@acme.example, duty@acme.example], on: [held]}`;
  const secret = `apiVersion: reeve/v1
kind: Secret
metadata: {name: oncall}
spec: {provider: env, allow: [Organization/acme], keys: {url: REEVE_SECRET_SLACK}}
`;
  const org = `apiVersion: reeve/v1
kind: Organization
metadata: {name: acme}
spec:
  timeZone: Europe/Berlin
  ${notifications}
`;
  await using house = await install({
    stores: store,
    files: { ...baseline, "org.yaml": org, "secret.yaml": secret },
    devices: [],
    environment: { REEVE_SECRET_SLACK: "https://hooks.slack.example/T0/x" },
  });
  await house.settle();
  const current = house.controller.reconciler.current();
  if (current === undefined) throw new Error("nothing is in force");
  const found = declaredReceivers("acme", current.compiled.organization.notifications, current.secrets);
  expect(found.map((one) => [one.name, one.on])).toEqual([
    ["slack of org.yaml:7", ["held"]],
    // Who stands in two lists is one receiver, and is told of both.
    ["email of org.yaml:8", ["refused", "held"]],
    ["email of org.yaml:9 (2 of 2)", ["held"]],
  ]);
  expect(found.map((one) => one.entries)).toEqual([
    ["slack of org.yaml:7"],
    ["email of org.yaml:8", "email of org.yaml:9"],
    ["email of org.yaml:9"],
  ]);
  const tested = await testReceivers(
    roundsOf(house, posting([]), found).ports,
    "email of org.yaml:9",
    "duty",
  );
  expect(tested.map((one) => one.name)).toEqual(["email of org.yaml:8", "email of org.yaml:9 (2 of 2)"]);
  expect(found[0]?.address()).toEqual({ kind: "slack", url: "https://hooks.slack.example/T0/x" });
  expect(() =>
    declaredReceivers("other", current.compiled.organization.notifications, current.secrets)[0]?.address(),
  ).toThrow(/does not allow Organization\/other/);
  house.commit({ ...baseline, "org.yaml": organizationWith("") });
  await house.settle();
  expect(house.controller.reconciler.current()?.compiled.organization.notifications).toEqual([]);
});

test("a test message reaches whom it is for; redirects are not followed, and endless answers not read", async () => {
  await using inbox = await receiving();
  const [store] = stores;
  if (store === undefined) throw new Error("no store");
  await using house = await install({ stores: store, files, devices: [] });
  const { ports } = roundsOf(house, posting([]), [
    to("moved", { kind: "webhook", url: inbox.url("/moved") }),
    to("chatty", { kind: "slack", url: inbox.url("/chatty") }),
    to("gone", { kind: "teams", url: "http://127.0.0.1:1/" }),
    to("mail", { kind: "email", to: "nobody@acme.example" }),
  ]);
  inbox.how.answer = (taken, response) => {
    if (taken.path === "/moved") response.writeHead(302, { location: inbox.url("/elsewhere") }).end();
    else response.writeHead(200).write("x".repeat(1_000));
  };
  expect(await testReceivers({ ...ports, deliver: createDeliver(undefined) }, undefined, "duty")).toEqual([
    { name: "moved", ok: false, reason: "answers with a redirect (HTTP 302)" },
    { name: "chatty", ok: true },
    { name: "gone", ok: false, reason: expect.stringMatching(/^cannot be reached/) },
    { name: "mail", ok: false, reason: "no mail server is configured (mail.host)" },
  ]);
  expect(inbox.taken.map((one) => one.path).toSorted()).toEqual(["/chatty", "/moved"]);
});

function posting(mails: Parameters<SendMail>[0][]) {
  return createDeliver(async (mail) => {
    mails.push(mail);
    return { ok: true };
  });
}
