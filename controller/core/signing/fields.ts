/** Thrown inside these parsers for bytes that are not what they should be; each parser's entry catches it. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

/** Reads the wire format of SSH (RFC 4251, section 5) strictly: nothing may be missing, and `end` allows nothing after. */
export interface FieldReader {
  /** A `uint32`. */
  readonly number: () => number;
  readonly byte: () => number;
  /** A `string`: its bytes. */
  readonly bytes: () => Uint8Array;
  /** A `string` of printable ASCII. */
  readonly word: () => string;
  /** A positive `mpint` without its leading zero, in the shortest form. */
  readonly positive: () => Uint8Array;
  readonly end: () => void;
}

/** A reader from the beginning of `source`. Its functions throw `Malformed`. */
export function readFields(source: Uint8Array): FieldReader {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > source.length) throw new Malformed("it ends too early");
    at += length;
    return source.subarray(at - length, at);
  };
  const number = (): number => {
    take(4);
    return view.getUint32(at - 4);
  };
  const bytes = (): Uint8Array => take(number());
  return {
    number,
    bytes,
    byte: () => take(1)[0] ?? 0,
    word() {
      const text = String.fromCharCode(...bytes().subarray(0, 200));
      if (!/^[\x21-\x7e]{0,100}$/.test(text)) throw new Malformed("a name in it is not one");
      return text;
    },
    positive() {
      const given = bytes();
      const [first = 0, second = 0] = given;
      if (given.length === 0 || first > 127 || (first === 0 && second < 128))
        throw new Malformed("a number in it is not a positive one in the shortest form");
      return first === 0 ? given.subarray(1) : given;
    },
    end() {
      if (at !== source.length) throw new Malformed("something follows its end");
    },
  };
}

/** Base64 in its one form: the standard alphabet, padded, no bits left over. Throws `Malformed`. */
export function fromBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) throw new Malformed("its base64 is not well formed");
  return bytes;
}
