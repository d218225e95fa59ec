import type { Diagnostic } from "../diagnostic.ts";
import type { AnyManifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { literalProblems } from "./literals.ts";
import { problem } from "./problem.ts";

/** What is sent along with an Apple app can be written as a property list, and its licence can be had. */
export function checkApps(context: CheckContext): readonly Diagnostic[] {
  return [...checkSettings(context), ...checkLicences(context)];
}

const licencePath = ["spec", "apple", "license"];

/** Apps and Books knows apps by their number in the store, and has none of your own server. */
function checkLicences(context: CheckContext): readonly Diagnostic[] {
  return context.of("App").flatMap((app) => {
    const { license = "none", appStoreId } = app.spec.apple ?? {};
    if (license === "user")
      return problem(app as AnyManifest, licencePath, {
        rule: "user-licence",
        message: "licences of users are not assigned",
        detail: ["Assign it to the device with license: device; no Apple Account is needed then."],
      });
    if (license === "none" || appStoreId !== undefined) return [];
    return problem(app as AnyManifest, licencePath, {
      rule: "licence-store-id",
      message: "a licence needs appStoreId: Apps and Books knows an app by its number in the store",
    });
  });
}

function checkSettings(context: CheckContext): readonly Diagnostic[] {
  return context.of("App").flatMap((app) =>
    (["config", "attributes"] as const).flatMap((field) => {
      const content = app.spec.apple?.[field];
      if (content === undefined) return [];
      return literalProblems(content, ["spec", "apple", field]).map(([path, finding]) =>
        problem(app as AnyManifest, path, finding),
      );
    }),
  );
}
