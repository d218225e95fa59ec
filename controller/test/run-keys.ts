import { createPrivateKey, createPublicKey, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import type { KeyPair, KeyPool } from "../simulator/keys.ts";
import { ask } from "./ask-run.ts";

const size = 6;
const generate = promisify(generateKeyPair);

/** Key pairs in PEM for all tests of a run: making them is what enrolling costs most. */
export function makeRunKeys(): Promise<readonly string[]> {
  const format = { type: "pkcs8", format: "pem" } as const;
  const make = async () => (await generate("rsa", { modulusLength: 2048 })).privateKey.export(format);
  return Promise.all(Array.from({ length: size }, async () => String(await make())));
}

let pairs: Promise<readonly KeyPair[]> | undefined;
let taken = 0;

/** Hands out the run's few key pairs in turn: devices of different tests may share them. */
export const sharedKeys: KeyPool = {
  async take() {
    pairs ??= askKeys();
    const all = await pairs;
    return all[taken++ % all.length] as KeyPair;
  },
};

async function askKeys(): Promise<readonly KeyPair[]> {
  const { keys, error } = await ask<{ keys: readonly string[] }>("keys");
  if (error !== undefined) throw new Error(error);
  return keys.map((pem) => ({ privateKey: createPrivateKey(pem), publicKey: createPublicKey(pem) }));
}
