import { crc32, inflateSync } from "node:zlib";
import { encode } from "uqr";
import { expect, test } from "vitest";
import { qrPng, qrSvg } from "./qr-image.ts";

const link = "https://mdm.acme.example/enroll/vX6cOjSWVDFjJwHpfirOKg";

test("the PNG has each module of the code, with the light border that readers need", () => {
  const scale = 3;
  const chunks = chunksOf(qrPng(link, scale));
  expect(chunks.map(({ type }) => type)).toEqual(["IHDR", "IDAT", "IEND"]);
  const [header = Buffer.alloc(0), data = Buffer.alloc(0)] = chunks.map((one) => one.data);
  const size = header.readUInt32BE(0);
  const { data: modules } = encode(link, { border: 0, ecc: "M" });
  expect([header.readUInt32BE(4), header[8], header[9]]).toEqual([size, 1, 0]);
  expect(size).toBe((modules.length + 8) * scale);

  const pixels = inflateSync(data);
  const width = 1 + Math.ceil(size / 8);
  expect(pixels.length).toBe(size * width);
  const isDark = (x: number, y: number): boolean =>
    ((pixels[y * width + 1 + (x >> 3)] ?? 0) & (0x80 >> (x & 7))) === 0;
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const expected = modules[Math.floor(y / scale) - 4]?.[Math.floor(x / scale) - 4] === true;
      if (isDark(x, y) !== expected) expect.fail(`pixel ${x}, ${y}`);
    }
});

test("the SVG scales, and holds no text of the link", () => {
  const svg = qrSvg(link);
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="/);
  expect(svg).not.toContain("acme");
});

function chunksOf(png: Buffer): { readonly type: string; readonly data: Buffer }[] {
  expect(png.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const chunks = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const body = png.subarray(at + 4, at + 8 + length);
    expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(body));
    chunks.push({ type: body.subarray(0, 4).toString("latin1"), data: body.subarray(4) });
    at += 12 + length;
  }
  return chunks;
}
