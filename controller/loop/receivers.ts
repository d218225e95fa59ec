import { sha256 } from "../core/canonical.ts";
import type { CompiledReceiver } from "../core/compiled.ts";
import type { Topic } from "../core/notice.ts";
import { Stalled } from "../errors.ts";
import type { Address } from "../notify/deliver.ts";
import type { Store } from "../store/open.ts";
import { failingReceivers } from "../store/receivers.ts";
import type { Secrets } from "./secrets.ts";
import type { StatusView } from "./views.ts";

/** Somebody who is told. */
export interface Receiver {
  /** The same as long as it is the same receiver: how far it was told is kept under it. */
  readonly id: string;
  /** For people; holds no URL, which may be a secret. */
  readonly name: string;
  readonly on: readonly Topic[];
  /** Throws Stalled when its secret cannot be read. */
  readonly address: () => Address;
}

/** The receivers of the Organization manifest; what they are told, and where it stands, may change without a new beginning. */
export function declaredReceivers(
  organization: string,
  declared: readonly CompiledReceiver[],
  secrets: Secrets,
): readonly Receiver[] {
  const read = (template: string): string => {
    const name = /^\$\{secret:([^}]+)\}$/.exec(template)?.[1];
    return name === undefined ? template : secrets.read(name, `Organization/${organization}`);
  };
  const receivers = declared.map(
    ({ kind, to, signingKey, on, origin }): Receiver => ({
      id: `manifest/${sha256(JSON.stringify([kind, to])).slice(0, 32)}`,
      name: `${kind} of ${origin.file}:${origin.line}`,
      on,
      address: () => {
        if (kind === "email") return { kind, to };
        const url = read(to[0] ?? "");
        if (!URL.canParse(url) || new URL(url).protocol !== "https:")
          throw new Stalled("receiver-url", "its secret holds no address that begins with https://");
        if (kind === "slack" || kind === "teams") return { kind, url };
        return { kind, url, key: signingKey === undefined ? undefined : read(signingKey) };
      },
    }),
  );
  return [...Map.groupBy(receivers, (one) => one.id).values()].flatMap(([first, ...others]) =>
    // One that is declared twice is told all of it, and once.
    first === undefined ? [] : [{ ...first, on: [...new Set([first, ...others].flatMap((one) => one.on))] }],
  );
}

/** Receivers that do not take what they are told: they cannot say so themselves. */
export async function receiverWarnings(store: Store): Promise<StatusView["warnings"]> {
  return (await failingReceivers(store)).map(({ name, failure = "" }) => ({
    message: `notifications to ${name} do not arrive: ${failure}`,
    hint: "they are tried again by themselves: reeve notifications",
  }));
}
