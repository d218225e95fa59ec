import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { get } from "node:https";
import { isIP } from "node:net";
import type { Finding, Patient } from "../../cli/doctor.ts";
import { daysLeft } from "../../core/expiry.ts";
import { devicePaths } from "../../loop/enroll.ts";

/** The address that stands in enrollment profiles. */
export async function checkAddress({ config: { device } }: Patient): Promise<readonly Finding[]> {
  const check = "public address";
  const { publicUrl, tls } = device;
  if (publicUrl === undefined)
    return [
      {
        check,
        status: "fail",
        says: "device.publicUrl is not set: devices would be told the address of the listener",
        hint: "Set it to the https address by which devices reach this host.",
      },
    ];
  if (!publicUrl.startsWith("https://"))
    return [
      { check, status: "fail", says: `${publicUrl}: devices want https`, hint: "Set device.publicUrl." },
    ];
  const findings: Finding[] = [{ check, status: "pass", says: publicUrl }];
  if (tls.certFile === undefined && device.trustedProxies.length === 0)
    findings.push({
      check: "proxy",
      status: "warn",
      says: "TLS ends elsewhere, and no proxy is trusted: all devices share one allowance",
      hint: "Name it in device.trustedProxies.",
    });
  return findings;
}

/** The certificate of the device plane, as it lies in its file. */
export async function checkTlsFiles({ config: { device }, now }: Patient): Promise<readonly Finding[]> {
  const check = "TLS files";
  const { certFile, keyFile } = device.tls;
  if (certFile === undefined || keyFile === undefined) return [];
  try {
    const text = readFileSync(certFile, "utf8");
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
    const [leaf, ...chain] = blocks.map((block) => new X509Certificate(block));
    if (leaf === undefined) return [{ check, status: "fail", says: `${certFile} holds no certificate` }];
    if (!leaf.checkPrivateKey(createPrivateKey(readFileSync(keyFile))))
      return [{ check, status: "fail", says: `${certFile} and ${keyFile} do not belong together` }];
    return [judgeTls(leaf, chain, device.publicUrl, now())];
  } catch (error) {
    return [{ check, status: "fail", says: `${certFile} cannot be read: ${(error as Error).message}` }];
  }
}

function judgeTls(
  leaf: X509Certificate,
  chain: readonly X509Certificate[],
  url: string | undefined,
  now: number,
): Finding {
  const check = "TLS files";
  const host = url === undefined ? undefined : new URL(url).hostname;
  if (host !== undefined && !isFor(leaf, host.replace(/^\[|\]$/g, "")))
    return {
      check,
      status: "fail",
      says: `the certificate is not for ${host}`,
      hint: "Get one for this name.",
    };
  const days = daysLeft(leaf.validToDate.getTime(), now);
  if (days < 0)
    return { check, status: "fail", says: `the certificate ended ${-days} days ago`, hint: "Renew it." };
  if (chain.length === 0 && !leaf.checkIssued(leaf))
    return {
      check,
      status: "warn",
      says: "the file has the certificate alone: devices do not look for its intermediate",
      hint: "Put the intermediate certificates behind it, in the same file.",
    };
  if (days < 14)
    return { check, status: "warn", says: `the certificate ends in ${days} days`, hint: "Renew it." };
  return { check, status: "pass", says: `good for ${days} days, with ${chain.length} more in its chain` };
}

function isFor(leaf: X509Certificate, host: string): boolean {
  return (isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host)) !== undefined;
}

/** The device plane as a device meets it: by its public name, over TLS with the public authorities. */
export async function checkReachable({ config: { device } }: Patient): Promise<readonly Finding[]> {
  if (device.publicUrl?.startsWith("https://") !== true) return [];
  return [await reach(`${device.publicUrl.replace(/\/$/, "")}${devicePaths.scep}?operation=GetCACaps`)];
}

/** What answers at an address; `ca` in place of the public authorities. */
export function reach(url: string, ca?: string): Promise<Finding> {
  const check = "reachable";
  return new Promise((resolve) => {
    const request = get(url, { timeout: 5_000, ...(ca === undefined ? {} : { ca }) }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", () => resolve(unreachable("ECONNRESET", "")));
      response.on("end", () => {
        const ours = Buffer.concat(parts).toString("latin1").includes("SCEPStandard");
        if (response.statusCode === 200 && ours) resolve({ check, status: "pass", says: `${url} answers` });
        else
          resolve({
            check,
            status: "fail",
            says: `something else answers at ${url} (status ${response.statusCode})`,
            hint: "See that the name leads to the device plane, and not to another port or the admin plane.",
          });
      });
    });
    request.on("timeout", () =>
      request.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })),
    );
    request.on("error", (error: NodeJS.ErrnoException) =>
      resolve(unreachable(error.code ?? "", error.message)),
    );
  });
}

const reasons: Readonly<Record<string, readonly [string, string]>> = {
  ENOTFOUND: ["its name is not known", "Make a DNS record for it."],
  ECONNREFUSED: ["nobody listens there", "Start the daemon, or mend the port and the firewall."],
  ETIMEDOUT: [
    "it does not answer within 5 s",
    "Open the firewall for devices; from this host the way may differ.",
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    "its certificate comes without the intermediate",
    "Put the intermediate certificates behind the certificate, in the same file.",
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "its certificate is for another name",
    "Get one for the name of device.publicUrl.",
  ],
  CERT_HAS_EXPIRED: ["its certificate has expired", "Renew it."],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["its certificate is signed by itself", "Use one of a public authority."],
  SELF_SIGNED_CERT_IN_CHAIN: [
    "its authority is not a public one",
    "Devices trust it only where it is installed.",
  ],
};

function unreachable(code: string, message: string): Finding {
  const [what, hint] = reasons[code] ?? [message === "" ? code : message, "Try it from a device's network."];
  return { check: "reachable", status: "fail", says: `devices cannot reach it: ${what}`, hint };
}
