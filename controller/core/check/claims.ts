import { type Fields, leavesOf } from "../android-policy/leaves.ts";
import { agreedValue } from "../android-policy/strength.ts";
import { canonical } from "../canonical.ts";
import { androidPartsOf, decidedIn } from "../compile-android.ts";
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
    return profile === undefined ? [own] : [own, ...contentClaims(context, policy, profile, path)];
  });
}

function contentClaims(
  context: CheckContext,
  policy: Manifest<"Policy">,
  profile: Manifest<"Profile">,
  path: Path,
): readonly Claim[] {
  const claim = ([subject, value, agreed = value]: Said): Claim => ({
    policy,
    subject,
    value: canonical(agreed),
    words: `${shown(value)} by Profile/${profile.name}`,
    path,
  });
  return [...settingsLeaves(profile.spec.settings ?? {}), ...androidLeaves(context, profile)].map(claim);
}

/** `agreed` is what others must say as well, where that is not the value itself. */
type Said = readonly [subject: string, value: unknown, agreed?: unknown];

/**
 * What the Android policy gets from a profile, value by value; what its settings become only where some fragment of the
 * set decides the same, as else the settings themselves are compared.
 */
function androidLeaves(context: CheckContext, profile: Manifest<"Profile">): readonly Said[] {
  if (profile.spec.scope === "user") return [];
  const written = writtenPaths(context);
  if (written.size === 0) return [];
  const { parts } = androidPartsOf(profile, () => undefined);
  return [...decidedIn(parts)]
    .filter(([path]) => written.has(path))
    .map(([path, { leaf }]) => [`android.${path}`, leaf.value, agreedValue(leaf)]);
}

const cache = new WeakMap<CheckContext, ReadonlySet<string>>();

/** What the fragments of the set decide. */
function writtenPaths(context: CheckContext): ReadonlySet<string> {
  const known = cache.get(context);
  if (known !== undefined) return known;
  const fragments = context.of("Profile").map(({ spec }) => (spec.android ?? {}) as Fields);
  const paths = new Set(fragments.flatMap((one) => leavesOf(one).map((leaf) => leaf.path)));
  cache.set(context, paths);
  return paths;
}

/** Networks and certificates are one leaf each, by ssid and by name. */
function settingsLeaves(settings: Settings): readonly Said[] {
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
