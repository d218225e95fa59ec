import { statusGates } from "./apple-schema/gates.ts";
import { isOfScope } from "./apple-schema/scope.ts";
import { digestOf } from "./canonical.ts";
import { digestText } from "./declared-identifier.ts";
import type { DeclaredPart, Granted, GrantedItem } from "./granted.ts";
import type { Observed } from "./observed.ts";
import type { ChannelKind } from "./ports.ts";

/** All declarations of one channel at one moment. Interned: channels alike share one record. */
export interface DeclarationSet {
  /** DeclarationsToken: the same for equal sets, another one for any difference. */
  readonly token: string;
  readonly entries: readonly DeclarationEntry[];
}

export interface DeclarationEntry extends DeclaredPart {
  /** The item it belongs to, or `reeve` for what reeve needs itself. */
  readonly item: string;
  /** The identifier of that item, whatever its name is by now. */
  readonly of?: string;
  /** Where its content is stored; absent when `payload` says it. */
  readonly digest?: string;
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** What a device is asked to tell by itself, whenever it changes (com.apple.configuration.management.status-subscriptions). */
export const subscribed: readonly string[] = [
  "app.managed.list",
  "device.operating-system.build-version",
  "device.operating-system.version",
  "diskmanagement.filevault.enabled",
  "mdm.app",
  "passcode.is-compliant",
  "passcode.is-present",
  "softwareupdate.failure-reason",
  "softwareupdate.install-reason",
  "softwareupdate.install-state",
  "softwareupdate.pending-version",
];

/** What entries for reeve itself belong to. */
export const ownItem = "reeve";

/** Of these, what Apple offers on the channels of users: a user tells nothing of the device. */
const subscribedOfUsers: readonly string[] = subscribed.filter((name) =>
  isOfScope(statusGates(name) ?? {}, "user"),
);

const own: Readonly<Record<ChannelKind, readonly DeclarationEntry[]>> = {
  device: ownEntries(subscribed),
  user: ownEntries(subscribedOfUsers),
};

/** The identifiers of what reeve declares for itself; they are the same on all channels. */
const ownIdentifiers = own.device.map((one) => one.identifier);

interface DeclarationsOptions {
  /** The device itself when absent. */
  readonly kind?: ChannelKind | undefined;
  /** Entries of an earlier set that must not go now. */
  readonly kept?: readonly DeclarationEntry[];
}

/**
 * The declarations of a channel: those of its granted items that it supports, and what reeve needs to hear of them.
 * Each item has an activation of its own, so that one that fails stops no other.
 */
export function declarationsOf(
  granted: Granted,
  observed: Pick<Observed, "supports" | "rejects">,
  { kind = "device", kept = [] }: DeclarationsOptions = {},
): DeclarationSet {
  const items = granted.items.filter((item) => unsupportedPart(item, observed) === undefined);
  const entries = items.flatMap(entriesOf);
  const known = new Set([...ownIdentifiers, ...entries.map((one) => one.identifier)]);
  // More than one reason may keep the same.
  const others = kept.filter((one) => !known.has(one.identifier));
  const staying = new Map(others.map((one) => [one.identifier, one])).values().toArray();
  return setOf(entries.length + staying.length === 0 ? [] : [...own[kind], ...entries, ...staying]);
}

/**
 * The set in which some items stay as they were handed out before; what had not been handed out is not in it. An update
 * that cannot be written takes nothing away.
 */
export function withEarlier(
  { entries }: DeclarationSet,
  before: DeclarationSet | undefined,
  items: readonly Pick<GrantedItem, "key" | "id">[],
): DeclarationSet {
  const keys = new Set(items.map(({ key }) => key));
  const written = entries.filter((one) => !keys.has(one.item));
  const taken = new Set(written.map((one) => one.identifier));
  const unwritten = new Set(entries.flatMap((one) => (keys.has(one.item) ? [one.identifier] : [])));
  // By identifier alone: the item may have been called otherwise then, and another one by its name.
  const ids = new Set<string | undefined>(items.map(({ id }) => id));
  const earlier = (before?.entries ?? []).filter(
    ({ of, identifier }) => !taken.has(identifier) && (ids.has(of) || unwritten.has(identifier)),
  );
  return setOf([...written, ...earlier]);
}

/** A set of these entries, in an order that does not depend on theirs. */
export function setOf(entries: readonly DeclarationEntry[]): DeclarationSet {
  const sorted = entries.toSorted((a, b) => (a.identifier < b.identifier ? -1 : 1));
  return {
    token: digestOf(sorted.map(({ form, identifier, token }) => [form, identifier, token])),
    entries: sorted,
  };
}

/** What a device still has by declaration although it is not granted any more; reeve's own stays with the others. */
export function strayDeclarations(
  { items }: Pick<Granted, "items">,
  { declarations = {} }: Pick<Observed, "declarations">,
): readonly string[] {
  const granted = new Set([
    ...ownIdentifiers,
    ...items.flatMap(({ parts = [] }) => parts.map((part) => part.identifier)),
  ]);
  return Object.keys(declarations).filter((identifier) => !granted.has(identifier));
}

/** What progress and command ids of telling a channel its declarations are kept under. */
export const declaringKey = "declarations";

/** What a device that does not take declarations at all does not support. */
export const theCommand = "DeclarativeManagement";

/** What of an item's declarations the device says it does not support: a type, or all; undefined when there is none. */
export function unsupportedType(
  item: Pick<GrantedItem, "parts">,
  observed: Pick<Observed, "supports" | "rejects">,
): string | undefined {
  return observed.rejects?.includes(theCommand) === true ? theCommand : unsupportedPart(item, observed);
}

function unsupportedPart(
  { parts }: Pick<GrantedItem, "parts">,
  { supports, rejects = [] }: Pick<Observed, "supports" | "rejects">,
): string | undefined {
  if (supports === undefined && rejects.length === 0) return undefined;
  return parts?.find(
    ({ type, identifier }) => supports?.includes(type) === false || rejects.includes(identifier),
  )?.type;
}

/** The activation that reeve gives to configurations that have none. */
export function activationOf(identifier: string, activates: readonly string[]): DeclaredPart {
  const type = "com.apple.activation.simple";
  return { form: "activation", type, identifier, token: digestText([type, activates]), activates };
}

function entriesOf({ key, id, digest, parts }: GrantedItem): readonly DeclarationEntry[] {
  return (parts ?? []).map((part) =>
    part.activates === undefined
      ? { ...part, item: key, of: id, digest }
      : { ...part, item: key, of: id, payload: { StandardConfigurations: part.activates } },
  );
}

function ownEntries(items: readonly string[]): readonly DeclarationEntry[] {
  const type = "com.apple.configuration.management.status-subscriptions";
  const payload = { StatusItems: items.map((Name) => ({ Name })) };
  const identifier = "reeve.status";
  const activates = [identifier];
  return [
    { form: "configuration", type, identifier, token: digestText([type, payload]), item: ownItem, payload },
    {
      ...activationOf(`${identifier}:activation`, activates),
      item: ownItem,
      payload: { StandardConfigurations: activates },
    },
  ];
}
