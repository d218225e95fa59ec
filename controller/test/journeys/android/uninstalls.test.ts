import fc from "fast-check";
import { expect, test } from "vitest";
import { resume, suspend } from "../../../loop/control.ts";
import type { AndroidDevice } from "../../../simulator/amapi/device/android-device.ts";
import { budgetUsed } from "../../../store/control.ts";
import { type AndroidHouse, androidHouse } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { type Files, organizationWith, policy } from "../../manifests.ts";
import { androidApp, fragment } from "./manifests.ts";
import { planned, removing } from "./planned.ts";

const [store] = await storesOfSuite();
if (store === undefined) throw new Error("there is no store");
const minute = 60_000;
const person = { name: "it-duty" };

const openStore = "playStoreMode: BLACKLIST";
const budgetOf = (devices: number): string => `budgets: {removals: {devices: ${devices}}}`;

const exempt = (serial: string, lift: string): string => `apiVersion: reeve/v1
kind: Device
metadata: {name: exempt}
spec: {match: {serial: ${serial}}}
---
apiVersion: reeve/v1
kind: Exemption
metadata: {name: trip}
spec: {target: {devices: [exempt]}, lift: [${lift}], until: 2027-01-31T00:00:00Z, reason: a trip}
`;

const inventory = `apiVersion: reeve/v1
kind: InventorySchedule
metadata: {name: apps}
spec: {collect: [applications], every: 1d}
`;
const watching = policy("profiles: [{name: shop}]\ninventory: [apps]");

/** What policies took from a device, and what its user put there is among it. */
const lost = ({ ledger }: AndroidDevice): readonly string[] =>
  ledger.of("app-uninstalled").flatMap(({ packageName, by }) => (by === "policy" ? [packageName] : []));

test("a store that is closed takes users' apps: the plan says which, the budget how many at a time, and who is kept back keeps them", async () => {
  const shop = (keys: string, more: Files = {}): Files => ({
    "org.yaml": organizationWith(budgetOf(2)),
    "shop.yaml": fragment("shop", keys),
    "shut.yaml": fragment("shut", "playStoreMode: WHITELIST"),
    "policy.yaml": policy("profiles: [{name: shop}]"),
    ...more,
  });
  await using house = await androidHouse({ stores: store, files: shop(openStore) });
  const serials = ["SN-1", "SN-2", "SN-3", "SN-4", "SN-5", "SN-6"];
  const devices = await house.arrive(serials.map((serial) => ({ serial })));
  await house.pass(3 * minute);
  for (const device of devices) device.user.installs("com.games");
  devices[0]?.user.installs("com.chess");
  await house.pass(2 * minute);
  const [suspended, exempted] = [devices[1], devices[2]];
  await suspend(house.looking, "device", "SN-2", "a case", person);
  const exemption = { "exempt.yaml": exempt("SN-3", "Profile/shut") };
  const shut = policy("priority: 200\nprofiles: [{name: shut}]", "closing");
  const closed = shop(openStore, { ...exemption, "closing.yaml": shut });

  // Nobody collects the apps of these devices: which ones go is not known.
  const plan = await planned(house, closed);
  const cause = "by Profile/shut: all that the policy does not name";
  expect(removing(plan)).toEqual([
    ["remove", "other apps", 2, `${cause}: unknown on 4, of 4 devices alike`],
    ["remove", "other apps", 1, `suspended: a case; ${cause}: unknown on 1`],
    ["hold", "Profile/shut", 2, "apps that the policy does not name stay: removal budget used up"],
  ]);
  expect(plan.removals).toMatchObject({ budget: 2 });
  // Who collects them is told.
  const watched = shop(openStore, { "inventory.yaml": inventory, "policy.yaml": watching });
  house.commit(watched);
  await house.pass(2 * minute);
  for (const device of devices) device.user.installs("com.cards");
  await house.pass(3 * minute);
  expect(removing(await planned(house, { ...watched, ...exemption, "closing.yaml": shut }))[0]).toEqual([
    "remove",
    "other apps",
    2,
    `${cause}: 3 known: com.cards on 4, com.games on 4, com.chess on 1, of 4 devices alike`,
  ]);

  house.commit(closed);
  await house.pass(6 * minute);
  const gone = () => devices.filter((one) => lost(one).includes("com.games")).map(({ serial }) => serial);
  expect(gone()).toHaveLength(2);
  const { devices: shown } = await house.list();
  const held = shown.filter(({ condition }) => condition.reason === "RemovalHeld");
  expect(held).toHaveLength(2);
  expect(held[0]?.condition.message).toBe(
    "Profile/shut is held back: apps that the policy does not name stay: removal budget used up",
  );

  await house.pass(61 * minute, 10 * minute);
  expect(gone()).toEqual(["SN-1", "SN-4", "SN-5", "SN-6"]);
  expect([suspended, exempted].map((one) => one && lost(one))).toEqual([[], []]);
  expect(lost(devices[0] as AndroidDevice).toSorted()).toEqual(["com.cards", "com.chess", "com.games"]);

  // Nothing is asked for over and over by those who wait.
  house.amapi.requests.clear();
  await house.pass(30 * minute, 5 * minute);
  expect(house.amapi.requests.entries.filter(({ http }) => http !== "GET")).toEqual([]);
});

const long = process.env.REEVE_LONG === "1";
const fleet = ["SN-1", "SN-2", "SN-3", "SN-4"];

interface Step {
  readonly budget: number;
  readonly store: "open" | "closed" | "silent" | "kept";
  readonly mail: "required" | "blocked" | "absent";
  readonly chat: "required" | "available" | "absent";
  readonly exempt: boolean;
  readonly suspended: number | undefined;
  readonly offline: number | undefined;
}

const steps: fc.Arbitrary<Step> = fc.record({
  budget: fc.constantFrom(0, 2, 4, 4),
  store: fc.constantFrom("open", "closed", "silent", "kept"),
  mail: fc.constantFrom("required", "blocked", "absent"),
  chat: fc.constantFrom("required", "available", "absent"),
  exempt: fc.boolean(),
  suspended: fc.option(fc.nat(fleet.length - 1), { nil: undefined }),
  offline: fc.option(fc.nat(fleet.length - 1), { nil: undefined }),
});

const stores: Readonly<Record<Step["store"], string>> = {
  open: openStore,
  closed: "playStoreMode: WHITELIST",
  silent: "cameraAccess: CAMERA_ACCESS_DISABLED",
  kept: "uninstallAppsDisabled: true",
};

function filesOf({ budget, store: shop, mail, chat, exempt: isExempt }: Step): Files {
  const apps = [
    ...(mail === "absent" ? [] : [`{name: mail, install: ${mail}}`]),
    ...(chat === "absent" ? [] : [`{name: chat, install: ${chat}}`]),
  ];
  return {
    "org.yaml": organizationWith(budgetOf(budget)),
    "shop.yaml": fragment("shop", stores[shop]),
    "mail.yaml": androidApp("mail", "com.acme.mail"),
    "chat.yaml": androidApp("chat", "com.acme.chat"),
    "policy.yaml": policy(`priority: 200\nprofiles: [{name: shop}]\napps: [${apps.join(", ")}]`),
    "base.yaml": fragment("base", openStore),
    "below.yaml": policy("profiles: [{name: base}]", "below"),
    ...(isExempt ? { "exempt.yaml": exempt("SN-3", "Profile/shop") } : {}),
  };
}

const names: Readonly<Record<string, string>> = {
  "com.acme.mail": "App/mail",
  "com.acme.chat": "App/chat",
  "com.games": "other apps",
};

/** A fleet that goes through steps, and what it lost on the way. */
class Walk {
  readonly house: AndroidHouse;
  readonly devices: readonly AndroidDevice[];
  /** Devices that lost something, step by step. */
  losers = 0;

  constructor(house: AndroidHouse, devices: readonly AndroidDevice[]) {
    this.house = house;
    this.devices = devices;
  }

  async take(step: Step): Promise<void> {
    const { house, devices } = this;
    const kept = step.suspended === undefined ? undefined : devices[step.suspended];
    const before = devices.map(lost);
    this.#comeAndGo(step, kept);
    // Who comes back is given what was granted to it meanwhile.
    await house.pass(2 * minute);
    if (kept !== undefined) await suspend(house.looking, "device", kept.serial, "a case", person);
    const had = devices.map(lost);
    const told = await this.#told(filesOf(step));
    const since = house.world.now();
    house.commit(filesOf(step));
    await house.pass(4 * minute);
    for (const [index, device] of devices.entries())
      this.#judge(step, told, device, lost(device).slice(had[index]?.length));
    this.losers += devices.filter((one, index) => lost(one).length > (before[index]?.length ?? 0)).length;
    const used = (from: number) => budgetUsed(house.store, "removals", from);
    expect(await used(since - 1), JSON.stringify(step)).toBeLessThanOrEqual(step.budget);
    expect(this.losers, JSON.stringify(step)).toBeLessThanOrEqual(await this.#counted());
    if (kept !== undefined) await resume(house.looking, "device", kept.serial, person);
  }

  /** What was counted, a device once for each commit. */
  async #counted(): Promise<number> {
    const rows = await this.house.store.query("select distinct device, subject from reeve.budget_use");
    return rows.length;
  }

  #comeAndGo({ offline }: Step, kept: AndroidDevice | undefined): void {
    for (const [index, device] of this.devices.entries()) {
      if (offline === index && device !== kept) device.goOffline();
      else if (!device.machine.online) device.goOnline();
      if (device.machine.online) device.user.installs("com.games");
    }
  }

  /** What a plan says that goes, now or when the budget lets it. */
  async #told(files: Files): Promise<ReadonlySet<string>> {
    return new Set(removing(await planned(this.house, files)).map(([, key]) => String(key)));
  }

  #judge(step: Step, told: ReadonlySet<string>, device: AndroidDevice, packages: readonly string[]): void {
    const what = `${device.serial}: ${JSON.stringify(step)}`;
    // What no policy names any more, and stayed in an open store, is another app by now.
    const isOther = { "com.acme.mail": step.mail === "absent", "com.acme.chat": step.chat === "absent" };
    const untold = packages.filter((one) => {
      const namesIt = told.has(names[one] ?? "") || told.has("Profile/shop");
      return !namesIt && !(told.has("other apps") && isOther[one as keyof typeof isOther]);
    });
    expect(untold, what).toEqual([]);
    if (device === this.devices[step.suspended ?? -1]) expect(packages, what).toEqual([]);
    if (step.exempt && device.serial === "SN-3") expect(packages, what).not.toContain("com.games");
  }
}

test("whatever is committed, suspended, lifted and away: no device loses what the plan did not say, more than the budget counted, or anything while it is kept back", {
  timeout: 600_000,
}, async () => {
  const many = long ? { minLength: 8, maxLength: 20 } : { minLength: 6, maxLength: 6 };
  await fc.assert(
    fc.asyncProperty(fc.array(steps, many), async (sequence) => {
      const first = filesOf({ ...(sequence[0] as Step), store: "open" });
      await using house = await androidHouse({ stores: store, files: first });
      const devices = await house.arrive(fleet.map((serial) => ({ serial })));
      await house.pass(3 * minute);
      const walk = new Walk(house, devices);
      for (const step of sequence) {
        await walk.take(step);
        // Time enough that the window moves on in the midst of a sequence.
        await house.pass(16 * minute, 8 * minute);
      }
      if (!long) expect(walk.losers).toBeGreaterThan(1);
    }),
    { endOnFailure: true, ...(long ? { numRuns: 20 } : { numRuns: 1, seed: 7 }) },
  );
});
