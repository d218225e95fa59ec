import type { NotKept } from "../store/android-devices.ts";

/** How Google says that an Android device is managed. Times are epoch ms; what its record does not say is absent. */
export interface ManagementView {
  /** The state that it is to have, and the one that it has come to, in Google's words: `ACTIVE`, `DISABLED`, `LOST` … */
  readonly state: string;
  readonly appliedState?: string;
  /** The policy that it is to have, with the version that was written last, and the one that it has applied. */
  readonly policy?: string;
  readonly applied?: string;
  /** When it first reported that. */
  readonly appliedAt?: number;
  /** Why the policy that it should have is not at Google: it was refused, or no answer came. */
  readonly refusal?: string;
  readonly isCompliant?: boolean;
  /** When the device last reported, when it last fetched its policy, when it was enrolled, when reeve read this. */
  readonly reportedAt?: number;
  readonly syncedAt?: number;
  readonly enrolledAt?: number;
  readonly readAt: number;
  readonly posture?: { readonly state: string; readonly details: readonly string[] };
  /** What of its policy it does not comply with, by the item that asks for it. */
  readonly notKept: readonly NotKeptView[];
  /** What its applied policy holds of each item; apps by their package. */
  readonly items: readonly {
    readonly key: string;
    readonly id: string;
    readonly parts: readonly PolicyPartView[];
  }[];
}

export interface NotKeptView extends NotKept {
  /** `FILE:LINE` in the manifest. */
  readonly place?: string;
}

export interface PolicyPartView {
  /** Its place in Google's policy. */
  readonly setting: string;
  readonly value: unknown;
}
