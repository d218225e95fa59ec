import { generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { secretOf } from "../config/secret.ts";
import { Retry, Stalled, UserError } from "../errors.ts";
import { isUnanswered } from "./failure.ts";
import { type Google, type GoogleOptions, google } from "./google.ts";
import { refusal, type Scripted, testGoogle } from "./test-google.ts";

const device = "enterprises/e/devices/d";

/** A client of a server with these answers, without a quota of its own. */
async function open(answers: readonly Scripted[], more: Partial<GoogleOptions> = {}) {
  const server = await testGoogle(...answers);
  const pauses: (number | undefined)[] = [];
  const throttle = { take: async () => {}, exhausted: (ms?: number) => void pauses.push(ms) };
  const client = google({ access: { type: "emulator", rootUrl: server.url }, throttle, ...more });
  return { client, server, pauses, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const get = (client: Google) =>
  client.manage({ urgency: "sync" }, (management, common) =>
    management.enterprises.devices.get({ name: device }, common),
  );

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

test("a call reaches the address it was given, and its answer comes back", async () => {
  await using opened = await open([{ status: 200, json: { name: device, appliedPolicyVersion: "7" } }]);
  expect(await get(opened.client)).toEqual({
    type: "answer",
    data: { name: device, appliedPolicyVersion: "7" },
  });
  expect(opened.server.came).toEqual([
    { method: "GET", path: `/v1/${device}`, body: "", authorization: "Bearer emulator" },
  ]);
});

test("policies and events go out as they are", async () => {
  await using opened = await open([
    { status: 200, json: { version: "1" } },
    { status: 200, json: {} },
  ]);
  const name = "enterprises/e/policies/p";
  await opened.client.manage({ urgency: "sync" }, (management, common) =>
    management.enterprises.policies.patch(
      { name, requestBody: { maximumTimeToLock: "60000", shortSupportMessage: {} } },
      common,
    ),
  );
  await opened.client.messages({}, (pubsub, common) =>
    pubsub.projects.subscriptions.pull(
      { subscription: "projects/p/subscriptions/s", requestBody: { maxMessages: 100 } },
      common,
    ),
  );
  expect(opened.server.came.map(({ method, path, body }) => [method, path, body])).toEqual([
    ["PATCH", `/v1/${name}`, '{"maximumTimeToLock":"60000","shortSupportMessage":{}}'],
    ["POST", "/v1/projects/p/subscriptions/s:pull", '{"maxMessages":100}'],
  ]);
});

test.each<readonly [string, Scripted, typeof Retry | typeof Stalled | typeof UserError, string]>([
  [
    "a device that is gone",
    refusal(404, "NOT_FOUND", "Requested entity was not found."),
    Stalled,
    "google-gone",
  ],
  [
    "a device that is gone, said otherwise",
    refusal(400, "FAILED_PRECONDITION", "Device is no longer being managed"),
    Stalled,
    "google-gone",
  ],
  [
    "a wrong value",
    refusal(400, "INVALID_ARGUMENT", "Invalid value at 'policy.x'"),
    Stalled,
    "google-refused",
  ],
  ["a policy in use", refusal(400, "FAILED_PRECONDITION", "in use"), Stalled, "google-refused"],
  [
    "no credentials",
    refusal(401, "UNAUTHENTICATED", "invalid authentication"),
    UserError,
    "google-credentials",
  ],
  [
    "a deleted service account",
    { status: 400, json: { error: "invalid_grant", error_description: "account not found" } },
    UserError,
    "google-credentials",
  ],
  ["no right", refusal(403, "PERMISSION_DENIED", "Caller is not authorized"), UserError, "google-permission"],
  ["another writer", refusal(409, "ABORTED", "conflict"), Retry, "google-conflict"],
  ["a name that is taken", refusal(409, "ALREADY_EXISTS", "exists"), Stalled, "google-refused"],
  ["a call that nobody has", refusal(501, "UNIMPLEMENTED", "no"), Stalled, "google-refused"],
  ["a gateway", { status: 502, json: "<html>" }, Retry, "google-unanswered"],
  ["a broken connection", (request) => request.socket.destroy(), Retry, "google-unanswered"],
  [
    "a page instead of an answer",
    (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>Sign in</html>"),
    Retry,
    "google-unanswered",
  ],
  [
    "half an answer",
    (_, response) => response.writeHead(200, { "content-type": "application/json" }).end('{"name":'),
    Retry,
    "google-unanswered",
  ],
])("%s", async (_, answer, kind, code) => {
  await using opened = await open([answer]);
  const error = await failure(get(opened.client));
  expect(error).toBeInstanceOf(kind);
  expect(error).toMatchObject({ code });
  expect(isUnanswered(error)).toBe(code === "google-unanswered");
});

test("nothing is sent a second time by itself, neither reads nor writes", async () => {
  await using opened = await open([refusal(503, "UNAVAILABLE", "try later")]);
  await failure(get(opened.client));
  await failure(
    opened.client.manage({ urgency: "lock" }, (management, common) =>
      management.enterprises.devices.issueCommand({ name: device, requestBody: { type: "LOCK" } }, common),
    ),
  );
  expect(opened.server.came.map(({ method }) => method)).toEqual(["GET", "POST"]);
});

test("a used up quota empties the bucket, for a minute or for as long as Google says", async () => {
  const message = "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute'";
  const later = { "retry-after": "90" };
  await using opened = await open([
    refusal(429, "RESOURCE_EXHAUSTED", message),
    { status: 429, json: { error: { code: 429, status: "RESOURCE_EXHAUSTED", message } }, headers: later },
    refusal(403, "PERMISSION_DENIED", message, [{ reason: "RATE_LIMIT_EXCEEDED" }]),
  ]);
  for (const afterMs of [60_000, 90_000, 60_000])
    expect(await failure(get(opened.client))).toMatchObject({ code: "google-quota", afterMs });
  expect(opened.pauses).toEqual([60_000, 90_000, 60_000]);
});

test("a server that does not answer is given up", async () => {
  await using opened = await open([() => {}], { timeoutMs: 50 });
  expect(await failure(get(opened.client))).toMatchObject({ name: "Retry", code: "google-unanswered" });
});

test("a server that never ends its answer is given up too", async () => {
  const half: Scripted = (_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).write('{"name":');
  };
  await using opened = await open([half], { timeoutMs: 50 });
  expect(await failure(get(opened.client))).toMatchObject({ code: "google-unanswered" });
});

test("a caller that stops waiting is let go", async () => {
  const stop = new AbortController();
  await using opened = await open([() => stop.abort()]);
  const call = opened.client.manage({ urgency: "sync", signal: stop.signal }, (management, common) =>
    management.enterprises.devices.get({ name: device }, common),
  );
  expect(await failure(call)).toMatchObject({ code: "google-unanswered" });
});

test.each([
  ["by its length", (body: Buffer) => ({ body, headers: { "content-length": String(body.length) } })],
  ["packed", (body: Buffer) => ({ body: gzipSync(body), headers: { "content-encoding": "gzip" } })],
])("an answer that is too large is not read: %s", async (_, made) => {
  const { body, headers } = made(Buffer.from(JSON.stringify({ name: "x".repeat(2_000_000) })));
  const answer: Scripted = (_request, response) =>
    void response.writeHead(200, { "content-type": "application/json", ...headers }).end(body);
  await using small = await open([answer], { mostBytes: 1_000_000 });
  expect(await failure(get(small.client))).toMatchObject({ code: "google-unanswered" });
  await using large = await open([answer], { mostBytes: 4_000_000 });
  expect(await get(large.client)).toMatchObject({ type: "answer" });
});

test("no redirect is followed", async () => {
  await using elsewhere = await testGoogle({ status: 200, json: {} });
  await using opened = await open([{ status: 302, headers: { location: elsewhere.url } }]);
  expect(await failure(get(opened.client))).toMatchObject({ name: "Retry" });
  expect(elsewhere.came).toEqual([]);
});

test("an answer that nothing was to be done is one", async () => {
  await using opened = await open([{ status: 304 }]);
  expect(await get(opened.client)).toEqual({ type: "unchanged" });
});

test("a passcode that Google repeats is in no part of the error", async () => {
  const echo = refusal(400, "INVALID_ARGUMENT", `Invalid value at 'new_password', "hunter2-hunter2"\n\u0007`);
  await using opened = await open([echo]);
  const error = await failure(
    opened.client.manage({ urgency: "command" }, (management, common) =>
      management.enterprises.devices.issueCommand(
        { name: device, requestBody: { type: "RESET_PASSWORD", newPassword: "hunter2-hunter2" } },
        common,
      ),
    ),
  );
  expect(error).toMatchObject({
    code: "google-refused",
    message: `Invalid value at 'new_password', "[secret]"`,
  });
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("hunter2");
});

test("a secret that was put into a policy is in no part of the error", async () => {
  await using opened = await open([refusal(400, "INVALID_ARGUMENT", 'Invalid value, "p4ss"')]);
  const call = opened.client.manage({ urgency: "sync", secrets: ["p4ss"] }, (management, common) =>
    management.enterprises.policies.patch(
      { name: "enterprises/e/policies/p", requestBody: { openNetworkConfiguration: { Any: "p4ss" } } },
      common,
    ),
  );
  expect(await failure(call)).toMatchObject({ message: 'Invalid value, "[secret]"' });
});

test.each([
  ["no JSON", "-----BEGIN PRIVATE KEY-----"],
  ["another kind of file", JSON.stringify({ type: "authorized_user", client_email: "a", private_key: "b" })],
  ["no key", JSON.stringify({ type: "service_account", client_email: "a@b", private_key: "topsecret" })],
])("a key file that is none is refused before anything is sent, and not shown: %s", (_, text) => {
  const throttle = { take: async () => {}, exhausted: () => {} };
  const make = () => google({ access: { type: "service-account", key: secretOf(text) }, throttle });
  expect(make).toThrow(UserError);
  expect(make).toThrow("the key of the service account is not one");
});

test("the key file of a service account is taken as Google gives it", () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const file = {
    type: "service_account",
    client_email: "reeve@acme.iam.gserviceaccount.com",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
  };
  const throttle = { take: async () => {}, exhausted: () => {} };
  const key = secretOf(JSON.stringify(file));
  expect(() => google({ access: { type: "service-account", key }, throttle })).not.toThrow();
});

test("an emulator has an address", () => {
  const throttle = { take: async () => {}, exhausted: () => {} };
  const make = () => google({ access: { type: "emulator", rootUrl: "localhost:8080" }, throttle });
  expect(make).toThrow("is no address of an emulator");
});
