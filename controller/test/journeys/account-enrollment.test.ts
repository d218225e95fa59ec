import { expect, test } from "vitest";
import { createAccountCode } from "../../loop/account-enrollment.ts";
import { renewedProfile } from "../../loop/enroll.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import type { Member } from "../../simulator/fleet.ts";
import { listEvents } from "../../store/events.ts";
import { authenticate, challengeIn, identityFor, say, scep, transportOf } from "../hand-made.ts";
import { type Installation, install, storesOfSuite, testTopic } from "../installation.ts";
import { app, baseline, marker, operation, organization, policy, slackId } from "../manifests.ts";

const stores = await storesOfSuite();
const ada = "Ada@acme.example";
const domain = "https://mdm.test";
const phone: Member = { serial: "SIM-1", platform: "ios", name: "PHONE", supervised: false, ownApps: 0 };
/** Everything that can be asked of a device, every day. */
const inventory = `apiVersion: reeve/v1
kind: InventorySchedule
metadata: {name: all}
spec:
  collect: [device, security, restrictions, applications, profiles, certificates, users, activationLock]
  every: 1d
`;
const files = {
  "org.yaml": organization,
  "work.yaml": [marker("work"), app("slack", slackId)].join("---\n"),
  "p.yaml": policy("profiles: [{name: work}]\napps: [{name: slack}]\ninventory: [all]", "work"),
  "all.yaml": inventory,
};

test.each(stores)(
  "on $name a person signs in, and his own phone is managed without saying which phone it is",
  async (store) => {
    await using house = await open(store, "user", [phone]);
    const code = await codeFor(house);
    const mine = house.device("PHONE");
    // Codes are typed as people type.
    const typed = code.toLowerCase().replaceAll("-", " ");
    expect(await mine.signIn({ domain, account: "ada@ACME.example", code: typed })).toEqual({ ok: true });
    await house.pass(1_200_000);
    const [view] = await devices(house);
    expect(view).toMatchObject({
      owner: ada,
      ownership: "personal",
      condition: { type: "Ready" },
    });
    expect(view?.serial).toBeUndefined();
    expect(view?.udid).toBeUndefined();
    const said = JSON.stringify(await viewExplanation(house.looking, view?.id ?? "", undefined));
    for (const secret of [mine.serial, mine.udid, mine.hardware.imei ?? "?"])
      expect(said).not.toContain(secret);
    expect(Object.keys(mine.snapshot().profiles)).toContain("reeve.profile.work");

    // For weeks nothing is sent that is not meant for such a phone, and its identity is renewed as it was obtained.
    await house.pass(3 * 86_400_000, 6 * 3_600_000);
    expect(house.fleet.violations()).toEqual([]);
    const row = await house.store.channels.read(mine.enrollmentId() ?? "");
    if (row === undefined) throw new Error("no channel");
    const again = (await renewedProfile(house.controller.enroll, row))?.toString("latin1") ?? "";
    expect(again).toContain("<string>BYOD</string>");
    expect(again).toContain("<string>ada@acme.example</string>");
    expect(again).not.toContain("AccessRights");
    house.commit({ ...files, ...baseline, "slack.yaml": "" });
    await house.settle();
    const message = expect.stringContaining("minLength (does not exist in User Enrollment)");
    expect(await devices(house)).toMatchObject([{ condition: { message } }]);
  },
);

test.each(stores)(
  "on $name a Mac of User Enrollment is asked for less, and acts that it forbids are refused",
  async (store) => {
    await using house = await open(store, "user", [{ ...phone, platform: "macos", name: "MAC" }]);
    const mac = house.device("MAC");
    expect(await mac.signIn({ domain, account: ada, code: await codeFor(house) })).toEqual({ ok: true });
    await house.settle();
    const id = (await devices(house))[0]?.id ?? "";
    house.commit({
      ...files,
      "acts.yaml": [
        operation("wipe", `devices: [${id}]`, "wipe: {scope: device}", "  expectedDevices: 1"),
        operation("lock", `devices: [${id}]`, "lock: {message: Hello}"),
        operation("restart", `devices: [${id}]`, "reboot: {}"),
        operation("look", `devices: [${id}]`, "audit: {}"),
      ].join("---\n"),
    });
    await house.settle();
    await house.pass(26 * 3_600_000, 2 * 3_600_000);
    expect(house.fleet.violations()).toEqual([]);
    expect((await devices(house))[0]).toMatchObject({ condition: { type: "Ready" } });
    const refused = (await listEvents(house.store, { limit: 200 })).filter(
      (one) => one.type === "act.refused",
    );
    expect(refused.map((one) => one.message).filter((one) => /User Enrollment/.test(one ?? ""))).toHaveLength(
      3,
    );
  },
);

test.each(stores)(
  "on $name whole devices of an organization enroll with an account as well",
  async (store) => {
    await using house = await open(store, "device", [phone]);
    expect(await house.device("PHONE").signIn({ domain, account: ada, code: await codeFor(house) })).toEqual({
      ok: true,
    });
    await house.pass(1_200_000);
    expect(await devices(house)).toMatchObject([
      { serial: "SIM-1", owner: ada, ownership: "company", condition: { type: "Ready" } },
    ]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name a code is good for its account, as often as it was made for, until it expires",
  async (store) => {
    await using house = await open(store, "user", [phone, { ...phone, serial: "SIM-2", name: "OTHER" }]);
    const code = await codeFor(house);
    const [mine, other] = [house.device("PHONE"), house.device("OTHER")];
    const wrong = { ok: false, reason: "the sign-in failed" };
    expect(await other.signIn({ domain, account: "lea@acme.example", code })).toEqual(wrong);
    expect(
      await other.signIn({
        domain,
        account: ada,
        code: code.replace(/.$/, (last) => (last === "7" ? "8" : "7")),
      }),
    ).toEqual(wrong);
    expect(await mine.signIn({ domain, account: ada, code })).toEqual({ ok: true });
    expect(await other.signIn({ domain, account: ada, code })).toEqual(wrong);
    const late = await codeFor(house);
    await house.pass(2 * 3_600_000, 3_600_000);
    expect(await other.signIn({ domain, account: ada, code: late })).toEqual(wrong);
  },
);

test("nobody gets a profile without a token, and no token is good twice or for another kind of enrollment", async () => {
  const store = stores[0];
  if (store === undefined) throw new Error("no store");
  await using house = await open(store, "user", [phone]);
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    transportOf(house)({
      method: "POST",
      url: `${domain}/account-enrollment${path}`,
      headers,
      body: Buffer.from(body),
    });
  expect((await post("", "x")).status).toBe(401);
  for (const authorization of [
    "Bearer AAAAAAAAAAAAAAAAAAAAAA",
    "Bearer ",
    "Basic x",
    `Bearer ${"x".repeat(5000)}`,
  ])
    expect((await post("", "x", { authorization })).status).toBe(403);
  expect((await post("/sign-in", "x".repeat(10_000))).status).toBe(413);
  const hostile = await post(
    "/sign-in",
    `user-identifier=${encodeURIComponent('"><script>alert(1)</script>')}&code=x`,
  );
  expect(hostile.status).toBe(403);
  expect(hostile.body.toString()).not.toContain("<script>");

  const form = new URLSearchParams({ "user-identifier": ada, code: await codeFor(house) });
  const signedIn = await post("/sign-in", form.toString());
  const token = new URL(signedIn.headers.location ?? "").searchParams.get("access-token") ?? "";
  const first = await post("", "x", { authorization: `Bearer ${token}` });
  expect(first.status).toBe(200);
  expect((await post("", "x", { authorization: `Bearer ${token}` })).status).toBe(403);

  // What it lets in is a device of User Enrollment, and other profiles let none in.
  const personal = await scep(house, { challenge: challengeIn(house, first.body) });
  if (!personal.ok) throw new Error(personal.reason);
  expect(await authenticate(house, personal.identity, "UDID-1")).toBe(403);
  const about = { Topic: testTopic, ProductName: "iPhone17,3", OSVersion: "26.1" };
  const whole = await identityFor(house);
  expect(await say(house, whole, { MessageType: "Authenticate", EnrollmentID: "E-1", ...about })).toBe(403);
  // A number that such a device cannot know is not believed.
  const claim = { MessageType: "Authenticate", EnrollmentID: "E-2", SerialNumber: "SIM-1", ...about };
  expect(await say(house, personal.identity, claim)).toBe(200);
  const [view] = await devices(house);
  expect(view?.serial).toBeUndefined();
});

test("where nobody may sign in there is nothing to be found", async () => {
  const store = stores[0];
  if (store === undefined) throw new Error("no store");
  await using house = await open(store, undefined, [phone]);
  const nothing = await house.device("PHONE").signIn({ domain, account: ada, code: "0000" });
  expect(nothing).toEqual({ ok: false, reason: "the domain names no management" });
  await expect(codeFor(house)).rejects.toThrow("nobody may sign in with an account here");
});

async function open(
  stores: Parameters<typeof install>[0]["stores"],
  accounts: "user" | "device" | undefined,
  devices: readonly Member[],
) {
  const house = await install({ stores, files, devices, parts: { accounts } });
  await house.settle();
  expect(house.controller.reconciler.sourceState().refused).toBeUndefined();
  return house;
}

function codeFor(house: Installation): Promise<string> {
  const invitation = {
    uses: 1,
    expiresAt: house.world.now() + 3_600_000,
    by: "test",
    ownership: "company",
  } as const;
  return createAccountCode(house.controller.enroll, invitation, ada);
}

async function devices(house: Installation) {
  return (await viewDevices(house.looking, { limit: 10 }, { enrollment: "all" })).devices;
}
