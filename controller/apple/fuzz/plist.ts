import { PlistError } from "../wire/plist.ts";
import { readBinaryPlist } from "../wire/read-binary-plist.ts";
import { readPlist } from "../wire/read-plist.ts";
import { writePlist } from "../wire/write-plist.ts";

/** Holds for any bytes: they are refused with PlistError, or what was read survives being written and read. */
export function fuzz(bytes: Uint8Array): void {
  for (const read of [readPlist, readBinaryPlist]) {
    const value = attempt(() => read(bytes));
    if (value === undefined) continue;
    const written = attempt(() => writePlist(value));
    if (written === undefined) continue;
    const again = writePlist(readPlist(written));
    if (!again.equals(written)) throw new Error("a value changed between writing and reading");
  }
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof PlistError) return undefined;
    throw error;
  }
}
