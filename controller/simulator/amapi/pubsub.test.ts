import { expect, test } from "vitest";
import { notificationFaults } from "./answer-faults.ts";
import { type Bed, bed, errorOf, FULLY_MANAGED, HOUR, MINUTE, SECOND } from "./test-amapi.ts";

const topic = "projects/p/topics/devices";
const subscription = "projects/p/subscriptions/reeve";
const ALL = ["ENROLLMENT", "STATUS_REPORT", "COMMAND", "USAGE_LOGS"];

/** A topic that Google may publish to, a subscription of it, and the enterprise that uses it. */
async function subscribed({ am, ps, enterprise }: Bed, enabledNotificationTypes = ALL): Promise<void> {
  await ps.projects.topics.create({ name: topic });
  await ps.projects.subscriptions.create({
    name: subscription,
    requestBody: { topic, ackDeadlineSeconds: 30 },
  });
  const members = ["serviceAccount:android-cloud-policy@system.gserviceaccount.com"];
  const policy = { bindings: [{ role: "roles/pubsub.publisher", members }] };
  await ps.projects.topics.setIamPolicy({ resource: topic, requestBody: { policy } });
  const requestBody = { pubsubTopic: topic, enabledNotificationTypes };
  await am.enterprises.patch({
    name: enterprise,
    updateMask: "pubsubTopic,enabledNotificationTypes",
    requestBody,
  });
}

async function pull({ ps }: Bed, maxMessages = 100) {
  const { data } = await ps.projects.subscriptions.pull({ subscription, requestBody: { maxMessages } });
  return (data.receivedMessages ?? []).map(({ ackId, message }) => {
    const type = message?.attributes?.notificationType ?? "";
    const body = message?.data ? JSON.parse(Buffer.from(message.data, "base64").toString("utf8")) : undefined;
    if (body !== undefined) expect(notificationFaults(type, body)).toEqual([]);
    return { ackId: ackId ?? "", id: message?.messageId, type, body };
  });
}

async function drain(one: Bed) {
  const got = await pull(one, 1_000);
  if (got.length > 0)
    await one.ps.projects.subscriptions.acknowledge({
      subscription,
      requestBody: { ackIds: got.map(({ ackId }) => ackId) },
    });
  return got;
}

test("topics and subscriptions are made once, and there must be a topic", async () => {
  const { ps } = await bed();
  const create = () => ps.projects.topics.create({ name: topic });
  const missing = ps.projects.subscriptions.create({ name: subscription, requestBody: { topic } });
  expect(await errorOf(missing)).toBe("404 NOT_FOUND Resource not found (resource=devices).");
  expect((await create()).data).toEqual({ name: topic });
  expect(await errorOf(create())).toBe(
    "409 ALREADY_EXISTS Resource already exists in the project (resource=devices).",
  );
  const subscribe = () => ps.projects.subscriptions.create({ name: subscription, requestBody: { topic } });
  expect((await subscribe()).data).toMatchObject({
    topic,
    ackDeadlineSeconds: 10,
    messageRetentionDuration: "604800s",
  });
  expect(await errorOf(subscribe())).toMatch(/^409 ALREADY_EXISTS/);
  expect((await ps.projects.subscriptions.get({ subscription })).data.topic).toBe(topic);
  const { data: policy } = await ps.projects.topics.getIamPolicy({ resource: topic });
  await ps.projects.topics.setIamPolicy({
    resource: topic,
    requestBody: { policy: { ...policy, bindings: [{ role: "r", members: ["m"] }] } },
  });
  const stale = ps.projects.topics.setIamPolicy({ resource: topic, requestBody: { policy } });
  expect(await errorOf(stale)).toMatch(/^409 ABORTED/);
});

test("a test message without data comes first; then enrollments, reports and ends of commands", async () => {
  const one = await bed();
  await subscribed(one);
  await one.policy("default", {});
  const device = await one.enrolled();
  await one.command(device, { type: "LOCK" });
  const got = await drain(one);
  expect(got.map(({ type }) => type)).toEqual([
    "TEST",
    "ENROLLMENT",
    "STATUS_REPORT",
    "COMMAND",
    "STATUS_REPORT",
  ]);
  expect(got[0]?.body).toBeUndefined();
  expect(got[1]?.body).toMatchObject({ name: device.name, state: "PROVISIONING" });
  expect(got[2]?.body).toMatchObject({ appliedState: "ACTIVE", appliedPolicyVersion: "1" });
  expect(got[3]?.body).toMatchObject({ done: true, metadata: { type: "LOCK" } });
  expect(await pull(one)).toEqual([]);
});

test.each(["STATUS_REPORT", "ENROLLMENT"] as const)(
  "the last report of a device that went says so as %s; the end of its command came before",
  async (told) => {
    const one = await bed({ knobs: { deletedIsToldAs: told } });
    await subscribed(one);
    await one.policy("default", {});
    const device = await one.enrolled();
    await drain(one);
    const name = device.name ?? "";
    await one.am.enterprises.devices.issueCommand({ name, requestBody: { wipeParams: {} } });
    await one.world.advance(MINUTE);
    expect((await drain(one)).map(({ type, body }) => [type, body.appliedState ?? body.done])).toEqual([
      ["COMMAND", true],
      [told, "DELETED"],
    ]);
  },
);

test("only what is enabled is published, and nothing without the right to publish", async () => {
  const one = await bed();
  await subscribed(one, ["COMMAND"]);
  await one.policy("default", {});
  const device = await one.enrolled();
  await one.command(device, { type: "LOCK" });
  expect((await drain(one)).map(({ type }) => type)).toEqual(["TEST", "COMMAND"]);
  await one.ps.projects.topics.setIamPolicy({ resource: topic, requestBody: { policy: {} } });
  await one.command(device, { type: "LOCK" });
  expect(await drain(one)).toEqual([]);
});

test("what is not acknowledged comes again after its deadline, and at once when it is given back", async () => {
  const one = await bed();
  await subscribed(one);
  const { subscriptions } = one.ps.projects;
  const [first] = await pull(one);
  expect(await pull(one)).toEqual([]);
  await one.world.advance(31 * SECOND);
  const [again] = await pull(one);
  expect(again).toMatchObject({ id: first?.id, type: "TEST" });
  expect(again?.ackId).not.toBe(first?.ackId);

  const modify = (ackDeadlineSeconds: number, ackId = again?.ackId ?? "") =>
    subscriptions.modifyAckDeadline({ subscription, requestBody: { ackIds: [ackId], ackDeadlineSeconds } });
  await modify(600);
  await one.world.advance(9 * MINUTE);
  expect(await pull(one)).toEqual([]);
  await modify(0);
  const [last] = await pull(one);
  expect(last?.id).toBe(first?.id);
  expect(await errorOf(modify(601))).toMatch(/^400/);
  // An id of a lease that was given to another is worth nothing.
  await subscriptions.acknowledge({ subscription, requestBody: { ackIds: [first?.ackId ?? ""] } });
  await one.world.advance(MINUTE);
  expect(await pull(one)).toHaveLength(1);
  await one.world.advance(8 * 24 * HOUR);
  expect(await pull(one)).toEqual([]);
});

test("messages are doubled, lost, delayed and put before others", async () => {
  const one = await bed();
  await subscribed(one);
  await drain(one);
  await one.ps.projects.topics.publish({
    topic,
    requestBody: { messages: [{ attributes: { notificationType: "OWN" } }] },
  });
  one.amapi.failMessages({ type: "ENROLLMENT", does: "duplicate", times: 1 });
  one.amapi.failMessages({ type: "STATUS_REPORT", does: "reorder", times: 1 });
  one.amapi.failMessages({ type: "COMMAND", does: "lose", times: 1 });
  one.amapi.failMessages({ type: "COMMAND", does: { delay: HOUR }, times: 1 });
  await one.policy("default", {});
  const device = await one.enrolled();
  const got = await drain(one);
  expect(got.map(({ type }) => type)).toEqual(["STATUS_REPORT", "OWN", "ENROLLMENT", "ENROLLMENT"]);
  expect(got[2]?.id).toBe(got[3]?.id);
  await one.command(device, { type: "LOCK" });
  await one.command(device, { type: "REBOOT" });
  const types = async () => (await drain(one)).map(({ type }) => type);
  expect(await types()).not.toContain("COMMAND");
  await one.world.advance(HOUR);
  expect(await drain(one)).toMatchObject([{ type: "COMMAND", body: { metadata: { type: "REBOOT" } } }]);
});

test("a lost device tells where it is in the usage log, again and again until it is found", async () => {
  const one = await bed();
  await subscribed(one, ["USAGE_LOGS"]);
  await one.policy("default", {});
  const device = await one.enrolled(FULLY_MANAGED);
  await one.command(device, { startLostModeParams: { lostMessage: { defaultMessage: "Call" } } });
  await one.world.advance(HOUR);
  device.user.leavesLostMode();
  await one.world.advance(HOUR);
  const events = (await drain(one)).flatMap(({ body }) => body?.usageLogEvents ?? []);
  expect(events.map(({ eventType }) => eventType)).toEqual([
    ...Array.from({ length: 5 }, () => "LOST_MODE_LOCATION"),
    "STOP_LOST_MODE_USER_ATTEMPT",
  ]);
  expect(events[0].lostModeLocationEvent.location).toEqual({ latitude: 47.37, longitude: 8.54 });
});
