import type { KeyedList } from "./keyed-lists.ts";
import { type EntryStep, type Fields, isFields } from "./leaves.ts";
import type { Decided } from "./merge-leaves.ts";

/** Where a value of a rendered policy comes from. */
export interface Source {
  /** The path that is the same in every fragment. */
  readonly leaf: string;
  /** Items that want it so, the one that decides first; `reeve` for what reeve adds itself. */
  readonly items: readonly string[];
}

export interface Body {
  readonly body: Fields;
  /** By the path in the body, in JavaScript's way of writing: `applications[2].installType`. */
  readonly sources: Readonly<Record<string, Source>>;
}

/**
 * Puts decided values together again: objects with sorted keys, keyed lists in the order of their keys. None of them
 * holds another one (mergeLeaves).
 */
export function buildBody(decided: ReadonlyMap<string, Decided>): Body {
  const root: Branch = { children: new Map() };
  for (const one of decided.values()) plant(root, one);
  const sources: Record<string, Source> = {};
  return { body: fieldsOf(root, "", sources), sources };
}

/** An object, or a keyed list. */
interface Branch {
  readonly children: Map<string, Node>;
  list?: KeyedList;
}

type Node = Branch | { readonly decided: Decided };

interface Entry {
  readonly step?: EntryStep;
}

function plant(root: Branch, decided: Decided): void {
  let here: Branch & Entry = root;
  const { steps } = decided.leaf;
  for (const [index, step] of steps.entries()) {
    const name = typeof step === "string" ? step : step.key;
    if (typeof step === "object") here.list = step.list;
    const entry: Entry = typeof step === "object" ? { step } : {};
    if (index === steps.length - 1) {
      here.children.set(name, { decided, ...entry });
      return;
    }
    const known = here.children.get(name);
    const next: Branch & Entry =
      known !== undefined && "children" in known ? known : { children: new Map(), ...entry };
    here.children.set(name, next);
    here = next;
  }
}

function fieldsOf(branch: Branch, path: string, sources: Record<string, Source>): Fields {
  return Object.fromEntries(
    sorted(branch).map(([name, node]) => [
      name,
      nodeValue(node, path === "" ? name : `${path}.${name}`, sources),
    ]),
  );
}

function nodeValue(node: Node & Entry, path: string, sources: Record<string, Source>): unknown {
  if ("decided" in node) {
    const { leaf, items } = node.decided;
    sources[path] = { leaf: leaf.path, items };
    return node.step === undefined || !isFields(leaf.value) ? leaf.value : named(node.step, leaf.value);
  }
  if (node.list === undefined) {
    const fields = fieldsOf(node, path, sources);
    return node.step === undefined ? fields : named(node.step, fields);
  }
  return sorted(node).map(([, child], index) => nodeValue(child, `${path}[${index}]`, sources));
}

function named({ list, value }: EntryStep, fields: Fields): Fields {
  return value === list.byDefault ? fields : { [list.field]: value, ...fields };
}

function sorted({ children }: Branch): readonly (readonly [string, Node])[] {
  return [...children].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
