import { expect, test } from "vitest";
import { createAccess, hashToken } from "./access.ts";

test("all tokens of a person are one person, known by every name and address", () => {
  const access = createAccess([
    {
      name: "alice",
      role: "approver",
      tokens: [hashToken("1"), hashToken("2")],
      emails: ["Alice.Doe@acme.example"],
    },
    { name: "bob", role: "approver", tokens: [hashToken("3")] },
  ]);
  const who = (token: string) => access.identify(`Bearer ${token}`);

  expect(["1", "2", "3", "4"].map((token) => (who(token) as { person?: string })?.person)).toEqual([
    "alice",
    "alice",
    "bob",
    undefined,
  ]);
  expect(who("2")).toMatchObject({ identities: ["alice", "alice.doe", "alice.doe@acme.example"] });
});
