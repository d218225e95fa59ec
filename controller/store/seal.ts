import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { UserError } from "../errors.ts";

/** Where a sealed value stands. It opens only there: a row that was swapped or moved does not open. */
export interface Place {
  readonly table: string;
  readonly column: string;
  readonly row: string;
  readonly epoch: number;
}

export interface Sealer {
  /** `KEYID:BASE64`, different at each call. */
  readonly seal: (place: Place, value: string | Uint8Array) => string;
  /** Throws when the key is another one or when the value was made for another place. */
  readonly open: (place: Place, sealed: string) => Buffer;
  /** A word for a text, always the same, that nobody forms without the key. */
  readonly wordFor: (text: string) => string;
}

/** Seals values with AES-256-GCM under a 32-byte key; nonce of 96 random bits, place and key id authenticated. */
export function createSealer(key: Buffer): Sealer {
  if (key.length !== 32) {
    throw new UserError("bad-key", `the store's key has ${key.length} bytes, expected 32`);
  }
  const wordKey = createHmac("sha256", key).update("reeve words").digest();
  const keyId = createHmac("sha256", key).update("reeve key id").digest("hex").slice(0, 8);

  function seal(place: Place, value: string | Uint8Array): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(aad(place, keyId));
    const bytes = Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
    return `${keyId}:${bytes.toString("base64")}`;
  }

  function open(place: Place, sealed: string): Buffer {
    const [id, text = ""] = sealed.split(":");
    const bytes = Buffer.from(text, "base64");
    if (id !== keyId || bytes.length < 28) {
      throw new Error(`${place.table}.${place.column} was sealed with key ${id}, this is key ${keyId}`);
    }
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12), { authTagLength: 16 });
    decipher.setAAD(aad(place, keyId)).setAuthTag(bytes.subarray(-16));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
    } catch {
      throw new Error(`a sealed value in ${place.table}.${place.column} does not belong to its row`);
    }
  }

  function wordFor(text: string): string {
    return createHmac("sha256", wordKey).update(text).digest("hex");
  }

  return { seal, open, wordFor };
}

/** Reads a key file: 32 raw bytes, or the same as hex or base64 text. */
export async function readKey(file: string): Promise<Buffer> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new UserError("key-file", `the store's key file ${file} cannot be read`, { cause });
  });
  if (bytes.length === 32) return bytes;
  const text = bytes.toString("latin1").trim();
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, "hex") : Buffer.from(text, "base64");
  if (key.length === 32) return key;
  throw new UserError("bad-key", `${file} does not hold 32 bytes, neither raw nor as hex or base64`, {
    hint: "Make one with `openssl rand -hex 32`.",
  });
}

function aad(place: Place, keyId: string): Buffer {
  return Buffer.from(JSON.stringify([place.table, place.column, place.row, place.epoch, keyId]));
}
