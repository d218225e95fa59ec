import { deserialize, serialize } from "node:v8";
import { userGroupsOf } from "../core/compile-groups.ts";
import type { Compiled, CompiledPolicy, ItemForms, ItemUse } from "../core/compiled.ts";
import { inSlices } from "../slices.ts";

/** A compiled policy set on its way from one thread to another, in pieces that are each read in a few milliseconds. */
export interface CompiledPieces {
  readonly head: Pick<Compiled, "revision" | "organization" | "notices" | "driftCheckMs">;
  readonly pieces: readonly Uint8Array[];
}

/** All that grows with a repository, as lists; policies name their items instead of holding what they are. */
interface Lists {
  readonly forms: readonly [string, ItemForms][];
  readonly policies: readonly NamingPolicy[];
  readonly groups: readonly (readonly [string, NonNullable<ReturnType<Compiled["groups"]["get"]>>])[];
  readonly users: readonly (readonly [string, readonly string[]])[];
  readonly userGroups: readonly (readonly [string, readonly string[]])[];
  readonly exemptions: Compiled["exemptions"];
  readonly acts: Compiled["acts"];
  readonly enrollments: Compiled["enrollments"];
  readonly devices: Compiled["devices"];
  readonly references: readonly string[];
  readonly contents: readonly (readonly [string, NonNullable<ReturnType<Compiled["contents"]["get"]>>])[];
}

type NamingPolicy = Omit<CompiledPolicy, "uses"> & { readonly uses: readonly Omit<ItemUse, "forms">[] };

/** A piece of more than one entry is at most so large, in bytes: half a million of them take some ten milliseconds. */
const largestPiece = 128 * 1024;
const mostEntries = 512;

/** Takes a compiled policy set apart; `putTogether` gives an equal one. */
export function takeApart(compiled: Compiled): CompiledPieces {
  const { revision, organization, notices, driftCheckMs } = compiled;
  const lists = listsOf(compiled);
  const pieces: Uint8Array[] = [];
  for (const [name, entries] of Object.entries(lists))
    for (let start = 0; start < entries.length; start += mostEntries)
      pieces.push(...cut(name, entries.slice(start, start + mostEntries)));
  return { head: { revision, organization, notices, driftCheckMs }, pieces };
}

function* cut(name: string, entries: readonly unknown[]): Generator<Uint8Array> {
  const bytes = serialize([name, entries]);
  if (bytes.byteLength <= largestPiece || entries.length < 2) return yield bytes;
  const middle = entries.length >> 1;
  yield* cut(name, entries.slice(0, middle));
  yield* cut(name, entries.slice(middle));
}

function listsOf(compiled: Compiled): Lists {
  const uses = compiled.policies.flatMap((policy) => policy.uses);
  const { direct, parents } = compiled.userGroups.links;
  return {
    forms: [...new Map(uses.map((use) => [use.key, use.forms]))],
    policies: compiled.policies.map((policy) => ({
      ...policy,
      uses: policy.uses.map(({ forms: _forms, ...use }) => use),
    })),
    groups: [...compiled.groups],
    users: [...direct],
    userGroups: [...parents],
    exemptions: compiled.exemptions,
    acts: compiled.acts,
    enrollments: compiled.enrollments,
    devices: compiled.devices,
    references: [...compiled.references],
    contents: [...compiled.contents],
  };
}

/** The policy set again. Between pieces everything else in this process gets its turn. */
export async function putTogether({ head, pieces }: CompiledPieces): Promise<Compiled> {
  const lists = new Map<string, unknown[]>();
  for await (const piece of inSlices(pieces)) {
    const [name, entries] = deserialize(piece) as [string, unknown[]];
    const list = lists.get(name) ?? [];
    for (const entry of entries) list.push(entry);
    lists.set(name, list);
  }
  const list = <K extends keyof Lists>(name: K) => (lists.get(name) ?? []) as unknown as Lists[K];
  const forms = new Map(list("forms"));
  return {
    ...head,
    policies: list("policies").map((policy) => ({
      ...policy,
      uses: policy.uses.map((use) => ({ ...use, forms: forms.get(use.key) ?? {} })),
    })),
    groups: new Map(list("groups")),
    userGroups: userGroupsOf({ direct: new Map(list("users")), parents: new Map(list("userGroups")) }),
    exemptions: list("exemptions"),
    acts: list("acts"),
    enrollments: list("enrollments"),
    devices: list("devices"),
    references: new Set(list("references")),
    contents: new Map(list("contents")),
  };
}
