import type { X509Certificate } from "node:crypto";
import type { Name } from "./certificate.ts";
import type { Signer } from "./cms.ts";
import type { Machine } from "./machine.ts";
import { isDict, type PlistDict, type PlistValue } from "./plist.ts";
import { requestCertificate, type ScepResult } from "./scep-client.ts";

export type IdentityResult =
  | { readonly ok: true; readonly identity: Signer; readonly authority: readonly X509Certificate[] }
  | { readonly ok: false; readonly reason: string };

/**
 * Obtains an identity as a com.apple.security.scep payload says, with a key of its own.
 * Tries again as often as the payload asks when the server cannot be reached.
 */
export async function obtainIdentity(
  machine: Machine,
  payload: PlistDict,
  renewing?: Signer,
): Promise<IdentityResult> {
  const content = payload.PayloadContent;
  if (!isDict(content) || typeof content.URL !== "string")
    return { ok: false, reason: "the SCEP payload has no URL" };
  const settings = { url: content.URL, content };
  const retries = Math.min(numberOr(content.Retries, 3), 10);
  for (let attempt = 0; ; attempt++) {
    const result = await request(machine, settings, renewing);
    if (result.ok || !result.retry || attempt >= retries) return result;
    await machine.world.sleep(numberOr(content.RetryDelay, 10) * 1000);
  }
}

async function request(
  machine: Machine,
  settings: { readonly url: string; readonly content: PlistDict },
  renewing?: Signer,
): Promise<ScepResult> {
  const { content } = settings;
  const dnsName = isDict(content.SubjectAltName) ? content.SubjectAltName.dNSName : undefined;
  const subject = subjectOf(content.Subject);
  return requestCertificate(machine.transport, {
    url: settings.url,
    subject: subject.length > 0 ? subject : [["CN", machine.hardware.udid]],
    keys: await machine.keys.take(),
    now: machine.world.now(),
    ...(typeof content.Name === "string" ? { name: content.Name } : {}),
    ...(typeof content.Challenge === "string" ? { challenge: content.Challenge } : {}),
    ...(typeof dnsName === "string" ? { dnsNames: [dnsName] } : {}),
    ...(Buffer.isBuffer(content.CAFingerprint) ? { caFingerprint: content.CAFingerprint } : {}),
    ...(renewing !== undefined ? { renewing } : {}),
  });
}

/** `[[["O", "Acme"]], [["CN", "x"]]]` as a name. */
function subjectOf(value: PlistValue | undefined): Name {
  if (!Array.isArray(value)) return [];
  return value.flatMap((set) =>
    (Array.isArray(set) ? set : []).flatMap((pair) => {
      const [type, text] = Array.isArray(pair) ? pair : [];
      return typeof type === "string" && typeof text === "string" ? [[type, text] as const] : [];
    }),
  );
}

function numberOr(value: PlistValue | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
