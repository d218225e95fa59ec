/** What keeps bytes from being a text, and where: line and column count from 1. */
export interface NotText {
  readonly error: string;
  readonly line: number;
  readonly column: number;
}

/**
 * The text of a file, without its byte order mark. NUL is refused as well: UTF-16 without a mark is valid UTF-8 full
 * of it, and would otherwise pass for a file that is not ours.
 */
export function decodeText(bytes: Uint8Array): string | NotText {
  const lossy = new TextDecoder("utf-8").decode(bytes);
  const nul = lossy.indexOf("\0");
  if (isUtf16(bytes)) return { error: "the file is UTF-16, not UTF-8", line: 1, column: 1 };
  if (nul !== -1) return { error: "the file holds a NUL character", ...placeIn(lossy, nul) };
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { error: "the file is not UTF-8", ...placeIn(lossy, Math.max(0, firstBroken(lossy, bytes))) };
  }
}

/** By its mark, or by a NUL in every other byte of the beginning. */
function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  const start = bytes.subarray(0, 32);
  const isNulAt = (parity: number) => start.every((byte, index) => (byte === 0) === (index % 2 === parity));
  return start.length >= 4 && (isNulAt(0) || isNulAt(1));
}

/** Where the decoder put its replacement for bytes that were not that character themselves. */
function firstBroken(lossy: string, bytes: Uint8Array): number {
  const isMarked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  let offset = isMarked ? 3 : 0;
  let from = 0;
  for (;;) {
    const at = lossy.indexOf("\ufffd", from);
    if (at === -1) return -1;
    offset += Buffer.byteLength(lossy.slice(from, at));
    if (bytes[offset] !== 0xef || bytes[offset + 1] !== 0xbf || bytes[offset + 2] !== 0xbd) return at;
    offset += 3;
    from = at + 1;
  }
}

function placeIn(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at);
  return { line: before.split("\n").length, column: at - before.lastIndexOf("\n") };
}
