import type { X509Certificate } from "node:crypto";
import type { Catalogue } from "./catalogue.ts";
import type { ErrorItem, Faults } from "./faults.ts";
import type { Hardware } from "./hardware.ts";
import type { KeyPool } from "./keys.ts";
import type { LedgerEvent } from "./ledger.ts";
import type { PlistDict } from "./plist.ts";
import type { Random } from "./random.ts";
import type { DeviceState } from "./state.ts";
import type { Transport } from "./transport.ts";
import type { World } from "./world.ts";

/** How the user answers prompts; only unsupervised devices prompt. */
export type UserBehaviour = {
  readonly prompts: "accept" | "ignore" | "reject";
  /** How long the user takes, from and to. */
  readonly promptMs?: readonly [number, number];
};

/** The inside of one device, shared by the files that make up its behaviour. */
export type Machine = {
  readonly hardware: Hardware;
  /** How messages name who sends them: the device, or one of its users. */
  ids: PlistDict;
  /** True for the channel of a user. */
  readonly isUser: boolean;
  readonly world: World;
  readonly random: Random;
  readonly faults: Faults;
  readonly catalogue: Catalogue;
  readonly keys: KeyPool;
  readonly transport: Transport;
  /** Authorities that the owner of the device trusts for profile signatures; empty: not checked. */
  readonly anchors: readonly X509Certificate[];
  /** How long an app takes to install, from and to. */
  readonly installMs: readonly [number, number];
  /** Whether the store lets this device have an app by a licence of its own; it does when absent. */
  readonly licensed: ((serial: string, storeId: number) => boolean) | undefined;
  readonly log: (event: LedgerEvent & { readonly whose?: string }) => void;
  /** Whether a Mac can erase all content and settings. */
  readonly erases: boolean;
  user: UserBehaviour;
  supervised: boolean;
  /** Replaced as a whole by an erase and by a restore: who waits must check that it is still the same. */
  state: DeviceState;
};

/** What a device says to a command. */
export type Answer = {
  readonly status: "Acknowledged" | "Error" | "CommandFormatError" | "NotNow";
  readonly body?: PlistDict;
  readonly chain?: readonly ErrorItem[];
  /** For the ledger: what was changed. Left out by queries. */
  readonly effect?: string;
  /** Happens once the answer has left the device, or was lost: an erase, a restart. */
  readonly afterwards?: () => Promise<void>;
};

export function acknowledged(body: PlistDict = {}, effect?: string): Answer {
  return { status: "Acknowledged", body, ...(effect !== undefined ? { effect } : {}) };
}

/** An Error answer with a chain of one; domains and codes are Apple's. */
export function refused(domain: string, code: number, description: string, body: PlistDict = {}): Answer {
  return { status: "Error", body, chain: [{ domain, code, description }] };
}
