import { expect, test } from "vitest";
import { hasIdOf } from "./replaced-by.ts";

test("a profile and a declaration of one identifier are one thing to a device, and an app is another", () => {
  const of = (kind: Parameters<typeof hasIdOf>[0]["kind"], id = "corp.a") => ({ kind, id });
  const profile = of("Profile");
  for (const same of [profile, of("Declarations")])
    expect([hasIdOf(profile, same), hasIdOf(same, profile)]).toEqual([true, true]);
  for (const other of [of("App"), of("Book"), of("AndroidFragment"), of("Profile", "corp.b")])
    expect([hasIdOf(profile, other), hasIdOf(other, profile)]).toEqual([false, false]);
});
