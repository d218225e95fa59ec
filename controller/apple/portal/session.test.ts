import { inspect } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FakeEnrollmentService, fakeEnrollmentService } from "../../simulator/fake-portal.ts";
import { ask } from "./capped-fetch.ts";
import { readServerToken, type ServerToken } from "./server-token.ts";
import { createEnrollmentService, type EnrollmentService } from "./session.ts";
import {
  assignProfile,
  defineProfile,
  lockActivation,
  readAccount,
  removeProfile,
} from "./setup-profiles.ts";
import { createTokenKey } from "./token-key.ts";

let apple: FakeEnrollmentService;
let serverToken: ServerToken;
let service: EnrollmentService;
beforeEach(async () => {
  apple = await fakeEnrollmentService({ now: Date.now });
  const key = await createTokenKey("business", Date.now());
  serverToken = readServerToken(apple.token(key.certificatePem, Date.now() + 60_000), key, Date.now());
  service = createEnrollmentService({ url: apple.url, token: serverToken, ask, clock: Date.now });
});
afterEach(() => apple.close());

test("one session serves many requests, each with the token of the reply before", async () => {
  expect(await readAccount(service)).toMatchObject({ organization: "Acme", serverName: "Reeve" });
  apple.add("A");
  const profile = { profile_name: "all", url: "https://mdm.example/automated/business" };
  const uuid = await defineProfile(service, profile);
  expect((await assignProfile(service, uuid, ["A", "B"])) as unknown).toMatchObject({
    outcomes: new Map([
      ["A", "SUCCESS"],
      ["B", "NOT_ACCESSIBLE"],
    ]),
  });
  expect(await assignProfile(service, "NOT-THERE", ["A"])).toBe("unknown");
  const removed = await removeProfile(service, ["A", "B"]);
  expect([...removed.outcomes.values()]).toEqual(["SUCCESS", "NOT_ACCESSIBLE"]);
  expect(apple.devices.get("A")).toMatchObject({ profile_status: "removed" });
  expect(await lockActivation(service, { serial: "A", message: "Acme" })).toBe("SUCCESS");
  expect(await lockActivation(service, { serial: "B" })).toBe("ORG_NOT_SUPPORTED");
  expect(apple.requests.filter((one) => one.path === "/session")).toHaveLength(1);
  expect(apple.complaints).toEqual([]);
});

test("a session that ended is begun anew once, and then it is a refusal", async () => {
  apple.expireSessions();
  await readAccount(service);
  apple.revoke();
  const before = apple.requests.length;
  await expect(readAccount(service)).rejects.toMatchObject({ code: "token-refused" });
  expect(apple.requests.slice(before).map((one) => one.path)).toEqual(["/account", "/session"]);
  apple.fail({ path: "/session", answer: { status: 200, body: { auth_session_token: "bad\nheader" } } });
  await expect(readAccount(service)).rejects.toMatchObject({ code: "portal-answer" });
});

test.each(["hunter2.hunter2", '{"auth_session_token": hunter2}'])(
  "an answer that is no JSON is told without a word of it, which may be a token: %s",
  async (body) => {
    const deaf = createEnrollmentService({
      url: apple.url,
      token: serverToken,
      ask: async () => ({ status: 200, header: () => undefined, body }),
      clock: Date.now,
    });
    const error = await readAccount(deaf).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "portal-answer" });
    expect(inspect(error)).toContain("is no JSON");
    expect(inspect(error)).not.toContain("hunt");
  },
);
