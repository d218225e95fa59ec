import type { Urgency } from "../../android/bucket.ts";
import type { Google } from "../../android/google.ts";
import type { JsonObject } from "../../android/json-object.ts";
import { allPages } from "../../android/pages.ts";
import { type OperationReading, readOperation, readOperations } from "../../android/read-operation.ts";
import { Retry, Stalled } from "../../errors.ts";
import { gone, type MayLeave, pageOf, requireWanted } from "./management.ts";
import { checkedName } from "./names.ts";

/** Commands to devices as Google carries them out. Errors are those of `failureOf`. */
export interface Operations {
  /**
   * Gives a device a command. `mayLeave` is asked when the quota lets it go; false throws Retry without a call, as does what it throws.
   * Throws `google-unanswered` when nobody knows whether it was taken.
   */
  readonly issue: (device: string, command: JsonObject, how: HowIssued) => Promise<OperationReading>;
  /** Undefined when Google does not know it, or not any more. */
  readonly read: (name: string) => Promise<OperationReading | undefined>;
  /** All that Google still knows of a device; undefined when it has the device no more. */
  readonly list: (device: string) => Promise<readonly OperationReading[] | undefined>;
  /** Best effort: what the device has executed stays done. */
  readonly cancel: (name: string) => Promise<void>;
}

interface HowIssued {
  readonly urgency: Urgency;
  /** What must not come back in a message. */
  readonly secrets: readonly string[];
  readonly mayLeave: MayLeave;
}

const pageSize = 100;

/** Commands by the client of Google, within its quota; nothing is repeated by itself. */
export function operations(google: Google): Operations {
  return {
    async issue(device, requestBody, { urgency, secrets, mayLeave }) {
      const name = checkedName("device", device);
      const answer = await google.manage({ urgency, secrets }, async (client, common) => {
        await requireWanted(mayLeave);
        return client.enterprises.devices.issueCommand({ name, requestBody }, common);
      });
      const taken = answer.type === "answer" ? readOperation(answer.data) : undefined;
      if (taken === undefined) throw new Retry("google-unanswered", "Google answered without an operation");
      return taken;
    },
    read: (operation) =>
      gone(
        google
          .manage({ urgency: "command" }, async (client, common) =>
            client.enterprises.devices.operations.get({ name: checkedName("operation", operation) }, common),
          )
          .then((answer) => (answer.type === "answer" ? readOperation(answer.data) : undefined)),
      ),
    list: (device) =>
      gone(
        allPages(async (pageToken) => {
          const answer = await google.manage({ urgency: "command" }, (client, common) =>
            client.enterprises.devices.operations.list(
              {
                name: `${checkedName("device", device)}/operations`,
                pageSize,
                ...(pageToken === undefined ? {} : { pageToken }),
              },
              common,
            ),
          );
          return pageOf(answer, "operations");
        }).then(readOperations),
      ),
    async cancel(name) {
      const known = checkedName("operation", name);
      try {
        await google.manage({ urgency: "lock" }, (client, common) =>
          client.enterprises.devices.operations.cancel({ name: known }, common),
        );
      } catch (error) {
        if (!(error instanceof Stalled)) throw error;
      }
    },
  };
}
