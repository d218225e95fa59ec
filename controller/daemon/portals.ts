import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { ask } from "../apple/portal/capped-fetch.ts";
import type { PortalParts } from "../assemble.ts";
import type { Config } from "../config.ts";
import { UserError } from "../errors.ts";

const appleUrl = "https://mdmenrollment.apple.com";

/** How Apple's lists of devices are read, as configured. Throws UserError for what cannot be used. */
export function portalParts({ apple: { automatedEnrollment } }: Config): PortalParts {
  const { url, deviceCaFile, interval } = automatedEnrollment;
  const serviceUrl = (url ?? appleUrl).replace(/\/$/, "");
  if (serviceUrl.startsWith("http:") && !/^http:\/\/(localhost|127\.|\[::1\])/.test(serviceUrl))
    throw new UserError("configuration", "apple.automatedEnrollment.url must be https: a token goes there");
  const authorities = deviceCaFile === undefined ? [] : readAuthorities(deviceCaFile);
  return { serviceUrl, ask, intervalMs: interval, authorities };
}

/** The certificates of a PEM file. Throws UserError when it holds none. */
export function readAuthorities(file: string): readonly X509Certificate[] {
  try {
    const blocks = readFileSync(file, "utf8").match(
      /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g,
    );
    const found = (blocks ?? []).map((block) => new X509Certificate(block));
    if (found.length > 0) return found;
  } catch (cause) {
    throw new UserError("configuration", `apple.automatedEnrollment.deviceCaFile ${file} cannot be read`, {
      cause,
    });
  }
  throw new UserError("configuration", `apple.automatedEnrollment.deviceCaFile ${file} holds no certificate`);
}
