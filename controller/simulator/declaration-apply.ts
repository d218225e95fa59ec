import type { DeclarationState, Held, Reason } from "./declaration-state.ts";
import { faultsOf, supportedStatus } from "./declaration-types.ts";
import type { Machine } from "./machine.ts";
import { evaluate, type Operand, PredicateError } from "./predicate.ts";
import type { InstalledProfile } from "./state.ts";

/** Judges every declaration that the device holds, and brings its profiles to what is active. */
export function applyDeclarations(machine: Machine, state: DeclarationState): void {
  const before = profilesOf(state).map((one) => one.identifier);
  for (const held of state.held.values()) judge(machine, state, held);
  const activated = activate(machine, state);
  for (const held of state.held.values()) settle(held, activated);
  const after = profilesOf(state);
  const names = new Set(after.map((one) => one.identifier));
  for (const identifier of before) if (!names.has(identifier)) drop(machine, identifier);
  for (const profile of after) put(machine, profile);
}

/** Configurations that activations name, and whether one of these is active. */
function activate(machine: Machine, state: DeclarationState): ReadonlyMap<string, boolean> {
  const activated = new Map<string, boolean>();
  for (const held of state.held.values()) {
    if (held.form !== "activation" || held.valid !== "valid") continue;
    held.active = isOn(machine, state, held);
    if (held.valid !== "valid") continue;
    for (const name of configurationsOf(held))
      activated.set(name, activated.get(name) === true || held.active);
  }
  return activated;
}

function settle(held: Held, activated: ReadonlyMap<string, boolean>): void {
  if (held.form === "asset" || held.form === "management") held.active = held.valid === "valid";
  if (held.form !== "configuration") return;
  held.active = held.valid === "valid" && activated.get(held.identifier) === true;
  if (!activated.has(held.identifier) && held.valid === "valid")
    held.reasons = [{ code: "Info.NotReferencedByActivation", description: "no activation names it" }];
}

/** What goes from the device with declarations that are replaced or gone. */
export function withdraw(machine: Machine, held: Held): void {
  if (!held.active || held.profile === undefined || typeof held.profile === "string") return;
  drop(machine, held.profile.identifier);
}

function drop(machine: Machine, identifier: string): void {
  if (machine.state.profiles.delete(identifier))
    machine.log({ type: "declared-profile", identifier, change: "removed" });
}

/** What was there as it is, by command say, is taken over and goes on. */
function put(machine: Machine, profile: InstalledProfile): void {
  const { identifier, uuid } = profile;
  const before = machine.state.profiles.get(identifier);
  machine.state.profiles.set(identifier, profile);
  if (before?.uuid === uuid) return;
  const change = before === undefined ? "installed" : "replaced";
  machine.log({ type: "declared-profile", identifier, change });
}

function profilesOf(state: DeclarationState): InstalledProfile[] {
  return [...state.held.values()].flatMap(({ active, profile }) =>
    active && typeof profile === "object" ? [profile] : [],
  );
}

function judge(machine: Machine, state: DeclarationState, held: Held): void {
  const reasons = [...faultsOf(held, machine), ...own(state, held)];
  held.valid = reasons.length > 0 ? "invalid" : "valid";
  held.reasons = reasons;
  if (held.valid === "invalid") held.active = false;
}

function own(state: DeclarationState, { type, payload, profile }: Held): Reason[] {
  if (typeof profile === "string")
    return [{ code: "Error.ConfigurationCannotBeApplied", description: profile }];
  if (type === "com.apple.configuration.management.test" && payload.ReturnStatus === "Failed")
    return [{ code: "Error.ConfigurationCannotBeApplied", description: String(payload.Echo) }];
  const reference = payload.EchoDataAssetReference;
  if (reference !== undefined && !state.held.has(String(reference)))
    return [{ code: "Error.MissingAssets", description: String(reference) }];
  if (type !== "com.apple.activation.simple") return [];
  const missing = listOf(payload.StandardConfigurations).filter((name) => !state.held.has(name));
  return missing.length === 0
    ? []
    : [{ code: "Error.MissingConfigurations", description: missing.join(", ") }];
}

function configurationsOf({ payload }: Held): string[] {
  return listOf(payload.StandardConfigurations);
}

function isOn(machine: Machine, state: DeclarationState, held: Held): boolean {
  const { Predicate } = held.payload;
  if (Predicate === undefined) return true;
  try {
    return evaluate(String(Predicate), (kind, name) =>
      kind === "status" ? statusValue(machine, name) : propertyOf(state, name),
    );
  } catch (error) {
    if (!(error instanceof PredicateError)) throw error;
    held.valid = "invalid";
    held.reasons = [{ code: "Error.UnableToParsePredicate", description: error.message }];
    return false;
  }
}

function propertyOf(state: DeclarationState, name: string): Operand {
  const properties = [...state.held.values()].filter((one) => one.type === "com.apple.management.properties");
  return properties.map((one) => one.payload[name]).find((value) => value !== undefined) as Operand;
}

const FAMILIES = { ios: "iOS", ipados: "iPadOS", macos: "macOS", tvos: "tvOS" } as const;

/** A status item of this device; undefined for what it does not tell. */
export function statusValue(machine: Machine, name: string): Operand {
  const { hardware, state } = machine;
  if (!supportedStatus(machine).includes(name)) return undefined;
  switch (name) {
    case "device.operating-system.version":
      return state.osVersion;
    case "device.operating-system.build-version":
      return state.build;
    case "device.operating-system.family":
      return FAMILIES[hardware.platform];
    case "device.model.family":
      return hardware.productName.replace(/\d.*$/, "");
    case "passcode.is-present":
    case "passcode.is-compliant":
      return state.hasPasscode;
    case "softwareupdate.install-state":
      return "none";
    default:
      return undefined;
  }
}

export function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
