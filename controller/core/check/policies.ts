import type { Diagnostic } from "../diagnostic.ts";
import type { AnyManifest, Manifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { problem } from "./problem.ts";

/** A policy names each item once and shows at most one app alone. */
export function checkPolicies(context: CheckContext): readonly Diagnostic[] {
  return context
    .of("Policy")
    .flatMap((policy) => [
      ...twice(policy, "profiles"),
      ...twice(policy, "apps"),
      ...twice(policy, "books"),
      ...secondKiosk(policy),
      ...declaresNothing(policy),
    ]);
}

function twice(policy: Manifest<"Policy">, list: "profiles" | "apps" | "books"): readonly Diagnostic[] {
  const seen = new Map<string, number>();
  return (policy.spec[list] ?? []).flatMap(({ name }, index) => {
    const first = seen.get(name);
    seen.set(name, first ?? index);
    if (first === undefined) return [];
    const { origin } = policy.at(["spec", list, first]);
    const detail = [`The first entry is in line ${origin.line}; keep one.`];
    return [
      problem(policy as AnyManifest, ["spec", list, index, "name"], {
        rule: "duplicate-item",
        message: `${name} is already in ${list}`,
        detail,
      }),
    ];
  });
}

function secondKiosk(policy: Manifest<"Policy">): readonly Diagnostic[] {
  const kiosks = (policy.spec.apps ?? []).flatMap((app, index) => (app.install === "kiosk" ? [index] : []));
  return kiosks.slice(1).map((index) => {
    const detail = ["A device shows one app alone; use a policy for each."];
    return problem(policy as AnyManifest, ["spec", "apps", index, "install"], {
      rule: "second-kiosk",
      message: "a second kiosk app",
      detail,
    });
  });
}

function declaresNothing(policy: Manifest<"Policy">): readonly Diagnostic[] {
  const { profiles = [], apps = [], books = [], inventory = [] } = policy.spec;
  if (profiles.length + apps.length + books.length + inventory.length > 0) return [];
  const detail = ["expected profiles, apps, books or inventory."];
  return [
    problem(policy as AnyManifest, ["spec"], {
      severity: "warning",
      rule: "empty-policy",
      message: "this policy gives its devices nothing",
      detail,
    }),
  ];
}
