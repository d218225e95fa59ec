import { isDict, type PlistValue } from "../wire/plist.ts";

/** A binary property list, for seeds: what nobody of ours writes and everybody may send. */
export function writeBinaryPlist(root: PlistValue): Buffer {
  const objects: Buffer[] = [];
  add(root, objects);
  const header = Buffer.from("bplist00", "latin1");
  const offsets: number[] = [];
  let at = header.length;
  for (const object of objects) {
    offsets.push(at);
    at += object.length;
  }
  const table = Buffer.alloc(offsets.length * 2);
  for (const [index, offset] of offsets.entries()) table.writeUInt16BE(offset, index * 2);
  const trailer = Buffer.alloc(32);
  trailer[6] = 2;
  trailer[7] = 2;
  trailer.writeUInt32BE(objects.length, 12);
  trailer.writeUInt32BE(at, 28);
  return Buffer.concat([header, ...objects, table, trailer]);
}

/** Writes a value and what is in it; its number. */
function add(value: PlistValue, objects: Buffer[]): number {
  const index = objects.push(Buffer.alloc(0)) - 1;
  objects[index] = encode(value, objects);
  return index;
}

function encode(value: PlistValue, objects: Buffer[]): Buffer {
  if (typeof value === "boolean") return Buffer.from([value ? 0x09 : 0x08]);
  if (typeof value === "number") return integer(value);
  if (typeof value === "string") return text(value);
  if (value instanceof Uint8Array) return Buffer.concat([sized(0x40, value.length), value]);
  if (value instanceof Date) return date(value);
  if (Array.isArray(value)) {
    const items = value.map((item: PlistValue) => reference(add(item, objects)));
    return Buffer.concat([sized(0xa0, items.length), ...items]);
  }
  if (!isDict(value)) throw new Error("no seed needs this");
  const entries = Object.entries(value);
  const keys = entries.map(([key]) => reference(add(key, objects)));
  const values = entries.map(([, inner]) => reference(add(inner, objects)));
  return Buffer.concat([sized(0xd0, entries.length), ...keys, ...values]);
}

function integer(value: number): Buffer {
  const bytes = Buffer.alloc(5, 0x12);
  bytes.writeUInt32BE(value, 1);
  return bytes;
}

function text(value: string): Buffer {
  if (/^[\x20-\x7e]*$/.test(value)) return Buffer.concat([sized(0x50, value.length), Buffer.from(value)]);
  return Buffer.concat([sized(0x60, value.length), Buffer.from(value, "utf16le").swap16()]);
}

function date(value: Date): Buffer {
  const bytes = Buffer.alloc(9, 0x33);
  bytes.writeDoubleBE((value.getTime() - Date.UTC(2001, 0, 1)) / 1000, 1);
  return bytes;
}

function sized(tag: number, length: number): Buffer {
  return length < 15
    ? Buffer.from([tag | length])
    : Buffer.from([tag | 15, 0x11, length >> 8, length & 0xff]);
}

function reference(index: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(index);
  return bytes;
}
