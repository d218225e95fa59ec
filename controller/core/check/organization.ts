import type { Diagnostic } from "../diagnostic.ts";
import type { AnyManifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { problem } from "./problem.ts";

/** There is something to enforce, and one manifest that speaks for the whole fleet. */
export function checkOrganization(context: CheckContext): readonly Diagnostic[] {
  const [first] = [...context.manifests].sort((a, b) => (a.origin.file < b.origin.file ? -1 : 1));
  if (first === undefined) return context.invalid.size > 0 ? [] : [noManifests()];
  const organizations = context.of("Organization");
  if (organizations.length > 0 || [...context.invalid].some((name) => name.startsWith("Organization/")))
    return [];
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
