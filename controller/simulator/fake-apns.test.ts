import { connect } from "node:http2";
import apn from "apn";
import { afterEach, expect, test } from "vitest";
import { type FakeApns, fakeApns } from "./fake-apns.ts";
import { pushCertificate } from "./self-made.ts";

const TOPIC = "com.apple.mgmt.External.test";
const token = Buffer.alloc(32, 0xab);
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function setUp() {
  const apns = await fakeApns();
  const { certificate, key } = pushCertificate(TOPIC);
  const provider = new apn.Provider({
    cert: certificate,
    key,
    ca: [apns.ca],
    address: apns.host,
    port: apns.port,
    rejectUnauthorized: true,
  });
  closing.push(
    () => provider.shutdown(),
    () => apns.close(),
  );
  const send = (magic = "magic") => {
    const notification = new apn.Notification();
    notification.topic = TOPIC;
    notification.pushType = "mdm" as never;
    (notification as unknown as { mdm: string }).mdm = magic;
    return provider.send(notification, token.toString("hex"));
  };
  return { apns, send };
}

function register(apns: FakeApns, online = () => true) {
  const woken: string[] = [];
  let arrived = () => {};
  function deliver(magic: string): void {
    woken.push(magic);
    arrived();
  }
  apns.register(token, TOPIC, { isOnline: online, deliver });
  const next = () => new Promise<void>((resolve) => (arrived = resolve));
  return { woken, next };
}

test("a push by a real client wakes the device; the client's certificate is seen", async () => {
  const { apns, send } = await setUp();
  const { woken, next } = register(apns);
  const arrival = next();

  const result = await send("secret magic");
  await arrival;

  expect(result.sent).toHaveLength(1);
  expect(woken).toEqual(["secret magic"]);
  expect(apns.pushes).toMatchObject([{ topic: TOPIC, magic: "secret magic", status: 200 }]);
  expect(apns.clients[0]?.subject).toContain(TOPIC);
});

test("a token nobody knows, a dead one and one for another topic are told apart", async () => {
  const { apns, send } = await setUp();

  const unknown = await send();
  apns.register(token, "com.apple.mgmt.External.other", { isOnline: () => true, deliver: () => {} });
  const other = await send();
  apns.unregister(token);
  const dead = await send();

  expect(
    [unknown, other, dead].map(({ failed: [first] }) => [Number(first?.status), first?.response?.reason]),
  ).toEqual([
    [400, "BadDeviceToken"],
    [400, "DeviceTokenNotForTopic"],
    [410, "Unregistered"],
  ]);
});

test("answers are programmable and end when they are used up", async () => {
  const { apns, send } = await setUp();
  register(apns);
  apns.answerWith({ status: 400, reason: "BadDeviceToken" }, { token, times: 1 });

  const first = await send();
  const second = await send();

  expect([first.failed.length, second.sent.length]).toEqual([1, 1]);
});

test("an offline device gets the last push only, when it is back", async () => {
  const { apns, send } = await setUp();
  let online = false;
  const { woken, next } = register(apns, () => online);
  await send("first");
  await send("second");
  const arrival = next();

  online = true;
  apns.cameOnline(token);
  await arrival;

  expect(woken).toEqual(["second"]);
});

test("after GOAWAY a client connects again", async () => {
  const { apns, send } = await setUp();
  register(apns);
  await send();

  apns.goAway();
  await expect.poll(async () => (await send()).sent.length).toBe(1);

  expect(apns.clients.length).toBeGreaterThan(1);
});

test.each([
  [
    "a body with more than the magic",
    { "apns-topic": TOPIC, "apns-push-type": "mdm" },
    '{"mdm":"m","aps":{}}',
    "BadPayload",
  ],
  ["no topic", { "apns-push-type": "mdm" }, '{"mdm":"m"}', "MissingTopic"],
  ["another push type", { "apns-topic": TOPIC, "apns-push-type": "alert" }, '{"mdm":"m"}', "InvalidPushType"],
])("%s is refused", async (_, headers, body, reason) => {
  const { apns } = await setUp();
  register(apns);
  const session = connect(`https://${apns.host}:${apns.port}`, { ca: apns.ca });
  closing.unshift(() => session.close());

  const stream = session.request({
    ":method": "POST",
    ":path": `/3/device/${token.toString("hex")}`,
    ...headers,
  });
  stream.end(body);
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);

  expect(JSON.parse(Buffer.concat(chunks).toString("utf8"))).toEqual({ reason });
  expect(apns.complaints).toEqual([reason]);
  expect(apns.pushes).toEqual([]);
});
