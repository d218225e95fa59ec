import { readProfileFile } from "../apple/profile-file.ts";
import { compile } from "../core/compile.ts";
import type { Compiled } from "../core/compiled.ts";
import { type DesiredStates, desiredStates } from "../core/desired-states.ts";
import { planFleet } from "../core/plan.ts";
import type { AdmissionGroup } from "../core/ports.ts";
import { loadPolicySet } from "../manifests/load-policy-set.ts";
import { createManifestReader } from "../manifests/manifest-reader.ts";
import type { Figure } from "./figure.ts";
import { type DeviceState, groupRows, openGates, settledStates } from "./fleet-states.ts";
import { type Measurement, median, memory, timed } from "./measure.ts";
import { policyTree } from "./policies.ts";

const manifests = 1_000;

export const validating: Measurement = {
  name: "validate",
  about: "1,000 manifests read, validated, cross-checked and compiled",
  async run({ quick }) {
    const tree = policyTree(manifests);
    const ports = { readProfileFile, now: Date.now() };
    const first = timed(() => loadPolicySet(tree, ports));
    const { summary } = first.result;
    if (summary.valid !== manifests || summary.errors > 0)
      throw new Error("the manifests of the bench are invalid");
    const group = "validate 1,000 manifests";
    const again = median(quick ? 1 : 5, () => loadPolicySet(tree, ports));
    const reader = { ...ports, readManifests: createManifestReader() };
    loadPolicySet(tree, reader);
    let turn = 0;
    const changed = median(quick ? 2 : 6, () =>
      compilePolicies(loadPolicySet(policyTree(manifests, turn++ % 2 === 0 ? 42 : undefined), reader).set),
    );
    const compiling = median(quick ? 1 : 5, () => compilePolicies(loadPolicySet(tree, ports).set));
    return [
      { group, name: "first time, as the command line does", value: first.ms, unit: "ms" },
      { group, name: "again in a warm process", value: again, unit: "ms" },
      { group, name: "the same with compilation", value: compiling, unit: "ms" },
      { group, name: "a commit that changes one file, with compilation", value: changed, unit: "ms" },
      ...memoryFigures(group),
    ];
  },
};

export const planning: readonly Measurement[] = [
  { devices: 100_000, states: 2_000, personal: false },
  { devices: 1_000_000, states: 2_000, personal: false },
  { devices: 100_000, states: 100_000, personal: true },
].map(({ devices, states, personal }) => ({
  name: `plan-${devices / 1_000}k-${states === devices ? "distinct" : states}`,
  about: `${devices.toLocaleString("en-US")} devices in ${states.toLocaleString("en-US")} distinct states`,
  async run({ quick }) {
    const scale = quick ? 10 : 1;
    return measurePlan({ devices: devices / scale, states: states / scale, personal });
  },
}));

interface FleetSize {
  readonly devices: number;
  readonly states: number;
  readonly personal: boolean;
}

function measurePlan({ devices, states, personal }: FleetSize): Figure[] {
  const before = compilePolicies(loadPolicySet(policyTree(manifests), { now: 0 }).set);
  const after = compilePolicies(loadPolicySet(policyTree(manifests, 42), { now: 0 }).set);
  const distinct = settledStates(before, states, personal);
  const rows = Array.from({ length: devices }, (_, index) => distinct[index % states] as DeviceState);
  const group = `plan ${devices.toLocaleString("en-US")} devices, ${states === devices ? "all distinct" : `${states.toLocaleString("en-US")} states`}`;
  const grouping = timed(() => groupRows(rows));
  const groups = grouping.result;
  const cold = timed(() => plan(after, groups, desiredStates(after)));
  expectTouched(cold.result.plan.devices - cold.result.plan.unchanged, devices);
  const used = memory();
  const rounds = states === devices ? 3 : 15;
  const whole = median(rounds, () => plan(after, groups, desiredStates(after)));
  const known = desiredStates(before);
  plan(before, groups, known);
  const commit = median(rounds, () => plan(after, groups, desiredStates(after, known)));
  const aims = devices === 1_000_000;
  return [
    { group, name: "grouping of the rows in memory", value: grouping.ms, unit: "ms" },
    { group, name: "a whole plan, from nothing", value: cold.ms, unit: "ms" },
    {
      group,
      name: "grouping and plan together",
      value: grouping.ms + cold.ms,
      unit: "ms",
      ...(aims ? { aim: { is: "at-most", value: 2_000 } as const } : {}),
    },
    { group, name: "a whole plan, warm", value: whole, unit: "ms" },
    { group, name: "plan of a commit that touches 1 %", value: commit, unit: "ms" },
    {
      group,
      name: "that commit, of a whole plan",
      value: (100 * commit) / whole,
      unit: "%",
      aim: { is: "at-most", value: 5 },
    },
    { group, name: "heap after collection", value: used.heap, unit: "MiB" },
    {
      group,
      name: "most resident memory",
      value: used.peak,
      unit: "MiB",
      aim: { is: "at-most", value: 1_024 },
    },
  ];
}

function plan(compiled: Compiled, groups: readonly AdmissionGroup[], states: DesiredStates) {
  return planFleet(compiled, groups, openGates, 1_000_000, 0, states);
}

/** A bench that measured something else would be worse than none. */
function expectTouched(touched: number, devices: number): void {
  if (touched !== devices / 100)
    throw new Error(`the commit touches ${touched} devices, not one in a hundred`);
}

/** The policy set of the bench, as the daemon compiles it. */
export function compilePolicies(set: Parameters<typeof compile>[0]): Compiled {
  return compile(set, {
    readProfileFile,
    secretFingerprint: () => undefined,
    driftCheckMs: 3_600_000,
    removalCeiling: { devices: 1_000_000, share: 1 },
  });
}

function memoryFigures(group: string): Figure[] {
  const { heap, peak } = memory();
  return [
    { group, name: "heap after collection", value: heap, unit: "MiB" },
    { group, name: "most resident memory", value: peak, unit: "MiB" },
  ];
}
