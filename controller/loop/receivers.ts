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
  /** For people; holds no address, which may be a secret. */
  readonly name: string;
  /** What the entries are called that have it: one with several addresses of mail is several receivers. */
  readonly entries: readonly string[];
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
  const receivers = declared.flatMap(({ kind, to, signingKey, on, origin }): readonly Receiver[] => {
    const name = `${kind} of ${origin.file}:${origin.line}`;
    if (kind === "email") return mailReceivers("manifest/email", name, to, on);
    const id = `manifest/${sha256(JSON.stringify([kind, to])).slice(0, 32)}`;
    const address = (): Address => {
      const url = read(to[0] ?? "");
      if (!URL.canParse(url) || new URL(url).protocol !== "https:")
        throw new Stalled("receiver-url", "its secret holds no address that begins with https://");
      if (kind === "slack" || kind === "teams") return { kind, url };
      return { kind, url, key: signingKey === undefined ? undefined : read(signingKey) };
    };
    return [{ id, name, entries: [name], on, address }];
  });
  return [...Map.groupBy(receivers, (one) => one.id).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    // One that is declared twice is told all of it, and once.
    const on = [...new Set(same.flatMap((one) => one.on))];
    return [{ ...first, on, entries: [...new Set(same.flatMap((one) => one.entries))] }];
  });
}

/** One receiver for each address: who has a message gets it no second time because another has not. */
export function mailReceivers(
  prefix: string,
  entry: string,
  to: readonly string[],
  on: readonly Topic[],
): readonly Receiver[] {
  const addresses = [...new Map(to.map((one) => [one.toLowerCase(), one]))];
  return addresses.map(([folded, one], index) => ({
    id: `${prefix}/${sha256(folded).slice(0, 32)}`,
    name: addresses.length === 1 ? entry : `${entry} (${index + 1} of ${addresses.length})`,
    entries: [entry],
    on,
    address: () => ({ kind: "email", to: one }),
  }));
}

/** Receivers that do not take what they are told: they cannot say so themselves. Those that fail alike are one warning. */
export async function receiverWarnings(store: Store): Promise<StatusView["warnings"]> {
  const failing = Map.groupBy(await failingReceivers(store), ({ failure = "" }) => failure);
  return [...failing].map(([failure, [first, ...others]]) => ({
    message: `notifications to ${first?.name ?? ""}${andOthers(others.length)} do not arrive: ${failure}`,
    hint: "they are tried again by themselves: reeve notifications",
  }));
}

function andOthers(count: number): string {
  if (count === 0) return "";
  return count === 1 ? " and another" : ` and ${count} others`;
}
