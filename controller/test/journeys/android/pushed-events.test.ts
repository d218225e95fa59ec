import { request } from "node:http";
import { auth } from "googleapis/build/src/apis/androidmanagement/index.js";
import { pubsub } from "googleapis/build/src/apis/pubsub/index.js";
import { expect, test } from "vitest";
import { enrollmentPolicy } from "../../../loop/android/sync-policies.ts";
import { viewDeviceDetail } from "../../../loop/view-devices.ts";
import { locationOf } from "../../../loop/view-secrets.ts";
import { androidHouse } from "../../android-house.ts";
import { googleIssuer } from "../../google-issuer.ts";
import { storesOfSuite } from "../../installation.ts";
import { organization } from "../../manifests.ts";
import { acting, hour, minute } from "./test-acts.ts";

const [store] = (await storesOfSuite()) as [Awaited<ReturnType<typeof storesOfSuite>>[number]];
const serviceAccount = "push@acme-devices.iam.gserviceaccount.com";
const audience = "https://mdm.test/android/events";
const day = 86_400_000;

test("news that Google pushes bring a device forward; whoever is not Google changes nothing", async () => {
  const issuer = await googleIssuer();
  const refused: string[] = [];
  await using house = await androidHouse({
    stores: store,
    files: { "org.yaml": organization },
    readEveryMs: day,
    project: "acme-devices",
    push: { serviceAccount, keysUrl: issuer.keysUrl },
    parts: { devicePlane: { onRequest: ({ refused: reason }) => void (reason && refused.push(reason)) } },
  });
  const { android, androidEvents, devicePlane } = house.controller;
  if (android === undefined || androidEvents === undefined) throw new Error("no events are subscribed to");
  const listening = await devicePlane.listen([{ type: "tcp", host: "127.0.0.1", port: 0 }]);
  const url = `${listening.urls[0]}/android/events`;
  const token = new auth.OAuth2();
  token.setCredentials({ access_token: "test" });
  const ps = pubsub({ version: "v1", rootUrl: house.amapi.rootUrl, retry: false, auth: token });
  const id = `reeve-${house.enterprise.split("/")[1]}`;
  const subscription = `projects/acme-devices/subscriptions/${id}`;

  // The subscription pushes; one that was pulled before becomes one that is pushed.
  const topic = `projects/acme-devices/topics/${id}`;
  await ps.projects.topics.create({ name: topic });
  await ps.projects.subscriptions.create({ name: subscription, requestBody: { topic } });
  expect(await androidEvents.take(android.round)).toBe(0);
  expect((await ps.projects.subscriptions.get({ subscription })).data.pushConfig).toEqual({
    pushEndpoint: audience,
    oidcToken: { serviceAccountEmail: serviceAccount, audience },
  });

  const made = await house.am.enterprises.enrollmentTokens.create({
    parent: house.enterprise,
    requestBody: { policyName: `${house.enterprise}/policies/${enrollmentPolicy}` },
  });
  const device = house.amapi.device({ serial: "PHONE-1" });
  expect(device.enroll(String(made.data.qrCode), "factory-reset")).toBeUndefined();
  // What Google would push is what waits.
  const waiting = await ps.projects.subscriptions.pull({ subscription, requestBody: { maxMessages: 10 } });
  const news = waiting.data.receivedMessages?.find(
    (one) => one.message?.attributes?.notificationType === "ENROLLMENT",
  );
  const body = JSON.stringify({ message: news?.message, subscription });

  const now = () => Math.floor(house.world.now() / 1_000);
  const claims = (more: object = {}) => ({
    iss: "https://accounts.google.com",
    aud: audience,
    email: serviceAccount,
    email_verified: true,
    iat: now(),
    exp: now() + 3_600,
    ...more,
  });
  const push = async (bearer: string | undefined, sent: string | Buffer = body) =>
    (
      await fetch(url, {
        method: "POST",
        body: sent,
        ...(bearer === undefined ? {} : { headers: { authorization: `Bearer ${bearer}` } }),
      })
    ).status;
  const hints = async () => (await house.store.query("select from reeve.android_hint")).length;

  const wrong: readonly (readonly [string, string | undefined])[] = [
    ["no-token", undefined],
    ["malformed-token", "x"],
    ["malformed-token", `${issuer.token(claims())}.x`],
    ["malformed-token", "a".repeat(5_000)],
    ["wrong-algorithm", issuer.token(claims(), { header: { alg: "none" } })],
    ["wrong-algorithm", issuer.token(claims(), { header: { alg: "HS256" } })],
    ["wrong-issuer", issuer.token(claims({ iss: "https://accounts.example" }))],
    ["wrong-audience", issuer.token(claims({ aud: "https://other.test" }))],
    ["wrong-account", issuer.token(claims({ email: "push@other.iam.gserviceaccount.com" }))],
    ["wrong-account", issuer.token(claims({ email_verified: false }))],
    ["expired-token", issuer.token(claims({ iat: now() - 7_200, exp: now() - 3_600 }))],
    ["expired-token", issuer.token(claims({ iat: now() + 600, exp: now() + 1_200 }))],
    ["expired-token", issuer.token(claims({ exp: now() + 86_400 }))],
    ["expired-token", issuer.token(claims({ exp: undefined }))],
  ];
  for (const [, bearer] of wrong) expect(await push(bearer)).toBe(403);
  // None of these had the keys fetched.
  expect(issuer.asked()).toBe(0);
  issuer.answers = false;
  expect(await push(issuer.token(claims()))).toBe(503);
  issuer.answers = true;
  expect(await push(issuer.token(claims()))).toBe(503);
  expect(issuer.asked()).toBe(1);
  await house.world.advance(60_000);
  for (const forged of [
    issuer.token(claims(), { key: issuer.stranger }),
    issuer.token(claims(), { header: { kid: "key-2" } }),
    issuer.token(claims(), { header: { kid: "key-3" } }),
  ])
    expect(await push(forged)).toBe(403);
  expect(issuer.asked()).toBe(2);
  // A large body of nobody's is not read.
  expect(await answeredBeforeBody(url)).toBe(403);
  expect(refused.filter((one) => one !== "google-keys")).toEqual([
    ...wrong.map(([reason]) => reason),
    "wrong-signature",
    "unknown-key",
    "unknown-key",
    "no-token",
  ]);
  expect(await hints()).toBe(0);

  // Acknowledged when it is kept; a replay has the device read once more, and nothing else.
  const good = issuer.token(claims());
  house.amapi.requests.clear();
  for (let times = 0; times < 3; times++) expect(await push(good)).toBe(204);
  expect(await hints()).toBe(1);
  await android.round();
  expect(await hints()).toBe(0);
  expect(house.amapi.requests.count("enterprises.devices.get")).toBe(1);
  expect(await house.view("PHONE-1")).toMatchObject({ platform: "android" });

  // What is no news of this enterprise is put away, or it would come again for a week.
  const data = (name: unknown) => Buffer.from(JSON.stringify({ name })).toString("base64");
  const attributes = { notificationType: "STATUS_REPORT" };
  for (const odd of [
    "",
    "%%%",
    "[]",
    JSON.stringify({ message: { attributes, data: data("enterprises/OTHER/devices/x") } }),
    JSON.stringify({ message: { attributes, data: data(`${house.enterprise}/devices/../policies/x`) } }),
    JSON.stringify({ message: { attributes, data: data({}) } }),
    JSON.stringify({ message: { attributes: { notificationType: "TEST" } } }),
    Buffer.alloc(300_000, "x"),
  ])
    expect(await push(good, odd)).toBe(204);
  expect(await hints()).toBe(0);
  // A device that Google does not know comes to nothing.
  const made_up = JSON.stringify({ message: { attributes, data: data(`${house.enterprise}/devices/0000`) } });
  expect(await push(good, made_up)).toBe(204);
  await android.round();
  const [{ count } = { count: 0 }] = await house.store.query<{ count: number }>(
    "select count(*) as count from reeve.device",
  );
  expect(count).toBe(1);

  // Nobody can read again where a lost device is: only what Google pushed of one that its record calls lost is shown.
  const told = (latitude: number, { device: name = String(device.name), ago = 0 } = {}) => {
    const publishTime = new Date(house.world.now() - ago).toISOString();
    const eventTime = publishTime;
    const location = { latitude, longitude: 8.54 };
    const usageLogEvents = [
      { eventTime, eventType: "LOST_MODE_LOCATION", lostModeLocationEvent: { location } },
    ];
    const usage = Buffer.from(JSON.stringify({ device: name, usageLogEvents })).toString("base64");
    return JSON.stringify({
      message: { attributes: { notificationType: "USAGE_LOGS" }, data: usage, publishTime },
    });
  };
  const bearer = () => issuer.token(claims());
  const place = async () => (await viewDeviceDetail(house.looking, "PHONE-1", locationOf)).location;
  // Google sends it again for a while: the record may be about to say so.
  expect(await push(bearer(), told(10))).toBe(503);
  expect(await push(bearer(), told(10, { ago: 10 * minute }))).toBe(204);
  expect(await push(bearer(), told(10, { device: `${house.enterprise}/devices/0000` }))).toBe(204);
  expect(await place()).toBeUndefined();
  house.commit(acting({ lost: "lostMode: {message: Please call}" }));
  await house.settle();
  await house.pass(2 * minute, minute);
  const early = told(47.37);
  expect(await push(bearer(), early)).toBe(503);
  await android.round();
  expect(await push(bearer(), early)).toBe(204);
  expect(await place()).toMatchObject({ latitude: 47.37, longitude: 8.54 });
  await house.pass(minute);
  for (const forged of [undefined, issuer.token(claims(), { key: issuer.stranger })])
    expect(await push(forged, told(1))).toBe(403);
  expect(await push(bearer(), told(2, { device: "enterprises/OTHER/devices/x" }))).toBe(204);
  expect(await push(bearer(), told(3, { ago: hour }))).toBe(204);
  expect(await place()).toMatchObject({ latitude: 47.37 });
  expect(await push(bearer(), told(48))).toBe(204);
  expect(await place()).toMatchObject({ latitude: 48 });
  await listening.close();
  await issuer.close();
});

/** Says that much will come, and sends nothing of it. */
function answeredBeforeBody(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: "POST", headers: { "content-length": "5000000" } }, (response) => {
      resolve(response.statusCode);
      asked.destroy();
    });
    asked.on("error", reject);
    asked.flushHeaders();
  });
}
