import type { Diagnostic } from "../diagnostic.ts";
import type { AnyManifest } from "../manifest.ts";
import { isPasswordName } from "../password-name.ts";
import type { CheckContext } from "./context.ts";
import { problem } from "./problem.ts";

/**
 * Passwords in clear: whoever reads the repository has them, and of acts they stand in the record for ever. A warning,
 * for some are no secret.
 */
export function checkPlainPasswords(context: CheckContext): readonly Diagnostic[] {
  return context.manifests.flatMap((manifest) => {
    if (manifest.kind !== "Operation" && manifest.kind !== "Profile") return [];
    return plainPasswords(manifest.spec, ["spec"]).map((path) =>
      problem(manifest as AnyManifest, path, {
        severity: "warning",
        rule: "plain-password",
        message: "a password stands here for all who can read the repository",
        detail: [
          `Put it into a Secret that allows ${manifest.kind}/${manifest.name}, and write \${secret:NAME/KEY}.`,
        ],
      }),
    );
  });
}

type Path = readonly (string | number)[];

function plainPasswords(value: unknown, path: Path): readonly Path[] {
  if (typeof value === "string") {
    const name = path.findLast((one) => typeof one === "string");
    const isPlain = value !== "" && !value.includes("${") && isPasswordName(String(name));
    return isPlain ? [path] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((one, index) => plainPasswords(one, [...path, index]));
  return Object.entries(value).flatMap(([key, one]) => plainPasswords(one, [...path, key]));
}
