import type { Diagnostic } from "../diagnostic.ts";
import { type AnyManifest, nameOf } from "../manifest.ts";
import { isPasswordName } from "../password-name.ts";
import { pathText } from "../path-text.ts";
import type { CheckContext } from "./context.ts";
import { type Finding, problem } from "./problem.ts";
import { profileFileOf } from "./profile-file.ts";

/**
 * Passwords in clear: whoever reads the repository has them, and of acts they stand in the record for ever. A warning,
 * for some are no secret.
 */
export function checkPlainPasswords(context: CheckContext): readonly Diagnostic[] {
  return context.manifests.flatMap((manifest) => {
    if (manifest.kind !== "Operation" && manifest.kind !== "Profile" && manifest.kind !== "App") return [];
    const advice = `Put it into a Secret that allows ${nameOf(manifest)}, and write \${secret:NAME/KEY}`;
    return [
      ...plainPasswords(manifest.spec, ["spec"]).map((path) =>
        problem(manifest, path, finding("a password stands here", `${advice}.`)),
      ),
      ...passwordsInFile(context, manifest, advice),
    ];
  });
}

function finding(what: string, advice: string): Finding {
  const message = `${what} for all who can read the repository`;
  return { severity: "warning", rule: "plain-password", message, detail: [advice] };
}

/** Those of a `.mobileconfig`, at the line that names it. */
function passwordsInFile(
  context: CheckContext,
  manifest: AnyManifest,
  advice: string,
): readonly Diagnostic[] {
  const file = manifest.kind === "Profile" ? profileFileOf(manifest, context.profileFiles) : undefined;
  if (manifest.kind !== "Profile" || file === undefined || "error" in file) return [];
  const end =
    manifest.spec.apple?.verbatim === true ? " into the file, without verbatim." : " into the file.";
  return plainPasswords(file.keys, []).map((path) =>
    problem(
      manifest,
      ["spec", "apple", "file"],
      finding(`${pathText(path)}: a password stands in this file`, advice + end),
    ),
  );
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
