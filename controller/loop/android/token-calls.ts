import type { Google } from "../../android/google.ts";
import { isObject, textAt } from "../../android/json-object.ts";
import { Stalled } from "../../errors.ts";
import { enrollmentPolicy } from "./sync-policies.ts";

/** An enrollment token as Google tells it once. `value` and `qrCode` let devices in. */
export interface MadeToken {
  readonly name: string;
  readonly value: string;
  /** What a device reads from the code: a JSON text. */
  readonly qrCode: string;
}

/** What may be made of a device, by Google's words for `allowPersonalUsage`. */
export type PersonalUsage =
  | "PERSONAL_USAGE_ALLOWED"
  | "PERSONAL_USAGE_DISALLOWED"
  | "PERSONAL_USAGE_DISALLOWED_USERLESS";

/** Enrollment tokens of one enterprise. */
export interface TokenCalls {
  readonly create: (wish: {
    readonly seconds: number;
    readonly oneTimeOnly: boolean;
    readonly additionalData: string;
    readonly allowPersonalUsage: PersonalUsage;
  }) => Promise<MadeToken>;
  /** True afterwards: Google has no such token. */
  readonly delete: (name: string) => Promise<void>;
}

/** Calls for one enterprise. Errors are those of `failureOf`. */
export function tokenCalls(google: Google, enterprise: string): TokenCalls {
  return {
    async create({ seconds, ...wish }) {
      const requestBody = {
        ...wish,
        policyName: `${enterprise}/policies/${enrollmentPolicy}`,
        duration: `${seconds}s`,
      };
      const answer = await google.manage({ urgency: "command" }, (client, common) =>
        client.enterprises.enrollmentTokens.create({ parent: enterprise, requestBody }, common),
      );
      return madeToken(answer.type === "answer" ? answer.data : undefined);
    },
    async delete(name) {
      try {
        await google.manage({ urgency: "command" }, (client, common) =>
          client.enterprises.enrollmentTokens.delete({ name }, common),
        );
      } catch (error) {
        // Used up or over: Google has it no more.
        if (!(error instanceof Stalled && error.code === "google-gone")) throw error;
      }
    },
  };
}

function madeToken(data: unknown): MadeToken {
  const token = isObject(data) ? data : {};
  const [name, value, qrCode] = ["name", "value", "qrCode"].map((key) => textAt(token, key));
  if (name === undefined || value === undefined || qrCode === undefined)
    throw new Stalled("google-refused", "Google made an enrollment token without a value");
  return { name, value, qrCode };
}
