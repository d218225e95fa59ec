import { restrictionsIn } from "./answer-information.ts";
import { heldCertificates } from "./answer-profiles.ts";
import type { Held } from "./declaration-state.ts";
import type { ProfileSignature } from "./ledger.ts";
import type { Machine } from "./machine.ts";
import type { PlistDict } from "./plist.ts";
import type { DeviceSecrets } from "./secrets.ts";
import type { AppStatus, LockScreen, LostMode } from "./state.ts";

/** What is on a device right now. Plain data; changing it changes nothing. */
export type Snapshot = {
  readonly enrolled: boolean;
  readonly name: string;
  readonly osVersion: string;
  readonly supervised: boolean;
  readonly profiles: Readonly<Record<string, ProfileSnapshot>>;
  readonly apps: Readonly<Record<string, AppSnapshot>>;
  /** Management's view of apps, by bundle id. */
  readonly managedApps: Readonly<Record<string, AppStatus>>;
  /** Books that management installed, by persistent id or number in the store. */
  readonly books: Readonly<Record<string, { readonly status: string; readonly version: string | undefined }>>;
  readonly certificates: readonly {
    readonly commonName: string;
    readonly sha256: string;
    readonly identity: boolean;
  }[];
  readonly restrictions: PlistDict;
  /** Declarations by identifier, and what the device makes of them. */
  readonly declarations: Readonly<Record<string, DeclarationSnapshot>>;
  readonly lock: LockScreen | undefined;
  readonly lost: LostMode | undefined;
  readonly hasPasscode: boolean;
  readonly settings: Readonly<Record<string, PlistDict>>;
  readonly users: readonly { readonly name: string; readonly loggedIn: boolean; readonly locked: boolean }[];
  readonly secrets: Readonly<DeviceSecrets>;
};
export type DeclarationSnapshot = Pick<Held, "type" | "token" | "payload" | "active" | "valid"> & {
  readonly reasons: readonly string[];
};
export type ProfileSnapshot = {
  readonly uuid: string;
  readonly displayName: string | undefined;
  readonly managed: boolean;
  readonly encrypted: boolean;
  readonly signature: ProfileSignature;
  readonly payloads: readonly PlistDict[];
};
export type AppSnapshot = {
  readonly name: string;
  readonly version: string;
  readonly managed: boolean;
  readonly installing: boolean;
  readonly configuration: PlistDict | undefined;
};

/** Looks into the device, as nobody but its simulator can. */
export function takeSnapshot(machine: Machine): Snapshot {
  const { state } = machine;
  return {
    enrolled: state.enrollment !== undefined,
    name: state.name,
    osVersion: state.osVersion,
    supervised: machine.supervised,
    profiles: Object.fromEntries(
      [...state.profiles].map(([identifier, profile]) => [
        identifier,
        {
          uuid: profile.uuid,
          displayName: textOf(profile.content.PayloadDisplayName),
          managed: profile.isManaged,
          encrypted: profile.isEncrypted,
          signature: profile.signature,
          payloads: profile.payloads,
        },
      ]),
    ),
    apps: Object.fromEntries(
      [...state.apps].map(([bundleId, app]) => [
        bundleId,
        {
          name: app.name,
          version: app.version,
          managed: state.managed.has(bundleId),
          installing: app.installing,
          configuration: state.managed.get(bundleId)?.configuration,
        },
      ]),
    ),
    managedApps: Object.fromEntries([...state.managed].map(([bundleId, app]) => [bundleId, app.status])),
    books: Object.fromEntries(
      [...state.books].map(([id, { status, fields }]) => [id, { status, version: textOf(fields.Version) }]),
    ),
    certificates: heldCertificates(machine).map(({ commonName, sha256, identity }) => ({
      commonName,
      sha256,
      identity,
    })),
    restrictions: restrictionsIn(
      machine,
      [...state.profiles.values()].flatMap((profile) => profile.payloads),
    ),
    declarations: heldDeclarations(machine),
    lock: state.lock,
    lost: state.lost,
    hasPasscode: state.hasPasscode,
    settings: { ...state.settings },
    users: state.users.map(({ name, loggedIn, locked }) => ({ name, loggedIn, locked })),
    secrets: { ...state.secrets },
  };
}

/** The declarations of a channel, and what it makes of them. */
export function heldDeclarations({ state: { declarations } }: Machine): Snapshot["declarations"] {
  return Object.fromEntries(
    [...(declarations?.held ?? [])].map(([identifier, { type, token, payload, active, valid, reasons }]) => [
      identifier,
      { type, token, payload, active, valid, reasons: reasons.map((one) => one.code) },
    ]),
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
