import { PlistError, type PlistValue, plistLimits, Real } from "./plist.ts";

/** True when the bytes claim to be a binary property list. */
export function isBinaryPlist(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 6)).toString("latin1") === "bplist";
}

/**
 * The value of a binary property list (version 00; CFBinaryPList.c), under the limits of the XML reader: an
 * object that is referred to twice counts twice, so sharing cannot blow up. For files of repositories; devices
 * send XML. Throws PlistError and nothing else.
 */
export function readBinaryPlist(bytes: Uint8Array): PlistValue {
  if (bytes.length > plistLimits.bytes) throw new PlistError(`larger than ${plistLimits.bytes} bytes`);
  return new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)).object(undefined, 1);
}

/** Seconds from 1970 to 2001, where Apple's dates begin. */
const appleEpoch = 978_307_200;

class Reader {
  readonly #bytes: Buffer;
  readonly #offsets: readonly number[];
  readonly #referenceSize: number;
  readonly #top: number;
  #entries = 0;
  #read = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    if (bytes.length < 40 || bytes.toString("latin1", 0, 8) !== "bplist00")
      throw new PlistError("not a bplist00");
    const trailer = bytes.length - 32;
    const offsetSize = bytes.readUInt8(trailer + 6);
    this.#referenceSize = bytes.readUInt8(trailer + 7);
    const count = this.#number(trailer + 8, 8);
    this.#top = this.#number(trailer + 16, 8);
    const table = this.#number(trailer + 24, 8);
    if (![1, 2, 3, 4].includes(offsetSize) || ![1, 2, 3, 4].includes(this.#referenceSize)) {
      throw new PlistError("bad trailer");
    }
    if (count > plistLimits.entries * 2 || table < 8 || table + count * offsetSize > trailer) {
      throw new PlistError("bad offset table");
    }
    this.#offsets = Array.from({ length: count }, (_, index) =>
      this.#number(table + index * offsetSize, offsetSize),
    );
  }

  object(reference: number | undefined, depth: number): PlistValue {
    if (depth > plistLimits.depth) throw new PlistError(`nested deeper than ${plistLimits.depth}`);
    if (++this.#entries > plistLimits.entries)
      throw new PlistError(`more than ${plistLimits.entries} values`);
    const at = this.#offsets[reference ?? this.#top];
    if (at === undefined || at < 8) throw new PlistError("bad object reference");
    const marker = this.#slice(at, 1).readUInt8();
    const low = marker & 0x0f;
    switch (marker >> 4) {
      case 0x0:
        if (marker === 0x08 || marker === 0x09) return marker === 0x09;
        break;
      case 0x1:
        return this.#integer(at + 1, 1 << low);
      case 0x2:
        return new Real(this.#float(at + 1, 1 << low));
      case 0x3:
        return this.#date(at, low);
      default:
        return this.#sized(at, marker >> 4, depth);
    }
    throw new PlistError("unsupported object");
  }

  #sized(at: number, type: number, depth: number): PlistValue {
    const { length, start } = this.#length(at);
    switch (type) {
      case 0x4:
        return Buffer.from(this.#slice(start, length));
      case 0x5:
        return this.#ascii(start, length);
      case 0x6:
        return this.#utf16(start, length);
      case 0xa:
        return this.#references(start, length).map((reference) => this.object(reference, depth + 1));
      case 0xd:
        return this.#dict(start, length, depth);
      default:
        throw new PlistError("unsupported object");
    }
  }

  #dict(start: number, length: number, depth: number): PlistValue {
    const keys = this.#references(start, length);
    const values = this.#references(start + length * this.#referenceSize, length);
    const dict: Record<string, PlistValue> = Object.create(null);
    keys.forEach((reference, index) => {
      const key = this.object(reference, depth + 1);
      if (typeof key !== "string") throw new PlistError("a key that is not a string");
      if (key in dict) throw new PlistError("duplicate key");
      dict[key] = this.object(values[index], depth + 1);
    });
    return dict;
  }

  #references(start: number, length: number): number[] {
    if (length > plistLimits.entries) throw new PlistError(`more than ${plistLimits.entries} values`);
    this.#slice(start, length * this.#referenceSize);
    return Array.from({ length }, (_, index) =>
      this.#number(start + index * this.#referenceSize, this.#referenceSize),
    );
  }

  #length(at: number): { readonly length: number; readonly start: number } {
    const low = this.#slice(at, 1).readUInt8() & 0x0f;
    if (low !== 0x0f) return { length: low, start: at + 1 };
    const marker = this.#slice(at + 1, 1).readUInt8();
    const size = 1 << (marker & 0x0f);
    if (marker >> 4 !== 0x1 || size > 8) throw new PlistError("bad length");
    return { length: this.#number(at + 2, size), start: at + 2 + size };
  }

  #integer(at: number, size: number): number | bigint {
    const bytes = this.#slice(at, size);
    if (size === 16) return narrow(bytes.readBigUInt64BE(8));
    if (size > 16) throw new PlistError("integer of more than 64 bits");
    return size === 8 ? narrow(bytes.readBigInt64BE()) : bytes.readUIntBE(0, size);
  }

  #float(at: number, size: number): number {
    const bytes = this.#slice(at, size);
    if (size !== 4 && size !== 8) throw new PlistError("bad real");
    return size === 4 ? bytes.readFloatBE() : bytes.readDoubleBE();
  }

  #date(at: number, low: number): Date {
    const date = new Date(Math.floor(this.#float(at + 1, 1 << low) + appleEpoch) * 1000);
    if (Number.isNaN(date.getTime())) throw new PlistError("bad date");
    return date;
  }

  #ascii(start: number, length: number): string {
    const text = this.#slice(start, length).toString("latin1");
    if (/[\0\x80-\xff]/.test(text)) throw new PlistError("not ASCII");
    return text;
  }

  #utf16(start: number, length: number): string {
    const text = Buffer.from(this.#slice(start, length * 2))
      .swap16()
      .toString("utf16le");
    if (!text.isWellFormed() || text.includes("\0")) throw new PlistError("not UTF-16");
    return text;
  }

  /** Every byte is charged each time it is read, so that sharing cannot multiply work. */
  #slice(start: number, length: number): Buffer {
    if (!(start >= 0 && length >= 0 && start + length <= this.#bytes.length))
      throw new PlistError("truncated");
    this.#read += length;
    if (this.#read > plistLimits.bytes) throw new PlistError(`larger than ${plistLimits.bytes} bytes`);
    return this.#bytes.subarray(start, start + length);
  }

  #number(at: number, size: number): number {
    if (at + size > this.#bytes.length) throw new PlistError("truncated");
    if (size <= 6) return this.#bytes.readUIntBE(at, size);
    const value = Number(this.#bytes.readBigUInt64BE(at));
    if (!Number.isSafeInteger(value)) throw new PlistError("number out of range");
    return value;
  }
}

function narrow(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
