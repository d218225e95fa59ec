import type { Content } from "./granted.ts";

/** Keeps a content for the store; its digest. */
export type Keep = (content: Content) => string;

/** Part of every profile's digest: raised when the same source renders to other bytes. */
export const rendererVersion = 1;

/** Raised when the same manifests reach devices in another way, with the same content. */
export const deliveryVersion = 1;

/** The namespace of the top-level UUIDs of profiles. */
export const uuidNamespace = "reeve/profile";

/** The names `NAME/KEY` of the secrets that a value's strings hold, sorted. */
export function secretsIn(value: unknown): readonly string[] {
  const names = new Set<string>();
  const text = JSON.stringify(value) ?? "";
  for (const match of text.matchAll(/\$\{secret:([^}]{1,200})\}/g))
    if (match[1] !== undefined) names.add(match[1]);
  return [...names].sort();
}

/** Variables that make a value of its own for each device, or each owner. */
export function isPerDevice(value: unknown): boolean {
  return /\$\{(device|owner)\./.test(JSON.stringify(value) ?? "");
}
