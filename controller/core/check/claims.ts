import { canonical } from "../canonical.ts";
import type { Settings } from "../generated/manifest.ts";
import type { Manifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";

type Path = readonly (string | number)[];

/** What one policy wants of one thing that only one policy can decide. */
export interface Claim {
  readonly policy: Manifest<"Policy">;
  /** The thing: an item, a leaf of settings or a field of an Android fragment. */
  readonly subject: string;
  readonly value: string;
  /** The value for people, as in `blocked`. */
  readonly words: string;
  /** Where the policy says so. */
  readonly path: Path;
}

/** Everything that a policy decides. */
export function claimsOf(context: CheckContext, policy: Manifest<"Policy">): readonly Claim[] {
  return [...profileClaims(context, policy), ...appClaims(policy), ...bookClaims(policy)];
}

function appClaims(policy: Manifest<"Policy">): readonly Claim[] {
  return (policy.spec.apps ?? []).map((app, index) => {
    const install = app.install ?? "required";
    const onLeave = app.onLeave ?? "remove";
    const drift = app.drift ?? policy.spec.drift ?? "correct";
    const extras = [
      onLeave === "remove" ? "" : `onLeave ${onLeave}`,
      drift === "correct" ? "" : `drift ${drift}`,
    ];
    return {
      policy,
      subject: `App/${app.name}`,
      value: canonical([install, onLeave, drift]),
      words: [install, ...extras].filter((word) => word !== "").join(", "),
      path: ["spec", "apps", index],
    };
  });
}

function bookClaims(policy: Manifest<"Policy">): readonly Claim[] {
  return (policy.spec.books ?? []).map((book, index) => {
    const onLeave = book.onLeave ?? "remove";
    const drift = book.drift ?? policy.spec.drift ?? "correct";
    return {
      policy,
      subject: `Book/${book.name}`,
      value: canonical([onLeave, drift]),
      words: `onLeave ${onLeave}, drift ${drift}`,
      path: ["spec", "books", index],
    };
  });
}

function profileClaims(context: CheckContext, policy: Manifest<"Policy">): readonly Claim[] {
  return (policy.spec.profiles ?? []).flatMap((use, index) => {
    const path = ["spec", "profiles", index];
    const drift = use.drift ?? policy.spec.drift ?? "correct";
    const own: Claim = {
      policy,
      subject: `Profile/${use.name}`,
      value: drift,
      words: `drift ${drift}`,
      path,
    };
    const profile = context.get("Profile", use.name);
    return profile === undefined ? [own] : [own, ...contentClaims(policy, profile, path)];
  });
}

function contentClaims(
  policy: Manifest<"Policy">,
  profile: Manifest<"Profile">,
  path: Path,
): readonly Claim[] {
  const claim = ([subject, value]: readonly [string, unknown]): Claim => ({
    policy,
    subject,
    value: canonical(value),
    words: `${shown(value)} by Profile/${profile.name}`,
    path,
  });
  const android = Object.entries(profile.spec.android ?? {}).map(
    ([key, value]) => [`android.${key}`, value] as const,
  );
  return [...settingsLeaves(profile.spec.settings ?? {}), ...android].map(claim);
}

/** Networks and certificates are one leaf each, by ssid and by name. */
function settingsLeaves(settings: Settings): readonly (readonly [string, unknown])[] {
  const { wifi = [], certificates = [], ...blocks } = settings;
  return [
    ...wifi.map((network) => [`settings.wifi ${network.ssid}`, network] as const),
    ...certificates.map((certificate) => [`settings.certificates ${certificate.name}`, certificate] as const),
    ...Object.entries(blocks).flatMap(([block, leaves]) =>
      Object.entries(leaves ?? {}).map(([leaf, value]) => [`settings.${block}.${leaf}`, value] as const),
    ),
  ];
}

function shown(value: unknown): string {
  if (typeof value === "object" && value !== null) return "set";
  return String(value).slice(0, 40);
}
