import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createSealer, readKey } from "./seal.ts";

const sealer = createSealer(Buffer.alloc(32, 1));
const place = { table: "channel_secret", column: "sealed", row: "UDID/push", epoch: 3 };

it("opens what it sealed, never writes the same twice, and shows nothing of it", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const one = sealer.seal(place, bytes);

      expect(sealer.open(place, one)).toEqual(Buffer.from(bytes));
      expect(sealer.seal(place, bytes)).not.toBe(one);
    }),
    { seed: 20_261_126 },
  );
});

it.each([{ row: "OTHER/push" }, { epoch: 4 }, { column: "other" }, { table: "material" }])(
  "does not open in another place: %o",
  (moved) => {
    const sealed = sealer.seal(place, "secret");

    expect(() => sealer.open({ ...place, ...moved }, sealed)).toThrow("does not belong to its row");
  },
);

it("refuses every value with a bit changed, shortened, or of another key, without repeating it", () => {
  const sealed = sealer.seal(place, "canary");
  const [id, text = ""] = sealed.split(":");
  const bytes = Buffer.from(text, "base64");
  fc.assert(
    fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));

      expect(() => sealer.open(place, `${id}:${changed.toString("base64")}`)).toThrow();
    }),
    { seed: 20_261_126 },
  );
  expect(() => sealer.open(place, `${id}:${bytes.subarray(0, -4).toString("base64")}`)).toThrow();
  expect(() => sealer.open(place, `${id}:`)).toThrow();
  expect(() => createSealer(Buffer.alloc(32, 2)).open(place, sealed)).toThrow(/sealed with key/);
});

it("reads key files that are raw, hex or base64, and no others", async () => {
  const folder = await mkdtemp(join(tmpdir(), "reeve-key-"));
  const key = Buffer.from(Array.from({ length: 32 }, (_, n) => n));
  const file = join(folder, "key");
  const read = async (content: Buffer | string) => {
    await writeFile(file, content);
    return readKey(file);
  };

  expect(await read(key)).toEqual(key);
  expect(await read(`${key.toString("hex")}\n`)).toEqual(key);
  expect(await read(`${key.toString("base64")}\n`)).toEqual(key);
  await expect(read("too short")).rejects.toMatchObject({ code: "bad-key" });
  await expect(readKey(join(folder, "none"))).rejects.toMatchObject({ code: "key-file" });
  await rm(folder, { recursive: true });
});
