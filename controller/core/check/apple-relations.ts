import { pathText } from "../path-text.ts";
import type { Condition } from "./apple-condition.ts";
import { conditions } from "./apple-conditions.ts";
import type { ApplePart, Fields } from "./apple-parts.ts";
import type { Finding } from "./problem.ts";

type Path = readonly (string | number)[];
type Found = readonly [Path, Finding];

/** What payloads must hold because of what they, or others of the same profile, hold. */
export function relationProblems(parts: readonly ApplePart[]): readonly (readonly [ApplePart, Found])[] {
  return parts
    .filter((part) => part.kind === "payload" && part.isOurs !== true)
    .flatMap((part) =>
      [...conditionProblems(part), ...referenceProblems(part, parts)].map((found) => [part, found] as const),
    );
}

function conditionProblems(part: ApplePart): readonly Found[] {
  return conditions.filter((one) => one.type === part.type).flatMap((one) => brokenOf(one, part.content));
}

function brokenOf({ holds, source }: Condition, content: Fields): readonly Found[] {
  return holds(content).map(({ path, rule, message }) => {
    const place = path.length === 0 ? "" : `${pathText(path)}: `;
    return [path, { rule, message: `${place}${message}`, detail: [`Apple's text on ${source} says so.`] }];
  });
}

/** Keys whose values are the PayloadUUID of another payload of the same profile. */
const references: ReadonlySet<string> = new Set([
  "PayloadCertificateUUID",
  "PayloadCertificateAnchorUUID",
  "CertificateAnchorUUID",
  "LeaderPayloadCertificateAnchorUUID",
  "MemberPayloadCertificateAnchorUUID",
  "ResourcePayloadCertificateUUID",
  "AuthenticationCertificateUUID",
  "SMIMEEncryptionCertificateUUID",
  "SMIMESigningCertificateUUID",
  "IdentityCertificateUUID",
]);

/** Only a file says what the UUIDs of its payloads are; those of a manifest's payloads are reeve's. */
function referenceProblems(part: ApplePart, parts: readonly ApplePart[]): readonly Found[] {
  if (part.inside === undefined) return [];
  const known = new Set(parts.map((one) => String(one.content.PayloadUUID).toUpperCase()));
  return namedIn(part.content, [])
    .filter(({ name }) => !name.includes("${") && !known.has(name.toUpperCase()))
    .map(({ path }) => {
      const message = `${pathText(path)} names no payload of this profile`;
      const detail = ["It is the PayloadUUID of a certificate or an identity in the same profile."];
      return [path, { rule: "apple-reference", message, detail }];
    });
}

function namedIn(value: unknown, path: Path): readonly { readonly path: Path; readonly name: string }[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((one, index) => namedIn(one, [...path, index]));
  return Object.entries(value).flatMap(([key, one]) => {
    const at = [...path, key];
    if (!references.has(key)) return namedIn(one, at);
    return [one].flat().flatMap((name) => (typeof name === "string" ? [{ path: at, name }] : []));
  });
}
