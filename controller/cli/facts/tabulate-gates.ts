import type { OsGate, OsGates, System } from "../../core/apple-schema/schema.ts";

type Written = Readonly<Record<string, unknown>>;

const systemNames: readonly (readonly [string, System])[] = [
  ["iOS", "ios"],
  ["macOS", "macos"],
  ["tvOS", "tvos"],
  ["visionOS", "visionos"],
  ["watchOS", "watchos"],
];

/** What is true where nothing is said. */
const unsaid: OsGate = {
  deviceChannel: true,
  supervised: false,
  automated: false,
  userApproved: false,
  userEnrollment: "allowed",
  beta: false,
  rights: "none",
};

/** The gates of a whole file, without what goes without saying. */
export function gatesOfFile(supportedOS: unknown): OsGates {
  return gatesBySystem(supportedOS, (written) => differences(gateOf(written), unsaid));
}

/**
 * What a key's `supportedOS` changes of the gates it inherits. `inherited` is undefined for keys that are used in
 * several places, of which everything is kept.
 */
export function gatesOfKey(supportedOS: unknown, inherited: OsGates | undefined): OsGates {
  return gatesBySystem(supportedOS, (written, system) => {
    const gate = gateOf(written);
    if (inherited === undefined) return gate;
    const above = inherited[system];
    return above?.introduced === "n/a" ? {} : differences(gate, { ...unsaid, ...above });
  });
}

function gatesBySystem(supportedOS: unknown, gateAt: (written: Written, system: System) => OsGate): OsGates {
  const gates: Partial<Record<System, OsGate>> = {};
  for (const [name, system] of systemNames) {
    const written = (supportedOS as Written | undefined)?.[name];
    if (typeof written !== "object" || written === null) continue;
    const gate = gateAt(written as Written, system);
    if (Object.keys(gate).length > 0) gates[system] = gate;
  }
  return gates;
}

function differences(gate: OsGate, from: OsGate): OsGate {
  return Object.fromEntries(
    Object.entries(gate).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(from[name as keyof OsGate]),
    ),
  );
}

/** Our words for Apple's, in the order in which they are written. */
const plain: readonly (readonly [string, keyof OsGate])[] = [
  ["introduced", "introduced"],
  ["deprecated", "deprecated"],
  ["removed", "removed"],
  ["accessrights", "rights"],
  ["multiple", "multiple"],
  ["devicechannel", "deviceChannel"],
  ["userchannel", "userChannel"],
  ["supervised", "supervised"],
  ["requiresdep", "automated"],
  ["userapprovedmdm", "userApproved"],
  ["allowed-enrollments", "enrollments"],
  ["allowed-scopes", "scopes"],
  ["beta", "beta"],
];

/** Words for no right at all. */
const noRights: ReadonlySet<unknown> = new Set(["None", "n/a"]);

function gateOf(written: Written): OsGate {
  if (written.introduced === "n/a") return { introduced: "n/a" };
  const gate: Record<string, unknown> = {};
  for (const [theirs, ours] of plain) if (written[theirs] !== undefined) gate[ours] = written[theirs];
  if (noRights.has(gate.rights)) gate.rights = "none";
  const shared = sharedIpadOf((written.sharedipad ?? {}) as Written);
  if (Object.keys(shared).length > 0) gate.sharedIpad = shared;
  const user = written.userenrollment as Written | undefined;
  if (user?.mode !== undefined) gate.userEnrollment = user.mode;
  return gate;
}

function sharedIpadOf(written: Written): Readonly<Record<string, unknown>> {
  const gate = {
    mode: written.mode,
    deviceChannel: written.devicechannel,
    userChannel: written.userchannel,
    scopes: written["allowed-scopes"],
  };
  return Object.fromEntries(Object.entries(gate).filter(([, value]) => value !== undefined));
}
