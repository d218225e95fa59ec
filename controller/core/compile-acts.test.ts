import { expect, test } from "vitest";
import { loadPolicySet } from "../manifests/load-policy-set.ts";
import { deprovision, group, operation, organization } from "../test/manifests.ts";
import { compileActs, operationVerb } from "./compile-acts.ts";
import type { CompiledAct } from "./compiled.ts";
import type { Content } from "./granted.ts";

const one = "devices: [D1]";
const picture = Buffer.from("89504e470d0a1a0a", "hex");

/** Acts as they come of manifests, and the contents that they keep. */
function compiled(...manifests: readonly string[]) {
  const ipads = group("ipads", "match: {platform: ipados}");
  const files = {
    "org.yaml": Buffer.from(`${organization}---\n${ipads}`),
    "acts.yaml": Buffer.from(manifests.join("---\n")),
  };
  const entries = new Map(
    Object.entries({ ...files, "wall.png": picture }).map(([path, bytes]) => [
      path,
      { type: "file" as const, bytes },
    ]),
  );
  const loaded = loadPolicySet({ revision: "r", entries }, { now: Date.parse("2026-11-20T12:00:00Z") });
  expect(loaded.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const kept: Content[] = [];
  const acts = compileActs(loaded.set, (content) => `digest-${kept.push(content)}`);
  return { acts, kept };
}

function actOf(manifest: string): CompiledAct {
  return compiled(manifest).acts[0] as CompiledAct;
}

const whole = { company: "wipe", personal: undefined };
const work = { company: "unenroll", personal: "unenroll" };
const byOwner = { company: "wipe", personal: "unenroll" };

test("what is erased goes by who owns the device, and a whole personal device never is", () => {
  const wipe = (more: string) => actOf(operation("w", one, `wipe: {${more}}`, "  expectedDevices: 1")).verb;
  expect(wipe("")).toEqual(byOwner);
  expect(wipe("scope: device")).toEqual(whole);
  expect(wipe("scope: work")).toEqual(work);

  const gone = (state: string) => actOf(deprovision("d", one).replace("state: employee-left", state)).verb;
  expect(gone("state: employee-left")).toEqual(byOwner);
  expect(gone("state: other\n  wipe: device\n  recordAs: lost")).toEqual(whole);
  expect(gone("state: other\n  wipe: work\n  recordAs: lost")).toEqual(work);
});

test("an act is named with its generation, has had its former names with it, and says all that was written", () => {
  const lost = operation("find", one, "lostMode: {message: Please call, footnote: Us}", "  generation: 3");
  const renamed = lost.replace("{name: find}", "{name: find, renamedFrom: [search, look]}");
  expect(actOf(renamed)).toMatchObject({
    name: "Operation/find@3",
    formerly: ["Operation/search@3", "Operation/look@3"],
    verb: "lostMode",
    parameters: { message: "Please call", footnote: "Us" },
    target: { all: false, devices: new Set(["D1"]) },
    reason: "A test",
    expectedDevices: undefined,
    expiresAt: Date.parse("2030-01-01"),
    origin: { file: "acts.yaml", line: 1 },
  });
  expect(actOf(operation("again", one, "audit: {}"))).toMatchObject({
    name: "Operation/again@1",
    formerly: [],
    parameters: {},
  });
});

test("only a delivery that differs from the default is a parameter: what was approved keeps its digest", () => {
  const parametersWith = (more: string) =>
    compiled(operation("o", one, "lock: {}", more), deprovision("d", one, 1, more)).acts.map(
      ({ parameters }) => parameters,
    );
  expect(parametersWith("")).toStrictEqual([{}, { state: "employee-left" }]);
  expect(parametersWith("  delivery: once")).toEqual(parametersWith(""));
  const until = { delivery: "untilAcknowledged" };
  expect(parametersWith("  delivery: untilAcknowledged")).toEqual([
    until,
    { state: "employee-left", ...until },
  ]);
});

test("a deprovision says what it does with the record, and nothing that was not written", () => {
  const written = "recordAs: lost\n  reenrollGroup: ipads\n  keepEsim: true\n  evenIfLost: true";
  const manifest = deprovision("d", "devices: [D1, D2]", 2).replace(
    "state: employee-left",
    `state: other\n  wipe: device\n  ${written}`,
  );
  expect(actOf(manifest)).toMatchObject({ name: "Deprovision/d@1", expectedDevices: 2 });
  expect(actOf(manifest).parameters).toEqual({
    state: "other",
    recordAs: "lost",
    reenrollGroup: "ipads",
    keepEsim: true,
    evenIfLost: true,
  });
});

test("a picture is kept, and stands in the act by its digest: who approves the act approves the picture", () => {
  const manifest = operation("paint", one, "settings: {wallpaper: {image: wall.png, where: lock}}");
  const { acts, kept } = compiled(
    manifest,
    operation("name", one, "settings: {deviceName: X}"),
    operation("o", one, "lock: {}"),
  );
  expect(kept).toEqual([{ kind: "Image", bytes: picture.toString("base64") }]);
  expect(acts.map(({ parameters }) => parameters)).toContainEqual({
    wallpaper: { image: "digest-1", where: "lock" },
  });
  expect(acts.map(({ parameters }) => parameters)).toContainEqual({ deviceName: "X" });
});

test("an act of nothing is none", () => {
  expect(() => operationVerb({} as never)).toThrow("without a verb");
});
