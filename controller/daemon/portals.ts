import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { type BusinessSession, createBusinessSession } from "../apple/portal/business-session.ts";
import { ask } from "../apple/portal/capped-fetch.ts";
import type { Config } from "../config.ts";
import { isLoopback } from "../core/loopback.ts";
import type { Clock } from "../core/ports.ts";
import { UserError } from "../errors.ts";
import type { PortalParts } from "../loop/portal/open-portals.ts";

const appleUrl = "https://mdmenrollment.apple.com";

/** How Apple's lists of devices are read, as configured. Throws UserError for what cannot be used. */
export function portalParts(config: Config, clock: Clock): PortalParts {
  const { url, deviceCaFile, interval } = config.apple.automatedEnrollment;
  const serviceUrl = (url ?? appleUrl).replace(/\/$/, "");
  const { protocol, hostname } = new URL(serviceUrl);
  if (protocol !== "https:" && !isLoopback(hostname))
    throw new UserError("configuration", "apple.automatedEnrollment.url must be https: a token goes there");
  const authorities = deviceCaFile === undefined ? [] : readAuthorities(deviceCaFile);
  const business = businessSession(config, clock);
  return {
    serviceUrl,
    ask,
    intervalMs: interval,
    authorities,
    ...(business === undefined ? {} : { business }),
  };
}

const tokenUrl = "https://account.apple.com/auth/oauth2/v2/token";

/** The API of Apple Business or School Manager, as configured. Throws UserError for half of a client. */
export function businessSession({ apple: { business } }: Config, clock: Clock): BusinessSession | undefined {
  const { clientId, keyId, keyFile } = business;
  if (clientId === undefined && keyId === undefined && keyFile === undefined) return undefined;
  if (clientId === undefined || keyId === undefined || keyFile === undefined)
    throw new UserError("configuration", "apple.business.clientId, keyId and keyFile belong together");
  const kind = clientId.startsWith("SCHOOLAPI.") ? "school" : "business";
  return createBusinessSession({
    url: (business.url ?? `https://api-${kind}.apple.com`).replace(/\/$/, ""),
    tokenUrl: business.tokenUrl ?? tokenUrl,
    client: { clientId, keyId, key: readKey(keyFile) },
    ask,
    clock,
  });
}

function readKey(file: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new UserError("configuration", `apple.business.keyFile ${file} is no private key in PEM form`, {
      cause,
    });
  }
  if (key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1") return key;
  throw new UserError("configuration", `apple.business.keyFile ${file} is not a key of P-256`);
}

/** Whether links give a Profile Service first. Throws UserError where nobody could check what devices answer it. */
export function enrollsInPhases({ apple }: Config): boolean {
  if (apple.profileService && apple.automatedEnrollment.deviceCaFile === undefined)
    throw new UserError(
      "configuration",
      "apple.profileService needs apple.automatedEnrollment.deviceCaFile: without it no device can prove which one it is",
    );
  return apple.profileService;
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
