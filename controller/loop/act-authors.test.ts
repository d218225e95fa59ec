import { expect, test } from "vitest";
import type { Compiled } from "../core/compiled.ts";
import { acquireLease } from "../store/leader.ts";
import { pglite } from "../store/test-stores.ts";
import { noteActAuthors, readActAuthors } from "./act-authors.ts";

test("who leads no more does not write over who asked for the acts of the revision after his", async () => {
  let now = 0;
  await using database = await pglite.fresh();
  await using store = await database.open({ now: () => now });
  const note = async (revision: string, lease: Awaited<ReturnType<typeof acquireLease>>) => {
    const snapshot = { revision, author: "ada", authorEmail: "ada@acme.example", verified: false };
    await noteActAuthors(store, { revision, acts: [] as const } as unknown as Compiled, snapshot, now, lease);
  };
  const lead = async (holder: string) => acquireLease(store, { name: "leader", holder, ttlMs: 1_000 });
  const before = await lead("a");
  now = 2_000;
  await note("r2", await lead("b"));

  await expect(note("r1", before)).rejects.toMatchObject({ code: "lease-lost" });
  expect(await readActAuthors(store, "r2")).toEqual({});
});
