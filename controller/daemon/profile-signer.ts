import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Authority, createLeaf, type Pem } from "../apple/identity.ts";
import type { RenderOptions } from "../apple/profile.ts";
import type { Config } from "../config.ts";
import { UserError } from "../errors.ts";
import { materialOrMake } from "../store/material.ts";
import type { Store } from "../store/open.ts";

type Signer = NonNullable<RenderOptions["signer"]>;

/** The signer of profiles: the configured certificate with what leads to its root, or one of reeve's own authority. */
export async function signerOf(store: Store, config: Config, authority: Authority): Promise<Signer> {
  const { certFile, keyFile, chainFile } = config.apple.profileSigning;
  if (certFile !== undefined && keyFile !== undefined) return configuredSigner(certFile, keyFile, chainFile);
  const make = async (): Promise<string> => {
    const leaf = { commonName: "reeve profiles", usage: "signer", now: Date.now(), days: 3_000 } as const;
    return JSON.stringify(await createLeaf(authority, leaf));
  };
  const pem = pemOf(await materialOrMake(store, "profile-signer", make, Date.now()));
  const [certificate = Buffer.alloc(0)] = certificatesIn(pem.certificatePem);
  return { certificate, key: createPrivateKey(pem.keyPem), chain: [authority.certificate.raw] };
}

/**
 * A signer from PEM files. The first certificate of `certFile` signs; the others, and those of `chainFile`, go along, so
 * that devices find the way to a root. Throws UserError.
 */
export function configuredSigner(certFile: string, keyFile: string, chainFile?: string): Signer {
  const [certificate, ...others] = certificatesIn(readFileSync(certFile, "utf8"));
  if (certificate === undefined)
    throw new UserError("signing-certificate", `${certFile} holds no certificate`);
  const key = keyIn(keyFile);
  if (!new X509Certificate(certificate).checkPrivateKey(key))
    throw new UserError("signing-key", `${keyFile} is not the key of the first certificate in ${certFile}`, {
      hint: "The certificate that signs stands first, those that lead to its root after it.",
    });
  const chain = [
    ...others,
    ...(chainFile === undefined ? [] : certificatesIn(readFileSync(chainFile, "utf8"))),
  ];
  return { certificate, key, chain: chain.filter((one, at) => isFirst(one, at, [certificate, ...chain])) };
}

function isFirst(one: Buffer, at: number, all: readonly Buffer[]): boolean {
  return all.findIndex((other) => other.equals(one)) === at + 1;
}

const warnDays = 30;

/** What a person should know about the certificates that sign profiles; the first that ends is told. */
export function signerWarnings(
  { certificate, chain }: Signer,
  now: number,
): readonly { readonly message: string; readonly hint: string }[] {
  const ends = [certificate, ...chain].map((der) => new X509Certificate(der).validToDate.getTime());
  const days = Math.floor((Math.min(...ends) - now) / 86_400_000);
  if (days > warnDays) return [];
  const message =
    days < 0
      ? `certificate that signs profiles expired ${-days} days ago: devices show them as not verified`
      : `certificate that signs profiles expires in ${days} days`;
  return [{ message, hint: "renew it, put it into apple.profileSigning.certFile and restart" }];
}

function keyIn(file: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(file));
  } catch (cause) {
    throw new UserError("signing-key", `${file} is not a private key in PEM form without a passphrase`, {
      cause,
    });
  }
}

function pemOf(stored: Buffer): Pem {
  return JSON.parse(stored.toString("utf8")) as Pem;
}

function certificatesIn(pem: string): Buffer[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block).raw);
}
