import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FakeApns } from "../../simulator/fake-apns.ts";
import type { TestDatabase } from "../../store/test-stores.ts";
import type { Front } from "./front.ts";

/** Settings as in a configuration file. */
export interface Settings {
  readonly [key: string]: Settings | string | readonly Settings[] | undefined;
}

/** Persons by what they may do; `second` approves as well. */
export const roles = ["viewer", "planner", "operator", "approver", "second"] as const;
export type TokenRole = (typeof roles)[number];

/** The settings of a daemon of a house; paths are relative to its folder. */
export function ownSettings(
  name: string,
  tokens: Readonly<Record<TokenRole, string>>,
  apns: FakeApns,
  front: Front,
  database: TestDatabase | undefined,
): Settings {
  return {
    source: { directory: "policies" },
    store: {
      directory: name,
      keyFile: "store.key",
      ...(database === undefined ? {} : { databaseUrlFile: "app.url", approverUrlFile: "approver.url" }),
    },
    device: {
      listen: "127.0.0.1:0",
      publicUrl: `https://localhost:${front.port}`,
      tls: { certFile: "tls.pem", keyFile: "tls.key" },
    },
    admin: { listen: "127.0.0.1:0" },
    persons: roles.map((role) => ({
      name: `${role}@acme.example`,
      role: role === "second" ? "approver" : role,
      tokens: [{ hash: hash(tokens[role]) }],
    })),
    apple: {
      organizationName: "Acme",
      pushCertificateFile: "push.pem",
      pushKeyFile: "push.key",
      apns: { address: apns.host, port: String(apns.port), caFile: "apns-ca.pem" },
    },
    reconcile: { observeFirst: "false", coolOff: "0s", tick: "1s", lease: "3s" },
    log: { level: "debug" },
  };
}

function hash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The second over the first; what is undefined there is taken away. */
export function merge(one: Settings, other: Settings): Settings {
  const merged: Record<string, Settings[string]> = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const before = merged[key];
    merged[key] = isGroup(before) && isGroup(value) ? merge(before, value) : value;
  }
  return merged;
}

function isGroup(value: Settings[string]): value is Settings {
  return typeof value === "object" && !Array.isArray(value);
}

/** Writes them as a configuration file, and gives its path. */
export async function writeSettings(folder: string, name: string, settings: Settings): Promise<string> {
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, JSON.stringify(settings, null, 1));
  return file;
}
