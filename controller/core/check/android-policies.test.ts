import { expect, test } from "vitest";
import { loadPolicySet } from "../../manifests/load-policy-set.ts";

const manifest = (kind: string, name: string, spec: string): string =>
  `apiVersion: reeve/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`;

/** The policies that Google would refuse, with what is to blame, and the milliseconds that it took to see. */
function refused(...manifests: readonly string[]) {
  const profiles = [
    manifest("Organization", "acme", "{timeZone: UTC}"),
    manifest("Profile", "functions", "{android: {appFunctions: APP_FUNCTIONS_DISALLOWED}}"),
    manifest(
      "Profile",
      "across",
      "{android: {crossProfilePolicies: {crossProfileAppFunctions: CROSS_PROFILE_APP_FUNCTIONS_ALLOWED}}}",
    ),
    manifest("Profile", "camera", "{android: {cameraAccess: CAMERA_ACCESS_DISABLED}}"),
  ];
  // Read in several files: how long one file takes is not asked here.
  const texts = [...profiles, ...manifests];
  const entries = texts.map(
    (text, index) => [`${index}.yaml`, { type: "file", bytes: Buffer.from(text) }] as const,
  );
  const started = process.threadCpuUsage();
  const { diagnostics } = loadPolicySet({ revision: "r", entries: new Map(entries) }, { now: 0 });
  const ms = process.threadCpuUsage(started).user / 1_000;
  const found = diagnostics.filter(({ rule }) => rule === "android-refused-policy");
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  return { ms, errors, found: found.map(({ origin, subject }) => `${origin.file} ${subject}`) };
}

const policy = (name: string, target: string, priority: number, ...profiles: readonly string[]): string =>
  manifest(
    "Policy",
    name,
    `{target: ${target}, priority: ${priority}, profiles: [${profiles.map((one) => `{name: ${one}}`).join()}]}`,
  );

test("a policy is told what it becomes together with those for all devices, where it is to blame", () => {
  const all = (name: string, priority: number, ...profiles: readonly string[]): string =>
    policy(name, "{all: true}", priority, ...profiles);
  const functions = all("functions", 1, "functions");
  const innocent = all("innocent", 2, "camera");
  const some = "{devices: [AAAA00001]}";
  const blamed = (...manifests: readonly string[]): readonly string[] => refused(...manifests).found;

  expect(blamed(functions, innocent, all("across", 3, "across"))).toEqual(["6.yaml Profile/across"]);
  expect(blamed(functions, innocent, policy("across", some, 3, "across"))).toEqual(["6.yaml Profile/across"]);
  // Each has it, whichever of them gives it.
  const twice = [all("across", 3, "across"), all("again", 4, "across")];
  expect(blamed(functions, ...twice)).toEqual(["5.yaml Profile/across", "6.yaml Profile/across"]);
  expect(blamed(innocent, ...twice)).toEqual([]);
});

test("policies for all devices are judged together, and not each with all others anew", () => {
  const apps = Array.from({ length: 200 }, (_, index) =>
    manifest("App", `a${index}`, `{android: {package: com.acme.a${index}}}`),
  );
  const policies = apps.map((_, index) =>
    manifest(
      "Policy",
      `q${index}`,
      `{target: {all: true}, priority: ${index + 1}, apps: [{name: a${index}}]}`,
    ),
  );
  const { ms, errors } = refused(...apps, ...policies);
  expect(errors).toEqual([]);
  expect(ms).toBeLessThan(1_000);
});
