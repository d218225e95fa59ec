import { expect, test } from "vitest";
import { androidMembers, enrollFleet, type FleetMode, HOW } from "./fleet.ts";
import { type Bed, bed, DAY, HOUR, MINUTE } from "./test-amapi.ts";

const SWITCHES = { applicationReportsEnabled: true, softwareInfoEnabled: true, networkInfoEnabled: true };
const APPS = [1, 2, 3].map((number) => ({ packageName: `com.app${number}`, installType: "FORCE_INSTALLED" }));

/** A fleet on policies by turns, each with apps and reports. */
async function fleet(one: Bed, count: number, policies: number) {
  const tokens = new Map<string, string>();
  for (let number = 0; number < policies; number++) {
    const policyName = await one.policy(`p${number}`, {
      applications: APPS,
      statusReportingSettings: SWITCHES,
    });
    for (const [mode, { allowPersonalUsage }] of Object.entries(HOW)) {
      const requestBody = { policyName, allowPersonalUsage };
      const { data } = await one.am.enterprises.enrollmentTokens.create({
        parent: one.enterprise,
        requestBody,
      });
      tokens.set(`${number} ${mode}`, data.value ?? "");
    }
  }
  let at = 0;
  const codeFor = ({ mode }: { mode: FleetMode }) => tokens.get(`${at++ % policies} ${mode}`) ?? "";
  return enrollFleet(one.amapi, androidMembers(count), codeFor);
}

test("a fleet of all modes gets one change of a shared policy by one patch, and each device knows it", async () => {
  const one = await bed();
  const devices = await fleet(one, 300, 4);
  await one.world.advance(2 * MINUTE);
  expect(devices.every(({ ledger }) => ledger.of("app-installed").length === 3)).toBe(true);
  one.amapi.requests.clear();

  await one.policy("p1", { applications: APPS.slice(0, 2), playStoreMode: "WHITELIST" });
  await one.world.advance(2 * MINUTE);
  const without = devices.filter(({ ledger }) => ledger.of("app-uninstalled").length === 1);
  expect(without.length).toBe(75);
  expect(without.every(({ machine }) => machine.management?.applied?.name.endsWith("/p1"))).toBe(true);
  expect(one.amapi.requests.entries).toHaveLength(1);
  const modes = new Set(devices.map(({ machine }) => machine.management?.mode));
  expect([...modes].sort()).toEqual(["company-work-profile", "fully-managed", "work-profile"]);
});

test("the same fleet lives the same day again", async () => {
  const day = async () => {
    const one = await bed();
    const devices = await fleet(one, 20, 2);
    devices[3]?.be({ slow: true });
    await one.world.advance(HOUR);
    devices[5]?.user.setsPassword("1234");
    devices[8]?.user.resetsDevice();
    await one.world.advance(DAY);
    return devices.map(({ ledger }) => ledger.entries);
  };
  expect(await day()).toEqual(await day());
});
