import { expect, test } from "vitest";
import { googleFault } from "../../../simulator/amapi/request-faults.ts";
import { pglite } from "../../../store/test-stores.ts";
import { androidHouse } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { organization, organizationWith, policy } from "../../manifests.ts";
import { fragment } from "./manifests.ts";

const [stores = pglite] = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const sites = ["bern", "oslo", "rome", "wien"];
const patch = "enterprises.policies.patch";
const move = "enterprises.devices.patch";

/** A policy for each site, which says what the site is to say. */
function revision(says: (site: string) => string): Readonly<Record<string, string>> {
  const each = sites.flatMap((site): [string, string][] => [
    [`${site}.yaml`, fragment(site, `shortSupportMessage: {defaultMessage: "${says(site)}"}`)],
    [`${site}-policy.yaml`, policy(`profiles: [{name: ${site}}]`, site, `groups: [${site}]`)],
    [
      `${site}-group.yaml`,
      `apiVersion: reeve/v1\nkind: DeviceGroup\nmetadata: {name: ${site}}\nspec: {selector: {match: {tag.site: ${site}}}}\n`,
    ],
  ]);
  return { "org.yaml": organization, ...Object.fromEntries(each) };
}

async function fleetOf(says: (site: string) => string, more: Readonly<Record<string, string>> = {}) {
  const house = await androidHouse({ stores, files: { ...revision(says), ...more } });
  const { requests } = house.amapi;
  const arrive = async (): Promise<void> => {
    for (const site of sites) await house.arrive([{}], { facts: { "tag.site": site } });
  };
  /** What each device last applied says of its site. */
  const said = (): readonly string[] =>
    house.amapi
      .devices()
      .map((device) => JSON.stringify(device.ledger.of("policy-applied").at(-1)?.content ?? {}))
      .map((text) => /"defaultMessage":"([^"]*)"/.exec(text)?.[1] ?? "nothing");
  const failed = (status: number): number => requests.entries.filter((one) => one.status === status).length;
  return { house, requests, arrive, said, failed };
}

const down = googleFault(503, "UNAVAILABLE", "The service is currently unavailable.");

test("a policy, or a device, that Google does not answer about is put off alone; when it answers about nothing, it is left alone", async () => {
  const { house, requests, arrive, said, failed } = await fleetOf((site) => site);
  await using _house = house;
  await arrive();
  await house.pass(5 * minute);
  expect(said()).toEqual(sites);

  // The first in the alphabet, and so in every order: what stands behind it must not wait.
  const path = `/v1/${house.enterprise}/policies/bern`;
  house.amapi.fail({ method: patch, path, times: 40, answer: down });
  house.commit(revision((site) => `${site} again`));
  await house.pass(2 * minute);
  expect(said()).toEqual(["bern", "oslo again", "rome again", "wien again"]);
  expect(house.controller.android?.faults()).toEqual([expect.stringMatching(/^bern-a: .*503.*unavailable/)]);
  await house.pass(20 * minute);
  expect(failed(503)).toBeGreaterThan(4);
  expect(failed(503)).toBeLessThan(15);

  const [first] = house.amapi.devices();
  house.amapi.fail({ method: "enterprises.devices.get", path: `/v1/${first?.name}`, answer: down });
  await house.controller.android?.round();
  house.controller.android?.hint(house.amapi.devices().map(({ name }) => name ?? ""));
  requests.clear();
  await house.controller.android?.round();
  await house.controller.android?.round();
  const got = requests.entries.filter(({ method }) => method === "enterprises.devices.get");
  expect(got.map(({ status }) => status)).toEqual([503, 200, 200, 200, 200]);

  // Each round tries a few, and those in turn.
  house.commit(revision((site) => `${site} at last`));
  await house.controller.reconciler.poll();
  await house.controller.reconciler.tick();
  house.amapi.fail({ method: patch, times: 1_000, answer: down });
  requests.clear();
  await expect(house.controller.android?.round()).rejects.toThrow("503");
  expect(requests.count(patch)).toBe(3);
});

test("an answer that was lost is looked up: nothing is sent twice that Google has", async () => {
  const { house, requests, arrive, said } = await fleetOf((site) => site);
  await using _house = house;
  requests.clear();
  house.amapi.fail({ method: move, times: 2, drop: "after-commit" });
  house.amapi.fail({ method: patch, skip: 1, times: 2, drop: "after-commit" });
  await arrive();
  await house.pass(10 * minute);
  expect(said()).toEqual(sites);
  expect([requests.count(patch), requests.count(move)]).toEqual([sites.length, sites.length]);

  // What never came is sent again.
  requests.clear();
  house.amapi.fail({ method: patch, times: 2, drop: "before-commit" });
  house.commit(revision((site) => `${site} again`));
  await house.pass(10 * minute);
  expect(said()).toEqual(sites.map((site) => `${site} again`));
  expect(requests.count(patch, "committed")).toBe(sites.length);
  expect(requests.count(patch)).toBe(sites.length + 2);
  for (const { serial } of house.amapi.devices())
    expect((await house.view(serial)).condition.type).toBe("Ready");
});

test("a device to which Google refuses to give its policy, or whose policy it refuses, is Stalled with Google's words until it takes it", async () => {
  const { house, said, failed } = await fleetOf((site) => site);
  await using _house = house;
  const refused = (text: string) => ({ times: 4, answer: googleFault(400, "INVALID_ARGUMENT", text) });
  house.amapi.fail({ method: move, ...refused("The device cannot have this policy.") });
  house.amapi.fail({
    method: patch,
    path: `/v1/${house.enterprise}/policies/oslo-a`,
    ...refused("It does not like this."),
  });
  await house.arrive([{}], { facts: { "tag.site": "bern" } });
  await house.arrive([{}], { facts: { "tag.site": "oslo" } });
  await house.pass(10_000, 10_000);
  const conditions = () =>
    Promise.all(house.amapi.devices().map(async ({ serial }) => (await house.view(serial)).condition));
  const types = async () => (await conditions()).map(({ type }) => type);
  expect(await types()).toEqual(["Reconciling", "Reconciling"]);
  for (let step = 0; step < 60 && (await types()).includes("Reconciling"); step++) await house.pass(minute);
  expect(await conditions()).toMatchObject([
    {
      type: "Stalled",
      reason: "PolicyRefused",
      message: expect.stringMatching(/^Google does not give it its policy bern-a: .*cannot have this policy/),
    },
    {
      type: "Stalled",
      reason: "PolicyRefused",
      message: expect.stringMatching(/^its policy is not at Google: .*does not like this/),
    },
  ]);
  await house.pass(3 * hour, 10 * minute);
  expect([failed(400), said(), await types()]).toEqual([8, ["bern", "oslo"], ["Ready", "Ready"]]);
});

test("a policy that nobody has is deleted after a day, and none that anybody has at Google, whoever that is", async () => {
  const limited = { "org.yaml": organizationWith(`deviceLimit: ${sites.length}`) };
  const { house, requests, arrive } = await fleetOf((site) => site, limited);
  await using _house = house;
  const { enterprise, am } = house;
  const heldIds = async (): Promise<readonly string[]> => {
    const { data } = await am.enterprises.policies.list({ parent: enterprise, pageSize: 100 });
    return (data.policies ?? []).map(({ name }) => name?.split("/").at(-1) ?? "").sort();
  };
  await arrive();
  await house.pass(3 * minute);
  // Somebody gives a device that reeve did not let in a policy of reeve's.
  const [stranger] = await house.arrive([{}]);
  const name = stranger?.name ?? "";
  const policyName = `${enterprise}/policies/rome-a`;
  await am.enterprises.devices.patch({ name, updateMask: "policyName", requestBody: { policyName } });
  // All devices are granted what one site was: two policies are nobody's.
  const files = { ...revision((site) => site), ...limited };
  for (const site of sites) delete (files as Record<string, string>)[`${site}-policy.yaml`];
  house.commit({ ...files, "policy.yaml": policy("profiles: [{name: oslo}]") });
  await house.pass(5 * minute);
  const before = await heldIds();
  requests.clear();
  await house.pass(20 * hour, 5 * hour);
  expect(await heldIds()).toEqual(before);
  await house.pass(20 * hour, 2 * hour);
  expect(await heldIds()).toEqual(before.filter((id) => id !== "wien-a"));
  expect(requests.count("enterprises.policies.delete")).toBe(2);

  await am.enterprises.devices.delete({ name });
  await house.pass(30 * hour, 5 * hour);
  expect(await heldIds()).not.toContain("rome-a");
});
