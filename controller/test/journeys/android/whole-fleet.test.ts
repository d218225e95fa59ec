import { expect, test } from "vitest";
import { androidHouse } from "../../android-house.ts";
import { bothStores } from "../../installation.ts";
import { organization, policy } from "../../manifests.ts";
import { androidApp, fragment } from "./manifests.ts";

const long = process.env.REEVE_LONG === "1";
const count = long ? 5_000 : 40;
const sites = Array.from({ length: long ? 20 : 4 }, (_, index) => `site-${index}`);
const store = (await bothStores()).at(-1);
const minute = 60_000;

interface SupportMessage {
  readonly shortSupportMessage?: { readonly defaultMessage?: string };
}

/** A policy for each site; `values` says what differs from the first revision. */
function revision(values: Readonly<Record<string, number>> = {}): Readonly<Record<string, string>> {
  const each = sites.flatMap((site): [string, string][] => {
    const text = `shortSupportMessage: {defaultMessage: "${site} ${values[site] ?? 1}"}`;
    return [
      [`${site}-profile.yaml`, fragment(site, text)],
      [
        `${site}-policy.yaml`,
        policy(`profiles: [{name: ${site}}]\napps: [{name: mail}]`, site, `groups: [${site}]`),
      ],
      [
        `${site}-group.yaml`,
        `apiVersion: reeve/v1\nkind: DeviceGroup\nmetadata: {name: ${site}}\nspec: {selector: {match: {tag.site: ${site}}}}\n`,
      ],
    ];
  });
  return {
    "org.yaml": organization,
    "mail.yaml": androidApp("mail", "com.acme.mail"),
    ...Object.fromEntries(each),
  };
}

test(`${count} devices on ${sites.length} policies: each is moved once, and a change is one call for each policy that it changes`, {
  timeout: 3_600_000,
}, async () => {
  if (store === undefined) throw new Error("there is no store");
  await using house = await androidHouse({
    stores: store,
    files: revision(),
    readEveryMs: 5 * minute,
  });
  const { requests } = house.amapi;
  const siteOf = new Map<string, string>();
  const patches = (): number => requests.count("enterprises.policies.patch");
  const moves = (): number => requests.count("enterprises.devices.patch");
  /** Devices whose last policy is another one than their site's, with this number. */
  const behind = (value: (site: string) => number): readonly string[] =>
    house.amapi.devices().flatMap((device) => {
      const content = device.ledger.of("policy-applied").at(-1)?.content as SupportMessage | undefined;
      const text = content?.shortSupportMessage?.defaultMessage ?? "";
      const site = siteOf.get(device.serial) ?? "";
      return text === `${site} ${value(site)}` ? [] : [`${device.serial} of ${site}: ${text}`];
    });

  requests.clear();
  for (const site of sites) {
    const boxes = Array.from({ length: count / sites.length }, () => ({}));
    for (const { serial } of await house.arrive(boxes, { facts: { "tag.site": site } }))
      siteOf.set(serial, site);
  }
  await house.pass(30 * minute, 5 * minute);
  expect([patches(), moves()]).toEqual([sites.length, count]);
  expect(behind(() => 1)).toEqual([]);

  requests.clear();
  house.commit(revision({ "site-1": 2 }));
  await house.pass(15 * minute, 5 * minute);
  expect([patches(), moves()]).toEqual([1, 0]);
  expect(behind((site) => (site === "site-1" ? 2 : 1))).toEqual([]);

  requests.clear();
  // Replies are lost after they had their effect: that is looked up, and nothing is written again.
  house.amapi.fail({ method: "enterprises.policies.patch", times: 2, drop: "after-commit" });
  house.commit(revision(Object.fromEntries(sites.map((site) => [site, 3]))));
  await house.pass(20 * minute, 5 * minute);
  expect([patches(), moves()]).toEqual([sites.length, 0]);
  expect(behind(() => 3)).toEqual([]);
  const { devices } = await house.list();
  expect(devices.filter(({ condition }) => condition.type !== "Ready")).toEqual([]);
  expect(devices).toHaveLength(count);
  expect(requests.entries.filter(({ status }) => status === 429)).toEqual([]);
});
