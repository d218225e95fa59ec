import type { Diagnostic } from "../diagnostic.ts";
import type { AnyManifest, Manifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { problem } from "./problem.ts";

/** There is something to enforce, and one manifest that speaks for the whole fleet. */
export function checkOrganization(context: CheckContext): readonly Diagnostic[] {
  const [first] = [...context.manifests].sort((a, b) => (a.origin.file < b.origin.file ? -1 : 1));
  if (first === undefined) return context.invalid.size > 0 ? [] : [noManifests()];
  const organizations = context.of("Organization");
  const plain = organizations.flatMap(plainAddresses);
  if (organizations.length > 0 || [...context.invalid].some((name) => name.startsWith("Organization/")))
    return plain;
  const detail = ["Its timeZone is then UTC. Add a manifest of kind Organization."];
  return [
    problem(first as AnyManifest, [], {
      severity: "warning",
      rule: "no-organization",
      message: "no Organization is declared",
      detail,
      subject: "",
    }),
  ];
}

/** Whoever has such an address can write there. */
function plainAddresses(organization: Manifest<"Organization">): readonly Diagnostic[] {
  return (organization.spec.notifications ?? []).flatMap((one, index) =>
    (["slack", "teams"] as const).flatMap((name) => {
      if (one[name]?.startsWith("https://") !== true) return [];
      return [
        problem(organization as AnyManifest, ["spec", "notifications", index, name], {
          severity: "warning",
          rule: "plain-address",
          message: `the address of ${name} stands here for all who can read the repository`,
          detail: ["Whoever has it can write there. Put it into a Secret that allows this Organization."],
        }),
      ];
    }),
  );
}

function noManifests(): Diagnostic {
  return {
    severity: "error",
    rule: "no-manifests",
    origin: { file: ".", line: 1, column: 1 },
    length: 1,
    message: "no manifests were found",
    subject: "",
    detail: ["expected *.yaml files with apiVersion reeve/v1. An empty repository is never put into force."],
  };
}
