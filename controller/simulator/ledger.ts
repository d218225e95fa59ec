/** What a device did and what was done to it. Tests read it as the truth. */
export type LedgerEvent =
  | { readonly type: "enrolling"; readonly profile: string; readonly signature: ProfileSignature }
  | { readonly type: "identity"; readonly renewal: boolean }
  | { readonly type: "authenticated" }
  | { readonly type: "token-updated" }
  | { readonly type: "enrolled" }
  | { readonly type: "enrollment-failed"; readonly reason: string }
  | { readonly type: "woken" }
  | { readonly type: "connected" }
  | { readonly type: "command"; readonly uuid: string; readonly requestType: string }
  | {
      readonly type: "executed";
      readonly uuid: string;
      readonly requestType: string;
      readonly effect: string;
    }
  | {
      readonly type: "answered";
      readonly uuid: string;
      readonly requestType: string;
      readonly status: string;
    }
  | {
      readonly type: "reply-lost";
      readonly uuid: string;
      readonly requestType: string;
      readonly reached: boolean;
    }
  | { readonly type: "unreachable"; readonly reason: string }
  /** A time-limited profile went by itself. */
  | { readonly type: "lapsed"; readonly identifier: string; readonly uuid: string }
  /** What the device asked of declarative management. */
  | { readonly type: "declarative"; readonly endpoint: string }
  /** A set of declarations was applied, of which these were fetched. */
  | { readonly type: "declarations"; readonly token: string; readonly fetched: readonly string[] }
  /** A declaration brought a profile, or another version of it, or went and took it with it. */
  | {
      readonly type: "declared-profile";
      readonly identifier: string;
      readonly change: "installed" | "replaced" | "removed";
    }
  /** The server took a status report. */
  | { readonly type: "status-told"; readonly full: boolean }
  | { readonly type: "book"; readonly identifier: string; readonly state: string }
  | { readonly type: "app"; readonly identifier: string; readonly state: string }
  | { readonly type: "user"; readonly action: string; readonly subject: string; readonly done: boolean }
  | { readonly type: "power"; readonly on: boolean }
  | { readonly type: "os-updated"; readonly version: string }
  | { readonly type: "checked-out" }
  | { readonly type: "unenrolled"; readonly by: "user" | "command" | "server" | "erase" }
  | { readonly type: "erased" }
  | { readonly type: "restored" }
  /** The server broke the protocol: `rule` is a short word, `detail` says what was seen. */
  | { readonly type: "violation"; readonly rule: string; readonly detail: string };

export type ProfileSignature = "verified" | "untrusted" | "unsigned";
/** `whose`: the user on whose channel it happened; the device itself when absent. */
export type LedgerEntry = {
  readonly seq: number;
  readonly at: number;
  readonly whose?: string;
} & LedgerEvent;
export type LedgerOf<T extends LedgerEvent["type"]> = Extract<LedgerEntry, { type: T }>;

export type Ledger = {
  readonly entries: readonly LedgerEntry[];
  /** Entries of one type, oldest first. */
  of<T extends LedgerEvent["type"]>(type: T): LedgerOf<T>[];
};

/** An empty append-only ledger and the function that appends to it. */
export function openLedger(now: () => number): {
  ledger: Ledger;
  append: (event: LedgerEvent & { readonly whose?: string }) => void;
} {
  const entries: LedgerEntry[] = [];
  return {
    ledger: {
      entries,
      of: (type) => entries.filter((entry) => entry.type === type) as never,
    },
    append: (event) => void entries.push(Object.freeze({ seq: entries.length + 1, at: now(), ...event })),
  };
}
