import { writeFileSync } from "node:fs";
import { androidmanagement, auth } from "googleapis/build/src/apis/androidmanagement/index.js";
import { virtualWorld } from "../world.ts";
import { differencesOf } from "./contract-compare.ts";
import { recordContract } from "./contract-steps.ts";
import { startAmapi } from "./emulator.ts";

/**
 * Asks the real service what the emulator is asked in tests, writes down what it answered and says where they
 * differ. Run by hand and by nothing else, with an enterprise that is there for trying:
 *
 *     GOOGLE_APPLICATION_CREDENTIALS=key.json REEVE_AMAPI_ENTERPRISE=enterprises/LC… \
 *       node controller/simulator/amapi/contract-live.ts recorded.json
 */
async function main(): Promise<void> {
  const enterprise = process.env.REEVE_AMAPI_ENTERPRISE;
  const file = process.argv[2];
  if (
    enterprise === undefined ||
    file === undefined ||
    process.env.GOOGLE_APPLICATION_CREDENTIALS === undefined
  )
    throw new Error("GOOGLE_APPLICATION_CREDENTIALS, REEVE_AMAPI_ENTERPRISE and a file to write are needed");
  const scopes = ["https://www.googleapis.com/auth/androidmanagement"];
  const real = androidmanagement({ version: "v1", auth: new auth.GoogleAuth({ scopes }), retry: false });
  const recorded = await recordContract(real, enterprise);
  // A token is a secret even though it was deleted.
  const text = JSON.stringify(recorded, (key, value) => (/^(value|qrCode)$/.test(key) ? "…" : value), 2);
  writeFileSync(file, `${text}\n`);
  for (const line of differencesOf(recorded, await emulated())) console.log(line);
}

async function emulated() {
  const amapi = await startAmapi({ world: virtualWorld() });
  const client = new auth.OAuth2();
  client.setCredentials({ access_token: "emulated" });
  const am = androidmanagement({ version: "v1", auth: client, rootUrl: amapi.rootUrl, retry: false });
  try {
    return await recordContract(am, amapi.enterprise());
  } finally {
    await amapi.close();
  }
}

await main();
