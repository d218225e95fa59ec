import type { Google } from "../../android/google.ts";
import { isObject, listAt, textAt, timeAt } from "../../android/json-object.ts";
import { allPages } from "../../android/pages.ts";
import { Retry, Stalled } from "../../errors.ts";
import { gone } from "./management.ts";
import { checkedName } from "./names.ts";
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

/** What Google's list tells of a token that may be used, as far as it is looked at. */
export interface ListedToken {
  readonly name: string;
  readonly usage: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** Enrollment tokens of one enterprise. */
export interface TokenCalls {
  readonly create: (wish: {
    readonly seconds: number;
    readonly oneTimeOnly: boolean;
    readonly additionalData: string;
    readonly allowPersonalUsage: PersonalUsage;
  }) => Promise<MadeToken>;
  /** A token that may be used, whole; undefined for one that is used up, over or deleted. */
  readonly get: (name: string) => Promise<MadeToken | undefined>;
  /** All tokens that may be used, whoever made them. Google tells nobody what goes with them. */
  readonly list: () => Promise<readonly ListedToken[]>;
  /** True afterwards: Google has no such token. */
  readonly delete: (name: string) => Promise<void>;
}

/** Google's largest page. */
const pageSize = 100;

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
    async get(token) {
      const name = checkedName("token", token);
      const answer = await gone(
        google.manage({ urgency: "command" }, (client, common) =>
          client.enterprises.enrollmentTokens.get({ name }, common),
        ),
      );
      return answer === undefined ? undefined : madeToken(answer.type === "answer" ? answer.data : undefined);
    },
    async list() {
      const all = await allPages(async (pageToken) => {
        const answer = await google.manage({ urgency: "sync" }, (client, common) =>
          client.enterprises.enrollmentTokens.list(
            { parent: enterprise, pageSize, ...(pageToken === undefined ? {} : { pageToken }) },
            common,
          ),
        );
        const data = answer.type === "answer" && isObject(answer.data) ? answer.data : undefined;
        if (data === undefined) throw new Stalled("google-refused", "a list of Google's is no JSON object");
        return { items: listAt(data, "enrollmentTokens"), next: textAt(data, "nextPageToken") };
      });
      return all.filter(isObject).flatMap((one) => {
        const name = textAt(one, "name");
        const expiresAt = timeAt(one, "expirationTimestamp");
        const usage = textAt(one, "allowPersonalUsage") ?? "";
        return name === undefined || expiresAt === undefined ? [] : [{ name, usage, expiresAt }];
      });
    },
    async delete(token) {
      const name = checkedName("token", token);
      // Used up or over: Google has it no more.
      await gone(
        google.manage({ urgency: "command" }, (client, common) =>
          client.enterprises.enrollmentTokens.delete({ name }, common),
        ),
      );
    },
  };
}

function madeToken(data: unknown): MadeToken {
  const token = isObject(data) ? data : {};
  const [name, value, qrCode] = ["name", "value", "qrCode"].map((key) => textAt(token, key));
  if (name === undefined || value === undefined || qrCode === undefined)
    throw new Retry("google-unanswered", "Google gave an enrollment token without a value");
  return { name, value, qrCode };
}
