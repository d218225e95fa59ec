import { createHash } from "node:crypto";
import { type Call, type Cloud, nextNumber } from "../cloud.ts";
import type { Json, TokenRow } from "../kept.ts";
import { checkBody } from "./check-body.ts";
import { enterpriseOf, policyNameOf, rowsIn } from "./enterprise-of.ts";
import { invalid, notFound } from "./google-error.ts";
import { DOCUMENTED_PAGE, listed, page } from "./paging.ts";
import { asGoogleWrites, durationMs, timestamp } from "./wire-json.ts";

const HOUR = 3_600_000;
/** What `get` and `list` tell of a token. */
const PARTIAL = ["name", "expirationTimestamp", "allowPersonalUsage", "value", "qrCode"];

/** `enrollmentTokens.create`: the only answer that shows a token whole. */
export function createToken({ cloud, name: enterprise, body }: Call): Json {
  enterpriseOf(cloud, enterprise);
  checkBody("EnrollmentToken", body);
  const wished = body.duration === undefined || body.duration === "" ? HOUR : durationMs(body.duration);
  if (wished === undefined || wished < 60_000) throw invalid("duration must be at least 60s.");
  const number = nextNumber(cloud);
  const value = lettersOf(`${enterprise} ${number}`);
  const expiresAt = cloud.now() + wished;
  const { user: _, ...given } = body;
  const token = asGoogleWrites("EnrollmentToken", {
    ...given,
    ...(given.policyName ? { policyName: policyNameOf(enterprise, String(given.policyName)) } : {}),
    duration: `${wished / 1_000}s`,
    name: `${enterprise}/enrollmentTokens/${lettersOf(`name ${number}`).slice(0, 12)}${number}`,
    value,
    qrCode: qrCodeOf(value),
    expirationTimestamp: timestamp(expiresAt),
  });
  cloud.kept.tokens.set(String(token.name), { token, expiresAt });
  return token;
}

/** A token that is neither used up, expired nor deleted. */
function activeToken(cloud: Cloud, name: string): TokenRow | undefined {
  const row = cloud.kept.tokens.get(name);
  return row !== undefined && row.expiresAt > cloud.now() ? row : undefined;
}

/** The active token that has this value. */
export function tokenByValue(cloud: Cloud, value: string): TokenRow | undefined {
  const found = [...cloud.kept.tokens].find(([, { token }]) => token.value === value);
  return found === undefined ? undefined : activeToken(cloud, found[0]);
}

export function getToken({ cloud, name, enterprise }: Call): Json {
  enterpriseOf(cloud, enterprise);
  const row = activeToken(cloud, name);
  if (row === undefined) throw notFound();
  return partOf(row);
}

export function listTokens({ cloud, name, query }: Call): Json {
  enterpriseOf(cloud, name);
  const all = rowsIn(cloud.kept.tokens, `${name}/enrollmentTokens`).filter(
    ([, row]) => row.expiresAt > cloud.now(),
  );
  const { items, next } = page(all, ([id]) => id, query, DOCUMENTED_PAGE);
  return listed(
    "enrollmentTokens",
    items.map(([, row]) => partOf(row)),
    next,
  );
}

export function deleteToken({ cloud, name, enterprise }: Call): Json {
  enterpriseOf(cloud, enterprise);
  if (activeToken(cloud, name) === undefined) throw notFound();
  cloud.kept.tokens.delete(name);
  return {};
}

function partOf({ token }: TokenRow): Json {
  return Object.fromEntries(Object.entries(token).filter(([key]) => PARTIAL.includes(key)));
}

/** Twenty capital letters, as real values have; nobody can enroll with them anywhere else. */
function lettersOf(seed: string): string {
  const bytes = createHash("sha256").update(seed).digest();
  return `EMU${[...bytes.subarray(0, 17)].map((byte) => String.fromCharCode(65 + (byte % 26))).join("")}`;
}

/** What a device reads from the code. Its component does not exist, so that no real device would enroll. */
function qrCodeOf(value: string): string {
  const extra = "android.app.extra.PROVISIONING";
  return JSON.stringify({
    [`${extra}_DEVICE_ADMIN_COMPONENT_NAME`]: "invalid.emulated.device.policy/.NoSuchReceiver",
    [`${extra}_DEVICE_ADMIN_SIGNATURE_CHECKSUM`]: "EMULATED-NOT-A-CHECKSUM",
    [`${extra}_DEVICE_ADMIN_PACKAGE_DOWNLOAD_LOCATION`]: "https://emulated.invalid/no-such-package",
    [`${extra}_ADMIN_EXTRAS_BUNDLE`]: { "invalid.emulated.EXTRA_ENROLLMENT_TOKEN": value },
  });
}

/** The value in a QR payload of the emulator; undefined in anything else. */
export function valueInQrCode(qrCode: string): string | undefined {
  const payload = JSON.parse(qrCode)["android.app.extra.PROVISIONING_ADMIN_EXTRAS_BUNDLE"];
  return payload?.["invalid.emulated.EXTRA_ENROLLMENT_TOKEN"];
}
