import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newlyArmed } from "../core/armed.ts";
import { compile } from "../core/compile.ts";
import type { Compiled } from "../core/compiled.ts";
import { declarationsOf } from "../core/declarations.ts";
import { deliveredTo } from "../core/delivery.ts";
import { desiredOf } from "../core/desired.ts";
import type { GrantedItem } from "../core/granted.ts";
import { nothingObserved, type Observed } from "../core/observed.ts";
import { grantedOf } from "../core/test-situation.ts";
import { loadPolicySet } from "../manifests/load-policy-set.ts";
import { automatic, type Files, marker, organization, policy, profile } from "./manifests.ts";

const legacy = "com.apple.configuration.legacy";
const native = "com.apple.configuration.passcode.settings";

function compiled(files: Files): Compiled {
  const entries = new Map(
    Object.entries({ "org.yaml": organization, ...files }).map(
      ([path, text]) => [path, { type: "file", bytes: Buffer.from(text) }] as const,
    ),
  );
  const { set, diagnostics } = loadPolicySet({ revision: "r", entries }, { now: 0 });
  expect(diagnostics.filter((one) => one.severity === "error")).toEqual([]);
  return compile(set, {
    readProfileFile: () => ({ error: "there is none" }),
    secretFingerprint: (name) => name,
    driftCheckMs: 3_600_000,
    removalCeiling: { devices: 1, share: 1 },
  });
}

/** What a device that is like this is given of one profile. */
function given(text: string, traits: Readonly<Record<string, string>>, drift = "correct") {
  const set = compiled({ "p.yaml": text, "a.yaml": policy(`profiles: [{name: p, drift: ${drift}}]`) });
  const values = { platform: "ios", mode: "supervised", enrollment: "automated", ...traits };
  const facts = Object.entries(values)
    .filter(([, value]) => value !== "?")
    .map(([key, value]) => [key, { value, source: "reported" as const }]);
  const subject = {
    facts: Object.fromEntries(facts),
    named: [],
    channel: "device",
    user: undefined,
  } as const;
  return desiredOf(set, subject, undefined, 0);
}

function wayOf(text: string, traits: Readonly<Record<string, string>>, drift?: string): string {
  const [item] = given(text, traits, drift).items;
  return item?.parts?.find((part) => part.form === "configuration")?.type ?? item?.kind ?? "nothing";
}

const plain = automatic(marker("p"));

function code(rules: string): string {
  return `apiVersion: reeve/v1\nkind: Profile\nmetadata: {name: p}\nspec: {settings: {passcode: {${rules}}}}\n`;
}

describe("a profile goes by declaration where", () => {
  test.each([
    ["a phone has them", { osVersion: "17.4" }, legacy],
    ["the first version for everybody is there", { osVersion: "16.0" }, legacy],
    ["a device of User Enrollment has iOS 15", { osVersion: "15.2", enrollmentType: "user" }, legacy],
    ["a Mac has them", { platform: "macos", osVersion: "13.1" }, legacy],
    ["an Apple TV has them", { platform: "tvos", osVersion: "16.0" }, legacy],
  ])("%s", (_name, traits, way) => expect(wayOf(plain, traits)).toBe(way));

  test.each([
    ["a phone of another enrollment has iOS 15", { osVersion: "15.7" }],
    ["an Apple TV is too old", { platform: "tvos", osVersion: "15.9" }],
    ["a Mac is too old", { platform: "macos", osVersion: "12.7" }],
    ["its version is not known", { osVersion: "?" }],
    ["its supervision is not known", { osVersion: "17.4", mode: "?" }],
    ["its enrollment is not known", { osVersion: "17.4", enrollment: "?" }],
  ])("and not where %s", (_name, traits) => expect(wayOf(plain, traits)).toBe("Profile"));

  const modern = { osVersion: "26.1" };
  test.each([
    ["it must", marker("p")],
    ["it ends by itself", automatic(marker("p", 1, "removeAfter: 30d"))],
    ["its user may remove it", automatic(marker("p", 1, "removable: always"))],
    ["it is a network", automatic(profile("p", "type: com.apple.wifi.managed, content: {SSID_STR: Acme}"))],
    [
      "it holds a certificate",
      automatic(profile("p", "type: com.apple.security.root, content: {PayloadContent: {$data: AAAA}}")),
    ],
    ["it is encrypted", marker("p").replace("delivery: profile", "encrypt: always")],
  ])("and not where %s", (_name, text) => expect(wayOf(text, modern)).toBe("Profile"));

  test("and not where its policy only reports drift", () => {
    expect(wayOf(plain, modern, "report")).toBe("Profile");
  });
});

describe("rules for a passcode", () => {
  test.each([
    ["are declared where all can be said", "minLength: 6, allowSimple: false", {}, native],
    ["are wrapped where none is required", "minLength: 6, required: false", {}, legacy],
    [
      "are wrapped on a system that does not know a key",
      "requireAlphanumeric: true",
      { osVersion: "16.1" },
      legacy,
    ],
    ["are declared on one that does", "requireAlphanumeric: true", { osVersion: "16.2" }, native],
  ])("%s", (_name, rules, traits, way) => {
    expect(wayOf(code(rules), { osVersion: "26.1", ...traits })).toBe(way);
  });

  test.each(["auto", "profile"])("that erase a device sooner are found out, by %s", (delivery) => {
    const text = (attempts: number) =>
      code(`minLength: 6, maxFailedAttempts: ${attempts}`).replace(
        "}}}",
        `}}, apple: {delivery: ${delivery}}}`,
      );
    const set = (attempts: number) =>
      compiled({ "p.yaml": text(attempts), "a.yaml": policy("profiles: [{name: p}]") });
    expect(newlyArmed(set(11), set(6)).join()).toContain("after 6 wrong passcodes");
    expect(newlyArmed(set(6), set(6))).toEqual([]);
  });
});

const wish = fc.record({
  value: fc.constantFrom("1", "2"),
  minLength: fc.constantFrom(4, 6),
  delivery: fc.constantFrom("auto", "declaration"),
  rank: fc.constantFrom("first", "second"),
});

test("sets are equal exactly when what is declared is, whoever chose that it is declared", () => {
  const phone = { osVersion: "26.1" };
  const parts = ({ value, minLength, delivery }: { value: string; minLength: number; delivery: string }) => {
    const wrapped = marker("p", value).replace("delivery: profile", `delivery: ${delivery}`);
    const items: readonly GrantedItem[] = [
      ...given(wrapped, phone).items,
      ...given(code(`minLength: ${minLength}`), phone).items.map((item) => ({ ...item, key: "Profile/q" })),
    ];
    return declarationsOf(grantedOf(items), {}).token;
  };
  fc.assert(
    fc.property(wish, wish, (one, other) => {
      const alike = one.value === other.value && one.minLength === other.minLength;
      expect(parts(one) === parts(other)).toBe(alike);
    }),
    { numRuns: 30 },
  );
});

describe("what was granted by preference", () => {
  const whole = grantedOf(given(plain, { osVersion: "26.1" }).items);
  const kinds = (observed: Partial<Observed>, awaits = false) =>
    deliveredTo(whole, { ...nothingObserved, ...observed }, awaits).items.map((item) => item.kind);

  test("goes as a profile in Setup Assistant, and to a device that does not take it", () => {
    expect(kinds({})).toEqual(["Declarations"]);
    expect(kinds({}, true)).toEqual(["Profile"]);
    expect(kinds({ supports: [] })).toEqual(["Profile"]);
    expect(kinds({ rejects: ["DeclarativeManagement"] })).toEqual(["Profile"]);
    expect(kinds({ supports: [legacy, "com.apple.activation.simple"] })).toEqual(["Declarations"]);
  });

  test("has the content and the version that it would have had anyway", () => {
    const [item] = deliveredTo(whole, nothingObserved, true).items;
    const [profiled] = given(marker("p"), { osVersion: "26.1" }).items;
    expect([item?.digest, item?.uuid]).toEqual([profiled?.digest, profiled?.uuid]);
  });
});
