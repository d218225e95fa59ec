import { crc32, deflateSync } from "node:zlib";
import { encode, renderSVG, renderUnicodeCompact } from "uqr";

/** Light modules around the code that readers need (ISO/IEC 18004). */
const quiet = 4;

/** A QR code for terminals, in half blocks; its width is that of its first line. */
export function qrText(text: string): string {
  return renderUnicodeCompact(text, { border: 2, ecc: "L" });
}

/** A QR code as an SVG image, black on white, without a size of its own. */
export function qrSvg(text: string): string {
  return renderSVG(text, { border: quiet, ecc: "M" });
}

/** A QR code as a PNG image of one bit a pixel; `scale` pixels a module. */
export function qrPng(text: string, scale = 8): Buffer {
  const { data } = encode(text, { border: quiet, ecc: "M" });
  const size = data.length * scale;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // One bit of grey, deflate, no filter, not interlaced (PNG, 11.2.2).
  header.set([1, 0, 0, 0, 0], 8);
  const rows = data.flatMap((row) => Array.from({ length: scale }, () => rowOf(row, scale)));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(rows))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** The filter byte, then the pixels from the highest bit; white is 1. */
function rowOf(modules: readonly boolean[], scale: number): Buffer {
  const row = Buffer.alloc(1 + Math.ceil((modules.length * scale) / 8));
  for (let x = 0; x < modules.length * scale; x++) {
    if (modules[Math.floor(x / scale)] === true) continue;
    const at = 1 + (x >> 3);
    row[at] = (row[at] ?? 0) | (0x80 >> (x & 7));
  }
  return row;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const around = Buffer.alloc(8);
  around.writeUInt32BE(data.length, 0);
  around.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([around.subarray(0, 4), body, around.subarray(4)]);
}
