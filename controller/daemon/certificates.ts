import { readFileSync } from "node:fs";
import {
  type Authority,
  createAuthority,
  createLeaf,
  type Pem,
  type Registrar,
  readAuthority,
  readRegistrar,
} from "../apple/identity.ts";
import type { Config } from "../config.ts";
import type { TlsFiles } from "../http/listener.ts";
import { materialOrMake } from "../store/material.ts";
import type { Store } from "../store/open.ts";

/** The authority of device identities; made once and kept sealed in the store, the same for all replicas. */
export async function authorityOf(store: Store, config: Config): Promise<Authority> {
  const organization = config.apple.organizationName ?? "reeve";
  const make = async (): Promise<string> =>
    JSON.stringify(await createAuthority({ organization, now: Date.now() }));
  return readAuthority(pemOf(await materialOrMake(store, "device-authority", make, Date.now())));
}

/** The registrar that speaks SCEP for this authority; made once and kept like it, and valid for as long. */
export async function registrarOf(store: Store, authority: Authority): Promise<Registrar> {
  const make = async (): Promise<string> => {
    const leaf = {
      commonName: "reeve enrollment",
      usage: "registrar",
      now: Date.now(),
      days: 3_650,
    } as const;
    return JSON.stringify(await createLeaf(authority, leaf));
  };
  const pem = pemOf(await materialOrMake(store, "scep-registrar", make, Date.now()));
  return readRegistrar(pem, authority);
}

/** TLS of a listener, and the anchors that devices need besides the public ones. */
export interface DeviceTls {
  readonly files: TlsFiles;
  readonly roots: readonly Uint8Array[];
}

/** TLS of the device plane from the configured files; undefined behind a proxy that ends TLS. */
export function configuredTls(config: Config): DeviceTls | undefined {
  const { certFile, keyFile } = config.device.tls;
  if (certFile === undefined || keyFile === undefined) return undefined;
  const files = { cert: readFileSync(certFile), key: readFileSync(keyFile), requestCertificate: true };
  return { files, roots: [] };
}

/** TLS by reeve's own authority, for names that no public authority certifies: the demo and tests. */
export async function selfMadeTls(authority: Authority, hosts: readonly string[]): Promise<DeviceTls> {
  const pem = await createLeaf(authority, {
    commonName: hosts[0] ?? "localhost",
    hosts,
    usage: "server",
    now: Date.now(),
  });
  const files = { cert: pem.certificatePem, key: pem.keyPem, requestCertificate: true };
  return { files, roots: [authority.certificate.raw] };
}

function pemOf(stored: Buffer): Pem {
  return JSON.parse(stored.toString("utf8")) as Pem;
}
