import { expect, test } from "vitest";
import { enrollmentProfile, type Invitation } from "../../loop/enroll.ts";
import { enrollmentLink } from "../../loop/links.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { listEvents } from "../../store/events.ts";
import { pglite } from "../../store/test-stores.ts";
import { authenticate, challengeFor, identityFor, say, scep, tokenUpdate } from "../hand-made.ts";
import { type Installation, install, storesOfSuite, testTopic } from "../installation.ts";
import { baseline, device, group, marker, organizationWith, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const server = stores.at(-1) ?? pglite;
const hour = 3_600_000;

function withOrganization(spec: string, more: Readonly<Record<string, string>> = {}) {
  return { ...baseline, ...more, "org.yaml": organizationWith(spec) };
}

test.each(stores)("on $name the limit of devices lets in as many as it says", async (store) => {
  await using house = await install({
    stores: store,
    files: withOrganization("deviceLimit: 2"),
    devices: [],
  });
  await house.settle();
  const ids = ["UDID-1", "UDID-2", "UDID-3"];
  const identities = await Promise.all(ids.map(() => identityFor(house)));
  const early = await challengeFor(house);
  const statuses = await Promise.all(
    identities.map((identity, index) => authenticate(house, identity, ids[index] ?? "")),
  );
  expect(statuses.toSorted()).toEqual([200, 200, 403]);
  const inside = statuses.indexOf(200);
  const outside = statuses.indexOf(403);
  expect(await said(house)).toEqual([
    `a device that says S-UDID-${outside + 1}: refused, the limit of 2 devices is reached`,
  ]);

  // Nobody is invited beyond it, and a challenge made before it was reached is not used up in vain.
  await expect(enrollmentLink(house.controller.enroll, invitation(house))).rejects.toMatchObject({
    code: "device-limit",
    message: "2 devices are enrolled, and the Organization allows no more",
  });
  await expect(enrollmentProfile(house.controller.enroll, invitation(house), true)).rejects.toMatchObject({
    code: "device-limit",
  });
  expect(await scep(house, { challenge: early })).toMatchObject({ ok: false });

  // Who is in stays in, and comes back by the invitation for its serial number.
  const [again, leaver] = [ids[inside] ?? "", identities[inside]];
  if (leaver === undefined) throw new Error("nobody is in");
  expect(await authenticate(house, leaver, again)).toBe(200);
  await tokenUpdate(house, leaver, again);
  const fresh = await identityFor(house, { serial: `S-${again}` });
  expect(await authenticate(house, fresh, again)).toBe(200);

  await say(house, fresh, { MessageType: "CheckOut", Topic: testTopic, UDID: again });
  const late = await scep(house, { challenge: early });
  if (!late.ok) throw new Error(late.reason);
  expect(await authenticate(house, late.identity, "UDID-4")).toBe(200);
  expect(await authenticate(house, identities[outside] ?? fresh, ids[outside] ?? "")).toBe(403);
});

test("without a group of its invitation a device joins the default group of its platform", async () => {
  const groups = {
    "pads.yaml": group("pads", "match: {tag.shelf: pads}"),
    "lab.yaml": group("lab", "match: {tag.shelf: lab}"),
    "m.yaml": marker("for-pads"),
    "p.yaml": policy("profiles: [{name: for-pads}]", "pads", "groups: [pads]"),
  };
  await using house = await install({
    stores: server,
    files: withOrganization("defaultGroups: {ipados: pads}", groups),
    devices: [
      { serial: "SIM-1", platform: "ipados", name: "one" },
      { serial: "SIM-2", platform: "ipados", name: "two" },
      { serial: "SIM-3", platform: "ios", name: "three" },
    ],
  });
  await house.settle();
  await house.enroll([house.device("one"), house.device("three")]);
  const named = await enrollmentProfile(
    house.controller.enroll,
    { ...invitation(house), group: "lab" },
    true,
  );
  expect(await house.device("two").enroll(named)).toEqual({ ok: true });
  await house.settle();

  expect(await groupsOf(house, "SIM-1")).toEqual([{ name: "pads", because: "default for ipados" }]);
  expect(await groupsOf(house, "SIM-2")).toEqual([{ name: "lab", because: "enrolled into it" }]);
  expect(await groupsOf(house, "SIM-3")).toEqual([]);
  expect((await viewExplanation(house.looking, "SIM-1", "Profile/for-pads")).items).toMatchObject([
    { state: "verified" },
  ]);
});

test("who may enroll is what the Organization says", async () => {
  const rules = "enrollment: {platforms: [ipados], personal: refuse, unknownDevices: refuse}";
  await using house = await install({
    stores: server,
    files: withOrganization(rules, { "d.yaml": device("known", "S-UDID-1") }),
    devices: [],
  });
  await house.settle();
  const personal: Invitation = { ...invitation(house), ownership: "personal" };
  await expect(enrollmentLink(house.controller.enroll, personal)).rejects.toMatchObject({
    code: "personal-not-allowed",
  });
  expect(await authenticate(house, await identityFor(house), "UDID-1")).toBe(200);
  expect(await authenticate(house, await identityFor(house), "UDID-2")).toBe(403);
  const phone = { ProductName: "iPhone15,2", SerialNumber: "S-UDID-1" };
  const about = { MessageType: "Authenticate", Topic: testTopic, UDID: "UDID-9", ...phone };
  expect(await say(house, await identityFor(house), about)).toBe(403);
  expect(await said(house)).toEqual([
    "a device that says S-UDID-1: refused, ios may not enroll",
    "a device that says S-UDID-2: refused, no Device manifest and no register names it",
  ]);
  expect(await viewDevices(house.looking, { limit: 5 }, { enrollment: "all" })).toMatchObject({
    devices: [{ serial: "S-UDID-1" }],
  });
});

function invitation(house: Installation): Invitation {
  return { uses: 1, expiresAt: house.world.now() + hour, by: "test" };
}

async function said(house: Installation): Promise<readonly string[]> {
  const events = await listEvents(house.store, { types: ["enrollment.refused"], limit: 10 });
  return events.map((event) => event.message);
}

async function groupsOf(house: Installation, word: string) {
  return (await viewExplanation(house.looking, word, undefined)).groups;
}
