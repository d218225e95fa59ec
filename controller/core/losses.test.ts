import { expect, test } from "vitest";
import { type AppLosses, anyApps } from "./android-policy/app-losses.ts";
import type { GrantedItem, UnnamedApps } from "./granted.ts";
import { lossesOf, otherApps, takenBy, withhold } from "./losses.ts";
import { grantedOf, profile } from "./test-situation.ts";

function app(name: string, wish: NonNullable<GrantedItem["wish"]> = "required"): GrantedItem {
  const id = wish === "blocked" ? `blocked:com.${name}` : `com.${name}`;
  return { ...profile(name, { id, wish, priority: 100 }), key: `App/${name}`, kind: "AndroidApp" };
}

function store(unnamed: UnnamedApps): GrantedItem {
  return { ...profile("store", { unnamed, priority: 100 }), kind: "AndroidFragment" };
}

const blacklist = store({ playStoreMode: "BLACKLIST" });
const whitelist = store({ playStoreMode: "WHITELIST" });

test("only what another item takes away is a loss, not what leaves by itself", () => {
  expect(lossesOf(grantedOf([app("a")]), grantedOf([]))).toBeUndefined();
  expect(lossesOf(grantedOf([profile("p")]), grantedOf([profile("p")]))).toBeUndefined();
  // An item of any other kind beside them changes nothing.
  const beside = profile("p");
  expect(lossesOf(grantedOf([beside, blacklist]), grantedOf([beside, whitelist]))?.others).toBeDefined();
  const both = lossesOf(grantedOf([blacklist, app("gone")]), grantedOf([blacklist, app("ban", "blocked")]));
  expect(both?.apps.map(({ blockedBy }) => blockedBy)).toEqual([["App/ban"]]);
  expect(both).not.toHaveProperty("others");
});

test("a loss is seen wherever what it takes away had come from", () => {
  const blocked = grantedOf([app("ban", "blocked")]);
  expect(lossesOf(undefined, blocked)).toBeUndefined();
  expect(lossesOf(grantedOf([]), blocked)).toBeUndefined();
  // It was let go, so that it stayed; or another policy was there, of which nobody knows what it allowed.
  const letGo = lossesOf(grantedOf([], { letGo: ["AndroidApp/com.ban"] }), blocked);
  expect(letGo?.apps.map(({ blockedBy }) => blockedBy)).toEqual([["App/ban"]]);
  expect(lossesOf(anyApps, grantedOf([]))?.others).toBeDefined();
});

const found = (blockers: readonly (readonly string[])[], by?: readonly string[]) =>
  ({
    apps: blockers.map((blockedBy) => ({ blockedBy })),
    ...(by === undefined ? {} : { others: { by, before: { playStoreMode: "BLACKLIST" } } }),
  }) as unknown as AppLosses;

test("who blocks an app counts once among removals, in one order, and all that nobody names as one more", () => {
  expect(takenBy(["Profile/x"], undefined)).toEqual({ removals: ["Profile/x"] });
  expect(
    takenBy(
      ["App/b"],
      found([
        ["App/c", "App/b"],
        ["App/a", "App/c"],
      ]),
    ),
  ).toEqual({
    removals: ["App/b", "App/a", "App/c"],
    losses: { blocking: ["App/a", "App/c"] },
  });
  expect(takenBy([], found([], ["Profile/store"]))).toEqual({
    removals: [otherApps],
    losses: { blocking: [], others: ["Profile/store"] },
  });
});

test("what would take apps away is withheld with its reason, and the others stay as they were", () => {
  const granted = grantedOf([app("b", "blocked"), app("c")]);
  const held = withhold(granted, found([["App/b"], ["App/a"]], []), "frozen");
  expect(held.items.map(({ key }) => key)).toEqual(["App/c"]);
  expect(held.unnamed).toEqual({ playStoreMode: "BLACKLIST" });
  expect(held.withheld).toEqual([
    { key: "App/a", reason: "frozen" },
    { key: "App/b", reason: "frozen" },
    { key: otherApps, reason: "apps that the policy does not name stay: frozen" },
  ]);
  const named = withhold(granted, found([], ["Profile/store"]), "frozen");
  expect(named.withheld.map(({ key }) => key)).toEqual(["Profile/store"]);
  const none = withhold(granted, found([["App/b"]]), "frozen");
  expect(none.withheld.map(({ key }) => key)).toEqual(["App/b"]);
  expect(none).not.toHaveProperty("unnamed");
  // What is held back already stays so.
  const network = { key: "Profile/other", reason: "isolating budget used up" };
  const both = withhold({ ...granted, withheld: [network] }, found([["App/b"]]), "frozen");
  expect(both.withheld).toEqual([network, { key: "App/b", reason: "frozen" }]);
});
