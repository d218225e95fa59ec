import { canonical } from "./canonical.ts";
import { isPasswordName } from "./password-name.ts";

/** One leaf that differs between two contents; absent on one side means added or removed. */
export interface LeafChange {
  readonly path: string;
  readonly from?: string;
  readonly to?: string;
}

/**
 * The leaves in which two contents differ, by path, at most `most`. Values are templates: what a secret or a
 * device variable stands for is not in them. Identity fields that always change are left out.
 */
export function contentDiff(from: unknown, to: unknown, most = 20): readonly LeafChange[] {
  const before = leaves(from);
  const after = leaves(to);
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  const changes = paths.filter((path) => before.get(path) !== after.get(path) && !ignored.has(lastOf(path)));
  return changes.slice(0, most).map((path) => {
    const old = before.get(path);
    const now = after.get(path);
    return { path, ...(old === undefined ? {} : { from: old }), ...(now === undefined ? {} : { to: now }) };
  });
}

/** `minLength 6 -> 8`, the way a plan shows it. Of a password that stands in clear it says only that it changed. */
export function describeChange(change: LeafChange): string {
  const name = lastOf(change.path);
  if (holdsPassword(change))
    return `${name} ${change.from === undefined ? "added" : change.to === undefined ? "removed" : "changed"}`;
  if (change.from === undefined) return `${name} ${change.to} added`;
  if (change.to === undefined) return `${name} removed`;
  return `${name} ${change.from} -> ${change.to}`;
}

/** Truth values and references are told: they are no passwords. */
function holdsPassword({ path, from = "", to = "" }: LeafChange): boolean {
  if (!isPasswordName(lastOf(path.replace(/\.\$\w+$/, "")))) return false;
  return [from, to].some((value) => !/^(|true|false|\$\{[^}]*\})$/.test(value));
}

const ignored: ReadonlySet<string> = new Set(["uuid", "bytes"]);

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

const longest = 40;

function leaves(value: unknown): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const walk = (inner: unknown, path: string): void => {
    const children = childrenOf(inner);
    if (children === undefined)
      found.set(path, shorten(typeof inner === "string" ? inner : canonical(inner)));
    else for (const [name, child] of children) walk(child, path === "" ? name : `${path}.${name}`);
  };
  walk(value, "");
  return found;
}

/** The parts of a value that are compared one by one; undefined for a leaf, which a list of scalars is too. */
function childrenOf(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (value === null || typeof value !== "object") return undefined;
  if (!Array.isArray(value)) return Object.entries(value);
  if (!value.some((child) => typeof child === "object" && child !== null)) return undefined;
  return value.map((child, index) => [nameOf(child) ?? String(index), child] as const);
}

/** Elements of lists are known by their type and name rather than by their position. */
function nameOf(value: unknown): string | undefined {
  if (value === null || typeof value !== "object") return undefined;
  const { type, name } = value as { readonly type?: unknown; readonly name?: unknown };
  return typeof type === "string"
    ? `${type.replaceAll(".", "_")}/${typeof name === "string" ? name : ""}`
    : undefined;
}

function shorten(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
