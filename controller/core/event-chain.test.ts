import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { leafOf, noSeal, rangesOf, rootOf, type Seal, sealHash, type WrittenEvent } from "./event-chain.ts";

const hex = (bytes: Buffer) => bytes.toString("hex");

const written: WrittenEvent = {
  seq: 17,
  at: 1_750_000_000_000,
  type: "act.held",
  device: "Ü1",
  subject: null,
  message: "",
  by: "ann@acme.example",
  revision: "abc",
};

test("the hash of an event stays what it was, and no other event has it", () => {
  // Who verifies the history computes it from the words of docs: a change here breaks all seals there are.
  const text = "reeve event 1\n2:17,13:1750000000000,8:act.held,3:Ü1,-0:,16:ann@acme.example,3:abc,";
  expect(hex(leafOf(written))).toBe(createHash("sha256").update(`\0${text}`).digest("hex"));
  const others: readonly Partial<WrittenEvent>[] = [
    { seq: 18 },
    { at: 0 },
    { type: "act.hel" },
    { device: null, subject: "Ü1" },
    { device: "" },
    { device: null },
    { subject: "" },
    { subject: "-" },
    { message: "0:," },
    { by: null, revision: "ann@acme.example,3:abc" },
    { revision: null },
  ];
  const hashes = [{}, ...others].map((other) => hex(leafOf({ ...written, ...other })));
  expect(new Set(hashes).size).toBe(others.length + 1);
});

test("the root of leaves is that of RFC 6962", () => {
  // The inputs and roots with which implementations of Certificate Transparency test themselves.
  const inputs = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
  ];
  const leaves = inputs.map((input) =>
    createHash("sha256")
      .update(Buffer.from(`00${input}`, "hex"))
      .digest(),
  );
  const roots = inputs.map((_, last) => hex(rootOf(Buffer.concat(leaves.slice(0, last + 1)))));
  expect(roots).toEqual([
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ]);
  expect([rootOf(Buffer.alloc(0)), noSeal]).toEqual([Buffer.alloc(32), Buffer.alloc(32)]);
});

test("the hash of a seal holds all that it says but its leaves, which its root holds", () => {
  const seal: Omit<Seal, "leaves" | "seqs"> = {
    n: 3,
    previous: Buffer.alloc(32, 1),
    root: Buffer.alloc(32, 2),
    count: 5,
    at: 10,
    oldestAt: 9,
    lasting: "{[1,5)}",
  };
  const roots = `64:${"01".repeat(32)},64:${"02".repeat(32)},`;
  const text = `reeve seal 1\n1:3,${roots}1:5,2:10,1:9,7:{[1,5)},`;
  expect(hex(sealHash(seal))).toBe(createHash("sha256").update(text).digest("hex"));
});

test("ranges are read as PostgreSQL writes them, and none of a list with one that could hide events", () => {
  expect(rangesOf("{}")).toEqual([]);
  expect(rangesOf("{[1,5),[7,8)}")).toEqual([
    [1, 5],
    [7, 8],
  ]);
  for (const hiding of [
    "{[1,5),[7,)}",
    "{(,5),[7,8)}",
    "{[-5,-4),[7,8)}",
    "{[7,8),[99,1000000000000000)}",
    "{[1,5]}",
    "[1,5)",
    "{[1,5)} ",
  ])
    expect(rangesOf(hiding)).toEqual([]);
});
