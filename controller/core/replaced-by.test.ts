import { expect, test } from "vitest";
import { hasIdOf, idOf, replacedBy } from "./replaced-by.ts";
import { app, profile as profileOf } from "./test-situation.ts";

test("a profile and a declaration of one identifier are one thing to a device, and an app is another", () => {
  const of = (kind: Parameters<typeof hasIdOf>[0]["kind"], id = "corp.a") => ({ kind, id });
  const profile = of("Profile");
  for (const same of [profile, of("Declarations")])
    expect([hasIdOf(profile, same), hasIdOf(same, profile)]).toEqual([true, true]);
  for (const other of [of("App"), of("Book"), of("AndroidFragment"), of("Profile", "corp.b")])
    expect([hasIdOf(profile, other), hasIdOf(other, profile)]).toEqual([false, false]);
});

test("a declaration takes the place of the profile with its identifier, whatever its name", () => {
  const [a, b] = [profileOf("a"), profileOf("b")];
  const taking = { ...b, kind: "Declarations", id: a.id } as const;
  expect(replacedBy([taking], [a, b])(taking)).toBe(a);
  expect([idOf(taking), idOf(app("a"))]).toEqual([idOf(a), "App/corp.a"]);
});
