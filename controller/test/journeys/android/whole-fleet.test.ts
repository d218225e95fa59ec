import { expect, test } from "vitest";
import type { RequestEntry } from "../../../simulator/amapi/request-ledger.ts";
import { type AndroidHouse, androidHouse } from "../../android-house.ts";
import { bothStores } from "../../installation.ts";
import { organization, policy } from "../../manifests.ts";
import { type MortalGoogle, mortalGoogle } from "../../mortal-google.ts";
import { androidApp, fragment } from "./manifests.ts";

const long = process.env.REEVE_LONG === "1";
const count = long ? 5_000 : 40;
const sites = Array.from({ length: long ? 20 : 4 }, (_, index) => `site-${index}`);
const store = (await bothStores()).at(-1);
const minute = 60_000;
const patch = "enterprises.policies.patch";
const move = "enterprises.devices.patch";
/** Every other device of a site. */
const [pixel, galaxy] = ["Pixel 9", "SM-S921B"] as const;

interface SupportMessage {
  readonly shortSupportMessage?: { readonly defaultMessage?: string };
}

/** A policy for each site; `values` says what differs from the first revision, `more` where one model gets more. */
function revision(
  values: Readonly<Record<string, number>> = {},
  more: readonly string[] = [],
  waves = "",
): Readonly<Record<string, string>> {
  const each = sites.flatMap((site): [string, string][] => {
    const text = `shortSupportMessage: {defaultMessage: "${site} ${values[site] ?? 1}"}`;
    return [
      [`${site}-profile.yaml`, fragment(site, text)],
      [
        `${site}-policy.yaml`,
        policy(`profiles: [{name: ${site}}]\napps: [{name: mail}]${waves}`, site, `groups: [${site}]`),
      ],
      [`${site}-group.yaml`, group(site, `tag.site: ${site}`)],
    ];
  });
  const added = more.map((site): [string, string] => [
    `${site}-more.yaml`,
    `${group(`${site}-more`, `tag.site: ${site}, model: ${galaxy}`)}---\n${policy("profiles: [{name: more}]", `${site}-more`, `groups: [${site}-more]`)}`,
  ]);
  return {
    "more.yaml": fragment("more", "cameraAccess: CAMERA_ACCESS_DISABLED"),
    ...Object.fromEntries(added),
    "org.yaml": organization,
    "mail.yaml": androidApp("mail", "com.acme.mail"),
    ...Object.fromEntries(each),
  };
}

function group(name: string, facts: string): string {
  return `apiVersion: reeve/v1\nkind: DeviceGroup\nmetadata: {name: ${name}}\nspec: {selector: {match: {${facts}}}}\n`;
}

/** Numbers below `below`, the same in every run (Park and Miller). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

test(`${count} devices on ${sites.length} policies: each is moved once, and a change is one call for each policy that it changes`, {
  timeout: 3_600_000,
}, async () => {
  if (store === undefined) throw new Error("there is no store");
  const mortal = mortalGoogle();
  await using house = await androidHouse({
    stores: store,
    files: revision(),
    readEveryMs: 5 * minute,
    between: mortal.between,
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
    const boxes = Array.from({ length: count / sites.length }, (_, index) => ({
      model: index % 2 === 0 ? pixel : galaxy,
    }));
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

  await inWaves(house, behind);
  await killed(house, mortal);
  // Half of the sites have their policies changed in place, and half of the devices of the others are moved.
  expect(behind((site) => (even.includes(site) ? 4 : 3))).toEqual([]);
  const withMore = house.amapi
    .devices()
    .filter(({ ledger }) => "cameraAccess" in (ledger.of("policy-applied").at(-1)?.content ?? {}));
  expect(withMore).toHaveLength(count / 4);
});

const even = sites.filter((_, index) => index % 2 === 0);
const odd = sites.filter((site) => !even.includes(site));

/** A revision that concerns every policy is carried out while reeve, and Google with its devices, end in the midst. */
async function killed(house: AndroidHouse, mortal: MortalGoogle): Promise<void> {
  const random = seeded(4);
  const past: RequestEntry[] = [];
  const made = (method: string): readonly RequestEntry[] =>
    [...past, ...house.amapi.requests.entries].filter((one) => one.method === method && one.committed);
  const after = (method: string, calls: number) => () => made(method).length >= calls;
  /** Rounds until the interruption has happened. */
  const until = async (happened: Promise<void>): Promise<void> => {
    const isOver = happened.then(() => true);
    for (let rounds = 0; rounds < 30; rounds++)
      if (await Promise.race([house.pass(minute).then(() => false), isOver])) return;
    throw new Error("nothing was interrupted");
  };
  const dieWhen = async (isTime: () => boolean): Promise<void> => {
    await until(mortal.interrupt(isTime, { dies: true }));
    await house.restart();
  };
  const die = (method: string, calls: number): Promise<void> => dieWhen(after(method, calls));

  house.amapi.requests.clear();
  house.commit(
    revision(Object.fromEntries([...even.map((site) => [site, 4]), ...odd.map((site) => [site, 3])]), odd),
  );
  const patches = sites.length;
  const moves = count / 4;
  const early = 1 + random(patches / 2);
  await die(patch, early);
  await die(patch, early + 1 + random(patches - early - 1));
  await die(move, 1 + random(moves / 4));
  // Google ends with its devices, and the answers of what it had done are lost.
  const half = moves / 2 + random(moves / 4);
  house.amapi.fail({ method: move, skip: half - made(move).length - 1, times: count, drop: "after-commit" });
  await until(mortal.interrupt(after(move, half), { dies: false, doing: house.stopGoogle }));
  await house.pass(2 * minute);
  past.push(...house.amapi.requests.entries);
  await house.startGoogle();
  // What it did not hear of, it looks up; and dies over that.
  await dieWhen(() =>
    house.amapi.requests.entries.some((one) => one.method?.startsWith("enterprises.devices.")),
  );
  const left = moves - made(move).length;
  if (left > 8) await die(move, moves - left + 1 + random(left - 8));
  await house.pass(20 * minute, 5 * minute);

  const paths = (method: string) => made(method).map(({ path, digest }) => `${path} ${digest}`);
  expect([made(patch).length, made(move).length]).toEqual([patches, moves]);
  expect(new Set([...paths(patch), ...paths(move)]).size).toBe(patches + moves);
  const { devices } = await house.list();
  expect(devices.filter(({ condition }) => condition.type !== "Ready")).toEqual([]);
  const reads = ["enterprises.policies.get", "enterprises.devices.get"].map((method) => made(method).length);
  if (long) console.info(JSON.stringify({ patches, moves, reads }));
  // Each death leaves one policy in doubt; devices are in doubt one by one only where the list did not tell.
  expect(reads[0]).toBeLessThanOrEqual(2);
}

/**
 * With waves: while some of the devices of a policy have its next version, that is one policy more, and each of them is
 * moved once; what comes to all is written in place.
 */
async function inWaves(
  house: AndroidHouse,
  behind: (value: (site: string) => number) => readonly string[],
): Promise<void> {
  const { requests } = house.amapi;
  const all = (value: number) => Object.fromEntries(sites.map((site) => [site, value]));
  const waves = "\nrollout: {waves: [20%, 100%], soak: 10m, minReports: 1}";
  requests.clear();
  house.commit(revision(all(4), [], waves));
  await house.pass(9 * minute, 3 * minute);
  expect(behind(() => 3)).toHaveLength(count / 5);
  expect([requests.count(patch), requests.count(move)]).toEqual([sites.length, count / 5]);
  await house.pass(60 * minute, 5 * minute);
  expect(behind(() => 4)).toEqual([]);
  expect([requests.count(patch), requests.count(move)]).toEqual([2 * sites.length, count / 5]);
  expect(requests.entries.filter(({ status }) => status === 429)).toEqual([]);
  house.commit(revision(all(3)));
  await house.pass(20 * minute, 5 * minute);
  expect(behind(() => 3)).toEqual([]);
}
