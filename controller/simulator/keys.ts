import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";

const generate = promisify(generateKeyPair);

export type KeyPair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
export type KeyPool = {
  /** A key pair for one identity. */
  take(): Promise<KeyPair>;
};

/**
 * RSA keys made off the main thread. With `size` the pool makes that many and then hands them out again,
 * which is what a bench of thousands of devices wants; without it every key is its own.
 */
export function keyPool(options: { readonly size?: number; readonly bits?: number } = {}): KeyPool {
  const made: Promise<KeyPair>[] = [];
  let taken = 0;
  function take(): Promise<KeyPair> {
    const index = options.size === undefined ? made.length : taken++ % options.size;
    const kept = options.size === undefined ? undefined : made[index];
    if (kept !== undefined) return kept;
    const fresh = generate("rsa", { modulusLength: options.bits ?? 2048 });
    if (options.size !== undefined) made[index] = fresh;
    return fresh;
  }
  return { take };
}
