import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Config, loadConfig } from "../config.ts";
import type { FakeApns } from "../simulator/fake-apns.ts";
import { pushCertificate } from "../simulator/self-made.ts";
import { acquireDirectory } from "../store/directory.ts";
import type { DemoGoogle } from "./android.ts";

const demoTopic = "com.apple.mgmt.External.demo";

/** What the demo has instead of Apple's push service and of Google. */
export interface DemoServices {
  readonly apns: FakeApns;
  readonly google: DemoGoogle;
}

/** The configuration of the demo: an empty embedded store, ports of its own and services of its own. */
export async function prepareDemo(
  directory: string,
  policies: string,
  { apns, google }: DemoServices,
): Promise<Config> {
  const store = resolve(directory);
  await empty(store);
  const push = pushCertificate(demoTopic);
  const files = {
    certificate: join(store, "push.pem"),
    key: join(store, "push.key"),
    ca: join(store, "apns-ca.pem"),
    google: join(store, "google-key.json"),
  };
  await writeFile(files.certificate, push.certificate);
  await writeFile(files.key, push.key, { mode: 0o600 });
  await writeFile(files.ca, apns.ca);
  await writeFile(files.google, google.keyFile, { mode: 0o600 });
  return loadConfig({
    env: {},
    cwd: store,
    file: await introduceApprovers(store),
    flags: {
      "source.directory": resolve(policies),
      "store.directory": store,
      "device.listen": "127.0.0.1:0",
      "admin.listen": "127.0.0.1:0",
      "apple.organizationName": "Acme",
      "apple.pushCertificateFile": files.certificate,
      "apple.pushKeyFile": files.key,
      "apple.apns.address": apns.host,
      "apple.apns.port": String(apns.port),
      "apple.apns.caFile": files.ca,
      "android.enterprise": google.enterprise,
      "android.project": google.projectId,
      "android.serviceAccountFile": files.google,
      "android.emulatorUrl": google.amapi.rootUrl,
      "reconcile.observeFirst": "false",
      "reconcile.tick": "1s",
      "reconcile.driftCheck": "5s",
      "reconcile.unreachableAfter": "1m",
      "log.level": "error",
    },
  });
}

/** Who may approve in the demo; the token of each is in a file of its own. */
export const demoApprovers = ["ann", "ben"] as const;

/** Gives each a token, and writes the configuration that knows them. Resolves with its file. */
async function introduceApprovers(store: string): Promise<string> {
  const file = join(store, "reeve.yaml");
  for (const name of demoApprovers)
    await writeFile(join(store, `${name}.token`), randomBytes(32).toString("base64url"), { mode: 0o600 });
  const persons = demoApprovers.map(
    (name) => `  - {name: ${name}, role: approver, tokens: [{file: ${name}.token}]}\n`,
  );
  await writeFile(file, `persons:\n${persons.join("")}`);
  return file;
}

/** Nothing is emptied while another process works in it. */
async function empty(store: string): Promise<void> {
  const guard = await acquireDirectory(store);
  await guard.release();
  await rm(store, { recursive: true, force: true });
  await mkdir(store, { recursive: true, mode: 0o700 });
}

/** The values of the starter repository's secrets. */
export const demoEnvironment = { REEVE_SECRET_WIFI_CORP_PSK: "correct horse battery staple" };
