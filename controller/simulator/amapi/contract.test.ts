import { expect, test } from "vitest";
import { differencesOf } from "./contract-compare.ts";
import { recordContract } from "./contract-steps.ts";
import { bed } from "./test-amapi.ts";

test("the steps that the real service can be asked leave nothing behind, and each is answered as its name says", async () => {
  const { am, amapi, enterprise } = await bed();
  const recorded = await recordContract(am, enterprise);
  expect(recorded.map(({ step, status }) => `${status} ${step}`)).toEqual([
    "200 policy is made",
    "200 policy is patched without a change",
    "200 policy is patched by a mask",
    "400 enum that there is not",
    "400 field that there is not",
    "400 rule without a wipe",
    "200 app of a policy is modified",
    "404 device that there is not",
    "400 page token that nobody gave",
    "403 enterprise of somebody else",
    "200 token is made",
    "200 token is read",
    "200 token is deleted",
    "404 deleted token is read",
    "200 policy is deleted",
    "404 deleted policy is read",
  ]);
  expect([amapi.kept.policies.size, amapi.kept.tokens.size]).toEqual([0, 0]);
});

test("two services that differ only in names and times are alike; another behaviour is named", async () => {
  const [one, two, keeping] = [await bed(), await bed(), await bed({ knobs: { noopPatch: "keep" } })];
  await two.world.advance(5_000);
  const other = two.amapi.enterprise();
  const recorded = await recordContract(one.am, one.enterprise);
  expect(differencesOf(recorded, await recordContract(two.am, other))).toEqual([]);
  expect(differencesOf(recorded, await recordContract(keeping.am, keeping.enterprise))).toEqual([
    'policy is patched without a change: version is "2" and "1"',
    'policy is patched by a mask: version is "3" and "2"',
    'app of a policy is modified: policy.version is "4" and "3"',
  ]);
  const refused = recorded.map((one) =>
    one.step === "policy is made" ? { ...one, status: 500, body: {} } : one,
  );
  expect(differencesOf(refused, recorded)[0]).toBe("policy is made: 500 and 200");
});
