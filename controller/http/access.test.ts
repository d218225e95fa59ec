import { expect, test } from "vitest";
import { createAccess, hashToken } from "./access.ts";

test("all tokens of a person are one person, whoever connects them", () => {
  const access = createAccess([
    { name: "alice", role: "approver", hash: hashToken("1"), emails: ["Alice@acme.example"] },
    { name: "second", role: "approver", hash: hashToken("2"), emails: ["s@acme.example"] },
    { name: "bob", role: "approver", hash: hashToken("3"), emails: ["bob@acme.example"] },
    {
      name: "alice.doe",
      role: "operator",
      hash: hashToken("4"),
      emails: ["alice@acme.example", "S@ACME.example"],
    },
  ]);
  const who = (token: string) => access.identify(`Bearer ${token}`);

  expect(["1", "2", "3", "4"].map((token) => (who(token) as { person?: string }).person)).toEqual([
    "alice",
    "alice",
    "bob",
    "alice",
  ]);
  expect(who("2")).toMatchObject({
    name: "second",
    identities: expect.arrayContaining(["alice@acme.example"]),
  });
});
