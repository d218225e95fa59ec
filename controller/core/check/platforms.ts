import { userPlatforms } from "../apple-schema/scope.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Platform } from "../facts.ts";
import type { AnyManifest, Manifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { platformsOf } from "./group-facts.ts";
import { listed } from "./nearest.ts";
import { problem } from "./problem.ts";

/** Platforms whose devices take books. */
const readers: ReadonlySet<Platform> = new Set(["ios", "ipados"]);

/** What a policy gives can exist on the platforms that its target can have. */
export function checkPlatforms(context: CheckContext): readonly Diagnostic[] {
  return context.of("Policy").flatMap((policy) => {
    const platforms = [...platformsOf(context, policy.spec.target)];
    return [
      ...(policy.spec.profiles ?? []).flatMap(({ name }, index) =>
        profileProblem(policy, index, context.get("Profile", name), platforms),
      ),
      ...(policy.spec.apps ?? []).flatMap(({ name }, index) =>
        appProblem(policy, index, context.get("App", name), platforms),
      ),
      ...(policy.spec.books ?? []).flatMap(({ name }, index) =>
        platforms.some((platform) => readers.has(platform))
          ? []
          : [nothingFor(policy, ["spec", "books", index, "name"], `Book/${name}`, platforms)],
      ),
    ];
  });
}

function profileProblem(
  policy: Manifest<"Policy">,
  index: number,
  profile: Manifest<"Profile"> | undefined,
  platforms: readonly Platform[],
): readonly Diagnostic[] {
  if (profile === undefined) return [];
  const path = ["spec", "profiles", index, "name"];
  if (profile.spec.scope === "user" && !platforms.some((platform) => userPlatforms.includes(platform))) {
    const detail = [
      `The target holds ${listed(platforms, "and")} only; scope user exists on macos, and on ipados when shared.`,
    ];
    return [
      problem(policy as AnyManifest, path, {
        rule: "no-user-channel",
        message: `Profile/${profile.name} is for users, whom no device of the target has`,
        detail,
      }),
    ];
  }
  const { settings, apple, android } = profile.spec;
  const reaches = settings !== undefined || reach(apple !== undefined, android !== undefined, platforms);
  return reaches ? [] : [nothingFor(policy, path, `Profile/${profile.name}`, platforms)];
}

function appProblem(
  policy: Manifest<"Policy">,
  index: number,
  app: Manifest<"App"> | undefined,
  platforms: readonly Platform[],
): readonly Diagnostic[] {
  if (app === undefined || reach(app.spec.apple !== undefined, app.spec.android !== undefined, platforms))
    return [];
  return [nothingFor(policy, ["spec", "apps", index, "name"], `App/${app.name}`, platforms)];
}

function reach(apple: boolean, android: boolean, platforms: readonly Platform[]): boolean {
  return platforms.some((platform) => (platform === "android" ? android : apple));
}

function nothingFor(
  policy: Manifest<"Policy">,
  path: readonly (string | number)[],
  item: string,
  platforms: readonly Platform[],
): Diagnostic {
  const detail = [`The target holds ${listed(platforms, "and")} only.`];
  return problem(policy as AnyManifest, path, {
    severity: "warning",
    rule: "nothing-for-platform",
    message: `${item} has nothing for the platforms of the target`,
    detail,
  });
}
