import { canonical } from "./canonical.ts";
import type { CompiledPolicy } from "./compiled.ts";
import { type FoundRisk, type Risk, riskNames } from "./risk.ts";
import { type CompiledWindow, gateState, nextEdge } from "./window.ts";

/** What the windows of all policies say to devices of one time zone now. */
export interface WindowGates {
  /** What a change of this policy's waits for, as the end of a sentence; undefined when it may go. */
  readonly waitsFor: (policy: string, found: readonly FoundRisk[]) => string | undefined;
  /** The windows of a policy that gate one of these risks, the device's zone put in; undefined when there are none. */
  readonly windowsOf: (policy: string, risks: readonly Risk[]) => readonly CompiledWindow[] | undefined;
  /** Two with the same name say the same of everything. */
  readonly name: string;
}

/** The gates of a pass over a fleet. */
export interface FleetGates {
  readonly of: (zone: string | undefined) => WindowGates;
  /** When a gate that was asked for changes next by the clock of this process, epoch ms. */
  readonly nextEdge: () => number | undefined;
}

/** True when some policy has windows: without any, nothing else here is asked. */
export function haveWindows(policies: readonly CompiledPolicy[]): boolean {
  return policies.some(({ windows }) => windows !== undefined);
}

/**
 * The gates at these instants: what is shut at one of them is shut, so that a clock that leaps opens nothing. The first
 * is the one that is told.
 */
export function fleetGates(
  policies: readonly CompiledPolicy[],
  instants: readonly number[],
  now: number,
): FleetGates {
  const known = new Map<string | undefined, WindowGates>();
  const follow = policies.some(({ windows }) => windows?.some(({ timeZone }) => timeZone === "device"));
  return {
    of: (reported) => {
      const zone = follow ? reported : undefined;
      const gates = known.get(zone) ?? gatesIn(policies, instants, zone);
      known.set(zone, gates);
      return gates;
    },
    nextEdge: () => {
      const edges = [...known.keys()].flatMap((zone) =>
        policies.flatMap(({ windows = [] }) => nextEdge(windows, now, zone) ?? []),
      );
      return edges.length === 0 ? undefined : Math.min(...edges);
    },
  };
}

function gatesIn(
  policies: readonly CompiledPolicy[],
  instants: readonly number[],
  zone: string | undefined,
): WindowGates {
  const own = new Map(
    policies.flatMap(({ name, windows }) => (windows === undefined ? [] : [[name, windows] as const])),
  );
  const shut = new Map<string, string>();
  for (const [policy, windows] of own)
    for (const gate of new Set(windows.flatMap((window) => window.gates))) {
      const states = instants.map((at) => gateState(windows, gate, at, zone));
      const first = states.find((state) => !state.open);
      if (first?.open === false) shut.set(`${policy} ${gate}`, first.waitsFor);
    }
  return {
    waitsFor: (policy, found) =>
      riskNames(found)
        .map((risk) => shut.get(`${policy} ${risk}`))
        .find((one) => one !== undefined),
    windowsOf: (policy, risks) => {
      const windows = own.get(policy)?.filter(({ gates }) => gates.some((gate) => risks.includes(gate)));
      if (windows === undefined || windows.length === 0) return undefined;
      return windows.map((window) =>
        window.timeZone === "device" && zone !== undefined ? { ...window, timeZone: zone } : window,
      );
    },
    name: canonical([String(zone), [...own], [...shut]]),
  };
}
