import type { ItemKind } from "./granted.ts";

/**
 * What planning needs of a device's own reports, and what reeve's ledger says it installed there.
 * Interned: devices alike share one record. A section that is missing is unknown, never empty.
 */
export interface Observed {
  /** Profiles installed through MDM: PayloadIdentifier to PayloadUUID. */
  readonly profiles?: Readonly<Record<string, string>>;
  /** Managed apps: bundle id to its state, in the words of ManagedApplicationList. */
  readonly apps?: Readonly<Record<string, AppState>>;
  /** Managed books: persistent id, or number in the store, to its state, in the words of ManagedMediaList. */
  readonly books?: Readonly<Record<string, AppState>>;
  /** Which of the watched apps are on the device, by bundle id; never the whole list. */
  readonly found?: Readonly<Record<string, boolean>>;
  /** Bundle ids of apps that are to be updated and have an update in the store, sorted. */
  readonly offered?: readonly string[];
  /** Declarations of reeve that the device has, by identifier. */
  readonly declarations?: Readonly<Record<string, DeclarationStatus>>;
  /** The types of declaration that it says it supports. */
  readonly supports?: readonly string[];
  /**
   * What of its declarations it said it does not support, by identifier, sorted; `DeclarativeManagement` when it refused
   * that, or never came for any.
   */
  readonly rejects?: readonly string[];
  /** Android: what the policy holds that the device has applied, by item key; absent while nobody knows. */
  readonly applied?: Readonly<Record<string, AppliedItem>>;
  /** What reeve installed in this epoch, by item key. Only this is ever removed. */
  readonly owned: Readonly<Record<string, Owned>>;
}

export interface AppState {
  /** `Managed`, `Installing`, `Prompting`, `UserRejected`, … */
  readonly status: string;
  readonly version?: string;
}

/** Apple's `management.declarations`. */
export interface DeclarationStatus {
  readonly token: string;
  readonly active: boolean;
  readonly valid: "valid" | "invalid" | "unknown";
  /** Codes such as `Error.ConfigurationCannotBeApplied`. */
  readonly reasons?: readonly string[];
}

/** One item of the Android policy that a device has applied, and what it says is not as that policy has it. */
export interface AppliedItem {
  readonly kind: ItemKind;
  readonly id: string;
  readonly digest: string;
  readonly onLeave: "remove" | "keep";
  readonly fault?: AppliedFault;
}

/**
 * `waiting`: the device, its store or its user is still at it. `unsupported`: such a device cannot have it. `failed`:
 * nothing more comes by itself.
 */
export interface AppliedFault {
  readonly verdict: "waiting" | "unsupported" | "failed";
  readonly text: string;
}

export interface Owned {
  readonly kind: ItemKind;
  readonly id: string;
  /** The content that the device last acknowledged. */
  readonly digest: string;
  /** Apps: what of that content only an installation can change. */
  readonly base?: string;
  readonly onLeave: "remove" | "keep";
  /** It was there before reeve sent anything for it. */
  readonly adopted?: true;
}

export const nothingObserved: Observed = { owned: {} };

/** The same where it is not known any more which profiles there are: they are asked for. */
export function withoutProfiles(observed: Observed): Observed {
  const { profiles: _profiles, ...others } = observed;
  return others;
}
