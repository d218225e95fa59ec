import type { DeviceState, InstalledProfile } from "./state.ts";

/** What a device keeps of its declarations. */
export type DeclarationState = {
  /** The DeclarationsToken of the set that was applied last. */
  token: string;
  /** By identifier. */
  readonly held: Map<string, Held>;
  /** What the server took of the status, by item. */
  told: Map<string, string>;
  /** Whether the server ever took a report: the first one is whole. */
  isTold: boolean;
};

export type Form = "activation" | "asset" | "configuration" | "management";

/** A declaration as it was fetched, and what the device makes of it. */
export type Held = {
  readonly form: Form;
  readonly identifier: string;
  readonly token: string;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Of a legacy configuration: the profile, or why there is none. */
  readonly profile?: InstalledProfile | string;
  active: boolean;
  valid: "valid" | "invalid" | "unknown";
  reasons: readonly Reason[];
};

export type Reason = { readonly code: string; readonly description: string };

/** A device to which nothing was declared yet. */
export function noDeclarations(): DeclarationState {
  return { token: "", held: new Map(), told: new Map(), isTold: false };
}

/** A copy that shares nothing that changes, as a backup holds it. */
export function copyDeclarations(state: DeclarationState): DeclarationState {
  const held = new Map([...state.held].map(([name, one]) => [name, { ...one }] as const));
  return { ...state, held, told: new Map(state.told) };
}

/** Identifiers of profiles that are on the device by declaration: commands can neither replace nor remove them. */
export function declaredProfiles({ declarations }: DeviceState): ReadonlySet<string> {
  const all = [...(declarations?.held.values() ?? [])];
  return new Set(
    all.flatMap(({ active, profile }) =>
      active && profile !== undefined && typeof profile !== "string" ? [profile.identifier] : [],
    ),
  );
}
