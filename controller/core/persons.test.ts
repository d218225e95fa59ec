import { expect, test } from "vitest";
import { identitiesOf } from "./persons.ts";

const share = (a: readonly string[], b: readonly string[]): boolean => {
  const known = new Set(identitiesOf(a));
  return identitiesOf(b).some((one) => known.has(one));
};

test.each([
  ["case", ["Alice Doe"], ["ALICE DOE"]],
  ["wide letters and spaces", ["Ａlice   Doe"], ["alice doe"]],
  ["an invisible character", ["al\u200bice"], ["alice"]],
  ["another domain", ["alice@acme.example"], ["alice@home.example"]],
  ["a plus address", ["alice+git@acme.example"], ["alice"]],
  ["a forge's address without reply", ["1234+alice@users.noreply.forge.example"], ["alice"]],
  ["one of several names", ["A. Doe", "alice@acme.example"], ["boss", "Alice@Acme.Example"]],
])("takes two for one person: %s", (_what, a, b) => {
  expect(share(a, b)).toBe(true);
});

test("tells others apart, and nobody from nobody", () => {
  expect(share(["Alice Doe", "alice@acme.example"], ["bob", "bob@acme.example"])).toBe(false);
  expect(identitiesOf(["", "  ", "\u200b", "@acme.example"])).toEqual(["@acme.example"]);
});

test("an address is its local part as well, also of one letter, without what a mailbox takes no notice of", () => {
  expect(identitiesOf(["b@acme.example", "Zoe", "ada"])).toEqual(["ada", "b", "b@acme.example", "zoe"]);
  expect(identitiesOf(["zoe+git+more@x"])).toEqual(["zoe", "zoe+git+more@x"]);
  // A number is a person's name where a forge put none before it.
  expect(identitiesOf(["1234@x"])).toEqual(["1234", "1234@x"]);
  expect(identitiesOf(["1234+@x"])).toEqual(["1234", "1234+@x"]);
  expect(identitiesOf(["a@b@c"])).toEqual(["a@b", "a@b@c"]);
});
