import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { activationOf, declarationsOf, setOf, unsupportedType } from "./declarations.ts";
import { partIdentifier } from "./declared-identifier.ts";
import { declaredContents, formParts, partsFor } from "./declared-item.ts";
import type { GrantedItem } from "./granted.ts";
import { grantedOf, profile } from "./test-situation.ts";

interface Wanted {
  readonly name: string;
  readonly echo: string;
  readonly secret: string;
}

const items = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom("a", "b", "c", "d"),
    echo: fc.constantFrom("one", "two"),
    secret: fc.constantFrom("s1", "s2"),
  }),
  { selector: (one) => one.name, maxLength: 4 },
);

function itemOf({ name, echo, secret }: Wanted): GrantedItem {
  const id = `corp.${name}`;
  const written = { type: "com.apple.configuration.management.test", name: "test", content: { Echo: echo } };
  const contents = declaredContents(id, [written], () => [`password=${secret}`]);
  const parts = partsFor(
    id,
    formParts(contents, () => undefined),
    "ios",
  );
  const { uuid: _uuid, ...rest } = profile(name);
  return { ...rest, kind: "Declarations", id, parts };
}

function tokenOf(wanted: readonly Wanted[]): string {
  return declarationsOf(grantedOf(wanted.map(itemOf)), {}).token;
}

const byName = (all: readonly Wanted[]) => all.toSorted((a, b) => (a.name < b.name ? -1 : 1));

describe("the token of a set", () => {
  test("is equal for equal content, in whatever order, and different for any difference", () => {
    fc.assert(
      fc.property(items, items, (one, other) => {
        const alike = JSON.stringify(byName(one)) === JSON.stringify(byName(other));
        expect(tokenOf(one) === tokenOf(other)).toBe(alike);
      }),
    );
  });

  test("does not depend on what an item is called, only on what is declared", () => {
    const item = itemOf({ name: "a", echo: "one", secret: "s1" });
    const renamed = { ...item, key: "Profile/z", policy: "other" };

    const before = declarationsOf(grantedOf([item]), {});
    expect(declarationsOf(grantedOf([renamed]), {}).token).toBe(before.token);
  });

  test("comes back with the content", () => {
    const first = [{ name: "a", echo: "one", secret: "s1" }];
    const second = [{ name: "a", echo: "two", secret: "s1" }];
    const tokens = [first, second, first].map(tokenOf);

    expect(tokens[2]).toBe(tokens[0]);
    expect(tokens[1]).not.toBe(tokens[0]);
  });
});

describe("a set", () => {
  test("keeps identifiers and tokens within what Apple allows", () => {
    const long = { name: "a".repeat(60), echo: "one", secret: "s1" };
    const { entries } = declarationsOf(grantedOf([itemOf(long)]), {});

    for (const { identifier, token } of entries) {
      expect(Buffer.byteLength(identifier)).toBeLessThanOrEqual(64);
      expect(Buffer.byteLength(token)).toBeLessThanOrEqual(64);
    }
    expect(new Set(entries.map((one) => one.identifier)).size).toBe(entries.length);
  });

  test("tells long identifiers apart that begin alike", () => {
    const item = "ä".repeat(40);

    expect(partIdentifier(item, "one")).not.toBe(partIdentifier(item, "two"));
    expect(partIdentifier(item, "one")).toBe(partIdentifier(item, "one"));
  });

  test("has an activation for each item, so that one that fails stops no other", () => {
    const wanted = [
      { name: "a", echo: "one", secret: "s1" },
      { name: "b", echo: "two", secret: "s1" },
    ];
    const { entries } = declarationsOf(grantedOf(wanted.map(itemOf)), {});
    const activated = entries.flatMap((one) => (one.form === "activation" ? [one.activates] : []));

    expect(activated).toContainEqual(["corp.a:test"]);
    expect(activated).toContainEqual(["corp.b:test"]);
  });

  test("is empty for a channel without declared items, and holds nothing that it cannot use", () => {
    const item = itemOf({ name: "a", echo: "one", secret: "s1" });
    const supports = ["com.apple.activation.simple"];

    expect(declarationsOf(grantedOf([]), {}).entries).toEqual([]);
    expect(declarationsOf(grantedOf([item]), { supports }).entries).toEqual([]);
    expect(unsupportedType(item, { supports })).toBe("com.apple.configuration.management.test");
  });

  test("keeps what must not go now", () => {
    const [a, b] = ["a", "b"].map((name) => itemOf({ name, echo: "one", secret: "s1" }));
    const before = declarationsOf(grantedOf([a as GrantedItem, b as GrantedItem]), {});
    const after = declarationsOf(grantedOf([a as GrantedItem]), {}, { kept: before.entries });

    expect(after.token).toBe(before.token);
  });
});

test("configurations that an activation of the manifest names get none of reeve's", () => {
  const written = [
    { type: "com.apple.configuration.management.test", name: "one", content: { Echo: "1" } },
    { type: "com.apple.configuration.management.test", name: "two", content: { Echo: "2" } },
    {
      type: "com.apple.activation.simple",
      name: "when",
      content: { StandardConfigurations: ["one"], Predicate: "TRUEPREDICATE" },
    },
  ];
  const contents = declaredContents("corp", written, () => []);
  const parts = partsFor(
    "corp",
    formParts(contents, () => undefined),
    "ios",
  );

  expect(contents[2]?.content).toEqual({
    StandardConfigurations: ["corp:one"],
    Predicate: "TRUEPREDICATE",
  });
  expect(parts.at(-1)).toEqual(activationOf("corp::activation", ["corp:two"]));
  expect(parts.filter((part) => part.conditional).map((part) => part.identifier)).toEqual([
    "corp:one",
    "corp:when",
  ]);
});

test("a set does not depend on the order of its entries", () => {
  const { entries, token } = declarationsOf(
    grantedOf([itemOf({ name: "a", echo: "one", secret: "s1" })]),
    {},
  );

  expect(setOf(entries.toReversed())).toEqual({ entries, token });
});
