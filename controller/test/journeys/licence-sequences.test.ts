import fc from "fast-check";
import { expect, test } from "vitest";
import { importContentToken } from "../../loop/content-token.ts";
import type { ContentFault, Endpoint } from "../../simulator/fake-content.ts";
import { install, storesOfSuite } from "../installation.ts";
import { type Files, files, organizationWith, policy, slackId } from "../manifests.ts";

const stores = (await storesOfSuite()).slice(-1);
const adamId = "618783545";
const serials = ["SIM-1", "SIM-2", "SIM-3", "SIM-4"];

const faults = fc.record({
  endpoint: fc.constantFrom<Endpoint>(
    "assets/associate",
    "assets/disassociate",
    "status",
    "assignments",
    "assets",
  ),
  fault: fc.constantFrom<ContentFault>(
    { type: "answer lost" },
    { type: "request lost" },
    { type: "status", status: 500 },
    { type: "status", status: 429, number: 9646, retryAfter: 60 },
    { type: "event fails", number: 9603, serials: ["SIM-2"] },
  ),
});

/** Who is granted the app, what goes wrong meanwhile, and how long it is so. */
const steps = fc.record({
  granted: fc.subarray(serials, { minLength: 1 }),
  faults: fc.array(faults, { maxLength: 2 }),
  passes: fc.constantFrom(20_000, 90_000, 400_000),
});

function filesFor(granted: readonly string[]): Files {
  const app = `apiVersion: reeve/v1
kind: App
metadata: {name: slack}
spec: {apple: {bundleId: ${slackId}, appStoreId: ${adamId}, license: device}}
`;
  const who = `devices: [${granted.join(", ")}]`;
  return files({
    "org.yaml": organizationWith("membershipLoss: 100%, budgets: {removals: {devices: 1000, percent: 100%}}"),
    "slack.yaml": app,
    "policy.yaml": policy("apps: [{name: slack}]", "baseline", who),
  });
}

test.each(stores)(
  "on $name whatever goes wrong, no licence is associated twice, lost, or taken from a device that is granted the app",
  async (store) => {
    const drawn = fc.sample(steps, { numRuns: 8, seed: 5 });
    await using house = await install({
      stores: store,
      files: filesFor([]),
      devices: serials.map((serial) => ({ serial, platform: "ipados" as const, name: serial })),
      content: { assets: [{ adamId, total: 4 }], pageSize: 2 },
    });
    const { content } = house;
    await importContentToken(house.controller.content, content.token(), "it", false);
    await house.enroll();
    for (const [index, step] of drawn.entries()) {
      house.commit(filesFor(step.granted));
      for (const one of step.faults) content.fail(one.endpoint, one.fault);
      await house.pass(step.passes, step.passes / 5);
      if (index % 4 < 3) continue;
      await house.pass(1_800_000, 90_000);
      expect(content.books.holders(adamId)).toEqual(step.granted);
      for (const serial of serials) {
        const has = house.device(serial).snapshot().managedApps[slackId] === "Managed";
        expect([serial, has]).toEqual([serial, step.granted.includes(serial)]);
      }
    }
    // Whatever the service was asked for changed something: nothing was asked for that was so already.
    expect(content.books.ledger.filter((one) => !one.changed)).toEqual([]);
    expect(content.complaints).toEqual([]);
    expect(house.fleet.violations()).toEqual([]);
  },
  60_000,
);
