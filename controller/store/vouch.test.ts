import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { freezeAct } from "./acts.ts";
import { wipeOf } from "./contract-guards.ts";
import { createSealer } from "./seal.ts";
import { enroll, start } from "./test-fleet.ts";
import { pglite } from "./test-stores.ts";
import { introduce, type VouchedAct, vouchFor } from "./vouch.ts";

const sealer = createSealer(Buffer.alloc(32, 3));
const act: VouchedAct = {
  id: "a1",
  name: "Operation/x@1",
  digest: "0a1b",
  persons: ["bob", "ädä"],
  revision: "r1",
  reason: "it was stolen",
  createdAt: 5,
  coolOffMs: 900_000,
};

test("the mark is over everything that an approver decides on, each with its length in bytes", () => {
  const text =
    "reeve vouches 1\n2:a1,13:Operation/x@1,4:0a1b,14:3:bob,5:ädä,,2:r1,13:it was stolen,1:5,6:900000,";
  const key = Buffer.from(sealer.wordFor("vouch for acts"), "hex");
  expect(vouchFor(sealer, act)).toBe(createHmac("sha256", key).update(text).digest("hex"));
  const others: readonly VouchedAct[] = [
    { ...act, id: "a2" },
    { ...act, name: "Operation/x@2" },
    { ...act, digest: "0a1c" },
    { ...act, persons: ["bob"] },
    { ...act, persons: ["bob,5:ädä"] },
    { ...act, revision: undefined },
    { ...act, reason: "" },
    { ...act, createdAt: 6 },
    { ...act, coolOffMs: 0 },
  ];
  expect(new Set([act, ...others].map((one) => vouchFor(sealer, one))).size).toBe(others.length + 1);
  expect(vouchFor(createSealer(Buffer.alloc(32, 4)), act)).not.toBe(vouchFor(sealer, act));
});

test("the gate works out the same, believes no act that was changed, and no other key", async () => {
  await using database = await pglite.fresh();
  await using store = await database.open();
  const one = await enroll(store, 1);
  const wipe = wipeOf([one], { expiresAt: start * 2 });
  const [filed, other] = [
    await freezeAct(store, wipe),
    await freezeAct(store, { ...wipe, name: `${wipe.name}x` }),
  ];
  const believes = async (id: string | undefined) =>
    (await store.query<{ is: boolean }>("select reeve.is_vouched($1) as is", [id]))[0]?.is;
  expect([await believes(filed?.id), await believes(other?.id)]).toEqual([true, true]);
  await store.query("update reeve.act set reason = 'another' where id = $1", [filed?.id]);
  expect(await believes(filed?.id)).toBe(false);

  await introduce(store, store.sealer);
  await expect(introduce(store, sealer)).rejects.toMatchObject({
    code: "wrong-key",
    message: "the gate of this database believes another key than the one given",
  });
});
