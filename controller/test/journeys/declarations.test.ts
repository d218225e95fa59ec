import { expect, test } from "vitest";
import { legacyIdentifier } from "../../core/declared-identifier.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { bothStores, type Installation, install } from "../installation.ts";
import { type Files, files, marker, policy } from "../manifests.ts";

const stores = await bothStores();

/** A Profile with declarations of its own, in YAML flow style. */
function declared(name: string, ...declarations: readonly string[]): string {
  return `apiVersion: reeve/v1
kind: Profile
metadata: {name: ${name}}
spec:
  apple:
    declarations:
${declarations.map((one) => `      - {${one}}`).join("\n")}
`;
}

function echo(text: string, more = ""): string {
  return `type: com.apple.configuration.management.test, content: {Echo: "${text}"${more}}`;
}

function wrapped(value: number): string {
  return marker("wrapped", value).replace("  apple:\n", "  apple:\n    delivery: declaration\n");
}

function set(...more: readonly [string, string][]): Files {
  const names = more.map(([name]) => `{name: ${name}}`).join(", ");
  const manifests = Object.fromEntries(more.map(([name, text]) => [`${name}.yaml`, text]));
  return files({ ...manifests, "policy.yaml": policy(`profiles: [${names}]`) });
}

const iphone = { serial: "SIM-1", platform: "ios", name: "IPHONE-1", supervised: true } as const;

async function stateOf(house: Installation, key: string) {
  const view = await viewExplanation(house.looking, "SIM-1", key);
  return view.items[0];
}

test.each(stores)("on $name what is declared comes, changes and goes by declaration", async (store) => {
  await using house = await install({
    stores: store,
    files: set(["hello", declared("hello", echo("one"))], ["wrapped", wrapped(1)]),
    devices: [iphone],
  });
  const device = house.device("SIM-1");

  await house.enroll();
  await house.settle();
  const first = device.snapshot();
  expect(first.declarations["reeve.profile.hello:test"]).toMatchObject({
    payload: { Echo: "one" },
    active: true,
    valid: "valid",
  });
  expect(first.profiles["reeve.profile.wrapped"]?.payloads[0]).toMatchObject({ reeveTest: "1" });
  expect(first.profiles["reeve.profile.wrapped"]?.signature).toBe("verified");
  expect(await stateOf(house, "Profile/hello")).toMatchObject({ state: "verified" });
  expect(await stateOf(house, "Profile/wrapped")).toMatchObject({ state: "verified" });
  const installs = device.ledger.of("command").filter((one) => one.requestType === "InstallProfile");
  expect(installs).toEqual([]);

  house.commit(set(["hello", declared("hello", echo("two"))], ["wrapped", wrapped(1)]));
  await house.settle();
  expect(device.snapshot().declarations["reeve.profile.hello:test"]?.payload).toEqual({ Echo: "two" });
  expect(device.ledger.of("declarations").at(-1)?.fetched).toEqual(["reeve.profile.hello:test"]);
  expect(await stateOf(house, "Profile/hello")).toMatchObject({ state: "verified" });

  house.commit(set(["hello", declared("hello", echo("two"))]));
  await house.settle();
  expect(device.snapshot().profiles["reeve.profile.wrapped"]).toBeUndefined();
  expect(device.snapshot().declarations[legacyIdentifier("reeve.profile.wrapped")]).toBeUndefined();

  house.commit(set(["other", marker("other")]));
  await house.settle();
  expect(device.snapshot().declarations).toEqual({});
  expect(house.fleet.violations()).toEqual([]);
});
