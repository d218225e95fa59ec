import type { Compiled } from "../core/compiled.ts";
import { engagedLatches, listControls } from "../store/control.ts";
import type { Store } from "../store/open.ts";
import { rolloutStamp } from "../store/rollouts.ts";

/** Everything that stops something until a person says otherwise. */
export interface Latches {
  /** The kill switch: nothing is sent at all. */
  readonly halted: string | undefined;
  /** Only queries until a person resumes: the first synchronisation, a restored database. */
  readonly observe: string | undefined;
  /** No change until two approvers resume: devices would erase themselves sooner. Acts have approvals of their own. */
  readonly armed: string | undefined;
  /** The reason of a suspension of everything. */
  readonly suspended: string | undefined;
  readonly suspendedGroups: ReadonlyMap<string, string>;
  /** Why nothing is removed. */
  readonly frozen: string | undefined;
  readonly all: readonly Latched[];
  /** How often rollouts were written: what is known of them holds while this stays. */
  readonly rollouts?: number | undefined;
}

export interface Latched {
  readonly name: string;
  readonly reason: string;
  readonly by: string;
  readonly since: number;
}

export const noLatches: Latches = {
  halted: undefined,
  observe: undefined,
  armed: undefined,
  suspended: undefined,
  suspendedGroups: new Map(),
  frozen: undefined,
  all: [],
};

/** The latches as the store has them now. */
export async function readLatches(store: Store): Promise<Latches> {
  const [latches, controls] = await Promise.all([engagedLatches(store), listControls(store)]);
  const all: Latched[] = [
    ...latches.map(({ name, reason, by, at }) => ({ name, reason, by, since: at })),
    ...controls
      .filter((control) => isLatch(control.name))
      .map(({ name, value, by, at }) => ({ name, reason: String(value), by, since: at })),
  ];
  const reasonOf = (name: string): string | undefined => all.find((one) => one.name === name)?.reason;
  const groups = all.filter((one) => one.name.startsWith("suspended/"));
  return {
    halted: reasonOf("kill-switch"),
    observe: reasonOf("observe") ?? reasonOf("restored"),
    armed: reasonOf("armed"),
    suspended: reasonOf("suspended"),
    suspendedGroups: new Map(groups.map((one) => [one.name.slice("suspended/".length), one.reason])),
    frozen: reasonOf("frozen"),
    all,
    rollouts: controls.find((one) => one.name === rolloutStamp)?.value as number | undefined,
  };
}

function isLatch(name: string): boolean {
  return name === "observe" || name === "suspended" || name === "frozen" || name.startsWith("suspended/");
}

/** What keeps all acts: a latch, or what a commit says of the whole organisation. */
export interface ActStop {
  readonly name: string;
  readonly reason: string;
  /** Absent where a commit says so. */
  readonly by?: string;
  readonly since?: number;
}

/** True for a latch that keeps all acts. What would erase devices sooner, and removals, are other matters. */
export function keepsActs({ name }: Pick<Latched, "name">): boolean {
  return name !== "armed" && name !== "frozen" && !name.startsWith("suspended/");
}

/** Everything that keeps all acts now, whatever is approved. */
export function stoppingActs(
  { all }: Pick<Latches, "all">,
  { suspended, mode }: Partial<Pick<Compiled["organization"], "suspended" | "mode">> = {},
): readonly ActStop[] {
  return [
    ...all.filter(keepsActs),
    ...(suspended === undefined ? [] : [{ name: "suspended", reason: suspended }]),
    ...(mode === "observe" ? [{ name: "observe", reason: "the Organization says mode: observe" }] : []),
  ];
}
