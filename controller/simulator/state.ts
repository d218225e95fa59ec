import type { X509Certificate } from "node:crypto";
import type { Book } from "./answer-books.ts";
import type { Signer } from "./cms.ts";
import { copyDeclarations, type DeclarationState } from "./declaration-state.ts";
import type { ProfileSignature } from "./ledger.ts";
import type { PlistDict } from "./plist.ts";
import type { Random } from "./random.ts";
import { type Account, type DeviceSecrets, freshSecrets } from "./secrets.ts";

/** Everything on a device that an erase takes away. */
export type DeviceState = {
  name: string;
  osVersion: string;
  build: string;
  enrollment: Enrollment | undefined;
  /** By PayloadIdentifier. */
  readonly profiles: Map<string, InstalledProfile>;
  /** Apps on the device by bundle id, the user's own among them. */
  readonly apps: Map<string, InstalledApp>;
  /** What management knows of apps, by bundle id. */
  readonly managed: Map<string, ManagedApp>;
  /** Books that management installed: by persistent id, or by their number in the store. */
  readonly books: Map<string, Book>;
  /** Undefined until declarative management is switched on. */
  declarations: DeclarationState | undefined;
  lock: LockScreen | undefined;
  /** What the screen says while the device is in lost mode; it outlasts restarts. */
  lost: LostMode | undefined;
  hasPasscode: boolean;
  /** It stands in Setup Assistant until the server lets it go. */
  awaiting: boolean;
  readonly secrets: DeviceSecrets;
  users: Account[];
  /** What management has set, by the Item of Settings. */
  readonly settings: Record<string, PlistDict>;
  remoteDesktop: boolean;
};

export type Enrollment = {
  identity: Signer;
  readonly profileIdentifier: string;
  mdm: MdmPayload;
  scep: PlistDict;
  readonly pushMagic: string;
  token: Buffer;
  readonly unlockToken: Buffer | undefined;
  /** Authorities that came with the enrollment. */
  readonly authorities: readonly X509Certificate[];
};

export type MdmPayload = {
  readonly serverUrl: string;
  readonly checkInUrl: string;
  readonly topic: string;
  readonly signMessage: boolean;
  readonly checkOutWhenRemoved: boolean;
  readonly accessRights: number;
  /** ServerCapabilities has com.apple.mdm.per-user-connections. */
  readonly perUser: boolean;
  /** EnrollmentMode: by an account, on a personal device or a whole one. */
  readonly mode?: "BYOD" | "ADDE";
  readonly managedAppleId?: string;
};

export type InstalledProfile = {
  readonly identifier: string;
  readonly uuid: string;
  readonly content: PlistDict;
  readonly payloads: readonly PlistDict[];
  readonly isManaged: boolean;
  readonly isEncrypted: boolean;
  readonly signature: ProfileSignature;
  readonly signers: readonly Buffer[];
  /** Identities that SCEP payloads of the profile obtained. */
  readonly identities: readonly Signer[];
};

export type InstalledApp = {
  readonly bundleId: string;
  readonly name: string;
  version: string;
  readonly storeId: number | undefined;
  readonly bytes: number;
  readonly dataBytes: number;
  installing: boolean;
};

export type ManagedApp = {
  status: AppStatus;
  flags: number;
  configuration: PlistDict | undefined;
  removable: boolean;
  attributes?: PlistDict | undefined;
  /** What the app wrote for management. */
  feedback?: PlistDict | undefined;
};

/** Apple's words (ManagedApplicationList). */
export type AppStatus =
  | "Queued"
  | "Prompting"
  | "PromptingForLogin"
  | "PromptingForManagement"
  | "PromptingForUpdate"
  | "Installing"
  | "Updating"
  | "Managed"
  | "ManagedButUninstalled"
  | "UserInstalledApp"
  | "UserRejected"
  | "UpdateRejected"
  | "ManagementRejected"
  | "Failed"
  | "Unknown";

/** Reported once in a ManagedApplicationList, then forgotten by the device. */
export const TRANSIENT: ReadonlySet<AppStatus> = new Set<AppStatus>([
  "UserInstalledApp",
  "UserRejected",
  "UpdateRejected",
  "ManagementRejected",
  "Failed",
]);

export type LockScreen = { readonly message?: string; readonly phoneNumber?: string; readonly pin?: string };

export type LostMode = {
  readonly message?: string;
  readonly phoneNumber?: string;
  readonly footnote?: string;
};

/** A device as it leaves the box, with the user's own apps if it already has some. */
export function freshState(
  options: {
    readonly name: string;
    readonly osVersion: string;
    readonly build: string;
    readonly ownApps: number;
  },
  random: Random,
): DeviceState {
  const apps = Array.from({ length: options.ownApps }, (_, index) => ownApp(index, random));
  return {
    name: options.name,
    osVersion: options.osVersion,
    build: options.build,
    enrollment: undefined,
    profiles: new Map(),
    apps: new Map(apps.map((app) => [app.bundleId, app])),
    managed: new Map(),
    books: new Map(),
    declarations: undefined,
    lock: undefined,
    lost: undefined,
    hasPasscode: true,
    awaiting: false,
    secrets: freshSecrets(),
    users: [],
    settings: {},
    remoteDesktop: false,
  };
}

/** A copy that shares nothing that changes, as a backup holds it. */
export function copyState(state: DeviceState): DeviceState {
  const copy = <T extends object>(map: ReadonlyMap<string, T>) =>
    new Map([...map].map(([key, value]) => [key, { ...value }] as const));
  return {
    ...state,
    enrollment: state.enrollment === undefined ? undefined : { ...state.enrollment },
    profiles: copy(state.profiles),
    apps: copy(state.apps),
    managed: copy(state.managed),
    books: copy(state.books),
    declarations: state.declarations === undefined ? undefined : copyDeclarations(state.declarations),
    secrets: { ...state.secrets },
    users: state.users.map((user) => ({ ...user })),
    settings: { ...state.settings },
  };
}

const WORDS = [
  "Bahn",
  "Notes",
  "Chess",
  "Weather",
  "Recipes",
  "Camera+",
  "Tides",
  "Ledger",
  "Atlas",
  "Radio",
];

function ownApp(index: number, random: Random): InstalledApp {
  const word = WORDS[index % WORDS.length] as string;
  return {
    bundleId: `com.example.own.${word.toLowerCase().replace("+", "plus")}${index}`,
    name: index < WORDS.length ? word : `${word} ${index}`,
    version: `${random.between(1, 12)}.${random.between(0, 9)}.${random.between(0, 20)}`,
    storeId: 1_000_000_000 + index,
    bytes: random.between(5, 400) * 1_000_000,
    dataBytes: random.between(0, 90) * 100_000,
    installing: false,
  };
}
