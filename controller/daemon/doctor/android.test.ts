import { generateKeyPairSync } from "node:crypto";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Finding } from "../../cli/doctor.ts";
import { type Config, loadConfig } from "../../config.ts";
import { subscribe, subscriptionOf } from "../../loop/android/subscribe.ts";
import { type Amapi, startAmapi } from "../../simulator/amapi/emulator.ts";
import { virtualWorld } from "../../simulator/world.ts";
import { configuredGoogle } from "../android.ts";
import { checkAndroid } from "./android.ts";

const project = "acme-devices";
const email = `reeve@${project}.iam.gserviceaccount.com`;
const { publicKey, privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

let amapi: Amapi;
let enterprise: string;
beforeAll(async () => {
  // Tokens are signed by the clock of this machine.
  amapi = await startAmapi({ world: virtualWorld(Date.now()), serviceAccounts: { [email]: publicKey } });
  enterprise = amapi.enterprise({ projectId: project });
});
afterAll(() => amapi.close());

function configured(more: Readonly<Record<string, string | undefined>> = {}, key: object = {}): Config {
  const account = {
    type: "service_account",
    project_id: project,
    client_email: email,
    private_key: privateKey,
  };
  const env = {
    REEVE_ANDROID__EMULATOR_URL: amapi.rootUrl,
    REEVE_ANDROID__ENTERPRISE: enterprise,
    REEVE_ANDROID__PROJECT: project,
    REEVE_ANDROID__SERVICE_ACCOUNT: JSON.stringify({ ...account, ...key }),
    ...more,
  };
  return loadConfig({ cwd: tmpdir(), env });
}

/** Everything but what says that an emulator is asked, and that the policy for enrollments is not there. */
async function findings(config = configured()): Promise<readonly Finding[]> {
  const found = await checkAndroid({
    config,
    now: Date.now,
    offline: false,
    ask: () => Promise.reject(new Error()),
  });
  return found.filter(({ says }) => !/emulator|reeve-enrollment/.test(says));
}

const answers = { check: "Android", status: "pass", says: expect.stringContaining("Google answers") };
const warning = (says: RegExp, hint: RegExp, status = "warn") => ({
  check: "Android events",
  status,
  says: expect.stringMatching(says),
  hint: expect.stringMatching(hint),
});

test("the key must be one that Google knows, of the project that is meant", async () => {
  const other = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  expect(await findings(configured({}, { private_key: other.privateKey }))).toMatchObject([
    {
      status: "fail",
      says: expect.stringMatching(/does not accept/),
      hint: expect.stringMatching(/key of a/),
    },
  ]);
  const [first, second] = await findings(configured({}, { project_id: "someone-else" }));
  expect(first).toMatchObject({
    status: "warn",
    says: expect.stringMatching(/of the project someone-else, and android.project is acme-devices/),
    hint: expect.stringMatching(/Set a key of acme-devices/),
  });
  expect(second).toEqual(answers);
  expect(await findings(configured({ REEVE_ANDROID__ENTERPRISE: "enterprises/LCother" }))).toMatchObject([
    {
      status: "fail",
      says: `enterprises/LCother is not one of ${project}, which has ${enterprise}`,
      hint: expect.stringMatching(/Set android.enterprise/),
    },
  ]);
  expect(await findings(configured({ REEVE_ANDROID__ENTERPRISE: undefined }))).toMatchObject([
    { status: "warn", hint: expect.stringMatching(/reeve android sign-up/) },
  ]);
  expect(await findings(configured({ REEVE_ANDROID__PROJECT: undefined }))).toEqual([
    answers,
    warning(/none are taken/, /Set android.project/),
  ]);
});

test("each thing that keeps events from coming is named, with what to do about it", async () => {
  const names = subscriptionOf(enterprise, project);
  const made = /A running daemon makes it/;
  expect(await findings()).toEqual([
    answers,
    warning(/there is no topic projects\/acme-devices\/topics\/reeve-LC/, made),
    warning(/there is no subscription/, made),
    warning(/publishes nothing/, made),
  ]);
  expect(amapi.kept.topics.size).toBe(0);

  await subscribe(configuredGoogle(configured()), names);
  expect(await findings()).toEqual([
    answers,
    { check: "Android events", status: "pass", says: `they are taken from ${names.subscription}` },
  ]);

  const { topics, subscriptions, enterprises } = amapi.kept;
  const [topic, subscription] = [topics.get(names.topic), subscriptions.get(names.subscription)];
  const body = enterprises.get(enterprise)?.body ?? {};
  if (topic === undefined || subscription === undefined) throw new Error("it was made above");
  topic.bindings = [];
  subscriptions.set(names.subscription, {
    ...subscription,
    topic: "projects/p/topics/other",
    ackDeadlineMs: 10_000,
    expiresAfterMs: 31 * 86_400_000,
  });
  body.enabledNotificationTypes = ["COMMAND"];
  expect(await findings()).toEqual([
    answers,
    warning(/may not publish to .*android-cloud-policy@system.gserviceaccount.com/, made),
    warning(/reads projects\/p\/topics\/other/, /Delete it/, "fail"),
    warning(/anew after 10 s/, /120 s/),
    warning(/deleted when nobody reads it for 31 d/, /never expire/),
    warning(/does not publish ENROLLMENT, STATUS_REPORT, USAGE_LOGS$/, made),
  ]);
  body.pubsubTopic = "projects/p/topics/other";
  expect((await findings()).at(-1)).toEqual(
    warning(/they go to projects\/p\/topics\/other/, /Clear the enterprise's pubsubTopic/, "fail"),
  );
  const answer = { status: 403, body: { error: { code: 403, status: "PERMISSION_DENIED", message: "no" } } };
  amapi.fail({ method: "pubsub.projects.topics.getIamPolicy", answer });
  expect(await findings()).toEqual([answers, warning(/does not allow/, /Enable the Pub\/Sub API/, "fail")]);
});
