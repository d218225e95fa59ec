import type { Google } from "../../android/google.ts";
import { isObject, type JsonObject, listAt, textAt } from "../../android/json-object.ts";
import { allPages } from "../../android/pages.ts";
import { Retry, Stalled } from "../../errors.ts";
import { checkedName } from "./names.ts";

/** What reeve asks of Google for one enterprise (Android Management API, v1). Errors are those of `failureOf`. */
export interface Management {
  /**
   * Writes the whole policy: what is absent is cleared. Gives the number of this content. `mayLeave` is asked when the
   * quota lets it go; false throws Retry without a call, as does what it throws.
   */
  readonly writePolicy: (
    id: string,
    body: JsonObject,
    secrets: readonly string[],
    mayLeave: MayLeave,
  ) => Promise<bigint>;
  /** What Google holds under this id; undefined when that is nothing. */
  readonly readPolicy: (id: string) => Promise<HeldPolicy | undefined>;
  readonly deletePolicy: (id: string) => Promise<void>;
  /** The numbers of all policies of the enterprise, by id. */
  readonly listPolicies: () => Promise<ReadonlyMap<string, bigint>>;
  readonly listDevices: () => Promise<readonly unknown[]>;
  /** Undefined when Google has no such device any more. */
  readonly getDevice: (name: string) => Promise<unknown>;
  /** `mayLeave` as with `writePolicy`. */
  readonly assign: (name: string, policy: string, mayLeave: MayLeave) => Promise<void>;
}

/** Whether a call that has waited for the quota is still wanted. */
export type MayLeave = () => Promise<boolean>;

/** A policy at Google: the number of its content, and the content. */
export interface HeldPolicy {
  readonly version: bigint;
  readonly body: JsonObject;
}

/** Google's largest page; it gives ten when it is not asked for more. */
const pageSize = 100;

/** `enterprise` is Google's name of it, `enterprises/LC…`. */
export function management(google: Google, enterprise: string): Management {
  const policyName = (id: string): string => checkedName("policy", `${enterprise}/policies/${id}`);
  return {
    async writePolicy(id, requestBody, secrets, mayLeave) {
      const answer = await google.manage({ urgency: "sync", secrets }, async (client, common) => {
        await requireWanted(mayLeave);
        return client.enterprises.policies.patch({ name: policyName(id), requestBody }, common);
      });
      // Nothing to be done: the number is the one that it had.
      if (answer.type === "unchanged") return versionOf(await readPolicy(google, policyName(id)));
      return versionOf(answer.data);
    },
    async readPolicy(id) {
      const body = await gone(readPolicy(google, policyName(id)));
      return isObject(body) ? { version: versionOf(body), body } : undefined;
    },
    async deletePolicy(id) {
      await gone(
        google.manage({ urgency: "sweep" }, (client, common) =>
          client.enterprises.policies.delete({ name: policyName(id) }, common),
        ),
      );
    },
    async listPolicies() {
      const all = await allPages(async (pageToken) => {
        const answer = await google.manage({ urgency: "sweep" }, (client, common) =>
          client.enterprises.policies.list(
            { parent: enterprise, pageSize, ...(pageToken === undefined ? {} : { pageToken }) },
            common,
          ),
        );
        return pageOf(answer, "policies");
      });
      return new Map(
        all.filter(isObject).flatMap((one): [string, bigint][] => {
          const name = textAt(one, "name");
          return name === undefined ? [] : [[name.slice(name.lastIndexOf("/") + 1), versionOf(one)]];
        }),
      );
    },
    listDevices: () =>
      allPages(async (pageToken) => {
        const answer = await google.manage({ urgency: "sweep" }, (client, common) =>
          client.enterprises.devices.list(
            { parent: enterprise, pageSize, ...(pageToken === undefined ? {} : { pageToken }) },
            common,
          ),
        );
        return pageOf(answer, "devices");
      }),
    getDevice: (device) =>
      gone(
        google
          .manage({ urgency: "sync" }, async (client, common) =>
            client.enterprises.devices.get({ name: checkedName("device", device) }, common),
          )
          .then((answer) => (answer.type === "answer" ? answer.data : undefined)),
      ),
    async assign(device, policy, mayLeave) {
      const name = checkedName("device", device);
      await google.manage({ urgency: "sync" }, async (client, common) => {
        await requireWanted(mayLeave);
        return client.enterprises.devices.patch(
          { name, updateMask: "policyName", requestBody: { policyName: policyName(policy) } },
          common,
        );
      });
    },
  };
}

/** Throws Retry when a call is not wanted any more: nothing was done. */
export async function requireWanted(mayLeave: MayLeave): Promise<void> {
  if (!(await mayLeave()))
    throw new Retry("google-conflict", "it was stopped, or waited too long for the quota");
}

async function readPolicy(google: Google, name: string): Promise<unknown> {
  const answer = await google.manage({ urgency: "sync" }, (client, common) =>
    client.enterprises.policies.get({ name }, common),
  );
  return answer.type === "answer" ? answer.data : undefined;
}

/** A list that is absent is empty (JSON of proto3). */
export function pageOf(
  answer: { readonly type: string; readonly data?: unknown },
  key: string,
): { readonly items: readonly unknown[]; readonly next: string | undefined } {
  const data = isObject(answer.data) ? answer.data : undefined;
  if (data === undefined) throw new Stalled("google-refused", "a list of Google's is no JSON object");
  return { items: listAt(data, key), next: textAt(data, "nextPageToken") };
}

function versionOf(policy: unknown): bigint {
  const text = isObject(policy) ? (textAt(policy, "version") ?? "") : "";
  if (!/^\d{1,19}$/.test(text)) throw new Stalled("google-refused", "a policy of Google's has no version");
  return BigInt(text);
}

/** What is not there any more is no failure. */
export async function gone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Stalled && error.code === "google-gone") return undefined;
    throw error;
  }
}
