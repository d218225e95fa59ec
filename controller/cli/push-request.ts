import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { createPushRequest, signPushRequest } from "../apple/push-request.ts";
import { UserError } from "../errors.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { readTextAt, type Session, writeFileAt } from "./session.ts";

export interface RequestOptions {
  readonly key: string;
  readonly csr: string;
  readonly name: string;
  readonly vendorCertificate?: string | undefined;
  readonly vendorKey?: string | undefined;
  readonly vendorChain?: string | undefined;
  readonly signed: string;
}

/**
 * Writes a key and a request, unless both are there; with a vendor's certificate, also what Apple's portal takes. A key
 * is never written over: the certificate that belongs to it would be lost.
 */
export async function requestPush(session: Session, options: RequestOptions): Promise<ExitCode> {
  const { cwd } = session.io;
  const there = [options.key, options.csr].map((file) => existsSync(resolve(cwd, file)));
  if (there[0] !== there[1]) {
    const [is, not] = there[0] === true ? [options.key, options.csr] : [options.csr, options.key];
    throw new UserError("push-request-half", `${is} is there and ${not} is not: they belong together`, {
      hint: "Give other names with --key and --csr, or take the old file away.",
    });
  }
  const made = there[0] !== true;
  if (made) {
    const { keyPem, requestPem } = await createPushRequest(options.name);
    await writeFileAt(cwd, options.key, keyPem);
    await writeFileAt(cwd, options.csr, requestPem);
  }
  const signed = await sign(session, options);
  const view = { key: options.key, csr: options.csr, made, ...(signed ? { signed: options.signed } : {}) };
  await session.show(view, () => textOf(options, made, signed));
  return exitCodes.inOrder;
}

async function sign({ io: { cwd } }: Session, options: RequestOptions): Promise<boolean> {
  const { vendorCertificate, vendorKey, vendorChain } = options;
  if (vendorCertificate === undefined && vendorKey === undefined && vendorChain === undefined) return false;
  if (vendorCertificate === undefined || vendorKey === undefined || vendorChain === undefined)
    throw new UserError("usage", "--vendor-certificate, --vendor-key and --vendor-chain belong together");
  const vendor = {
    certificatePem: await readTextAt(cwd, vendorCertificate, "vendor certificate"),
    keyPem: await readTextAt(cwd, vendorKey, "vendor key"),
    chainPem: await readTextAt(cwd, vendorChain, "vendor chain"),
  };
  const request = await readTextAt(cwd, options.csr, "request");
  await writeFileAt(cwd, options.signed, signPushRequest(request, vendor));
  return true;
}

function textOf(options: RequestOptions, made: boolean, signed: boolean): string {
  const { key, csr } = options;
  const lines = [made ? `Wrote ${key} (keep it) and ${csr}.` : `${key} and ${csr} were there already.`];
  if (signed)
    lines.push(
      `Wrote ${options.signed}. Upload it at https://identity.apple.com: renew the certificate you have, else create one.`,
      `Then: reeve apple push-import CERTIFICATE.pem --key ${key}`,
    );
  else
    lines.push(
      `Have ${csr} signed by an MDM vendor: with a vendor certificate of your own (--vendor-certificate), or by somebody who signs for you.`,
      "Upload what that gives at https://identity.apple.com.",
    );
  return `${lines.join("\n")}\n`;
}
