import type { Diagnostic } from "../diagnostic.ts";
import { durationMs } from "../duration.ts";
import type { Settings } from "../generated/manifest.ts";
import type { AnyManifest, Manifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { quote } from "./describe-value.ts";
import { literalProblems } from "./literals.ts";
import { didYouMean, sparingly } from "./nearest.ts";
import { type Finding, problem } from "./problem.ts";
import { isReservedIdentifier, profileIdentifier } from "./profile-identifier.ts";

type Path = readonly (string | number)[];
type Found = readonly [Path, Finding];

/** Settings and payloads that a schema accepts and that still cannot work. */
export function checkProfiles(context: CheckContext): readonly Diagnostic[] {
  return context
    .of("Profile")
    .flatMap((profile) =>
      [
        ...settingsProblems(profile.spec.settings ?? {}),
        ...payloadProblems(profile),
        ...fileAndSettings(profile),
        ...fileAndRemoval(profile),
        ...reserved(context, profile),
      ].map(([path, finding]) => problem(profile as AnyManifest, ["spec", ...path], finding)),
    );
}

function settingsProblems(settings: Settings): readonly Found[] {
  const base = ["settings"];
  return [
    ...unit([...base, "passcode", "maxAge"], settings.passcode?.maxAge, "d"),
    ...unit([...base, "passcode", "autoLock"], settings.passcode?.autoLock, "m"),
    ...unit([...base, "passcode", "gracePeriod"], settings.passcode?.gracePeriod, "m"),
    ...unit([...base, "osUpdate", "defer"], settings.osUpdate?.defer, "d"),
    ...tooLongDeferral(settings),
    ...repeated([...base, "wifi"], "ssid", settings.wifi ?? []),
    ...repeated([...base, "certificates"], "name", settings.certificates ?? []),
    ...repeated([...base, "osUpdate", "enforce"], "platform", settings.osUpdate?.enforce ?? []),
    ...networkProblems(settings),
  ];
}

/** A profile under one of reeve's own identifiers would take the place of another, or of the management itself. */
function reserved(context: CheckContext, profile: Manifest<"Profile">): readonly Found[] {
  const identifier = profileIdentifier(profile, context.profileFiles);
  if (!isReservedIdentifier(identifier, `reeve.profile.${profile.name}`)) return [];
  const path = profile.spec.identifier === undefined ? ["apple", "file"] : ["identifier"];
  const message = `${quote(identifier)} is an identifier of reeve's own`;
  const detail = ["Choose one that does not begin with reeve."];
  return [[path, { rule: "reserved-identifier", message, detail }]];
}

/** A file keeps its own identifiers and payloads: nothing can be added to it. */
function fileAndSettings({ spec }: Manifest<"Profile">): readonly Found[] {
  if (spec.settings === undefined || spec.apple?.file === undefined) return [];
  const detail = ["A .mobileconfig is sent as it is. Put the settings into a Profile of their own."];
  return [
    [
      ["apple", "file"],
      { rule: "exclusive-fields", message: "settings and apple.file exclude each other", detail },
    ],
  ];
}

/** A file says itself when it goes, and only a profile can go by itself. */
function fileAndRemoval({ spec }: Manifest<"Profile">): readonly Found[] {
  const other = notByItself(spec);
  if (other === undefined) return [];
  const isFile = other === "apple.file";
  const fields = ["removeAt", "removeAfter", ...(isFile ? (["removable"] as const) : [])] as const;
  const given = fields.filter((field) => spec[field] !== undefined);
  const detail = isFile
    ? [
        "A .mobileconfig is sent as it is: put RemovalDate, DurationUntilRemoval or PayloadRemovalDisallowed into the file.",
      ]
    : ["Declarations do not go by themselves: an Exemption, or a change of the policy, takes them away."];
  return given.map((field) => {
    const message = `${field} and ${other} exclude each other`;
    return [[field], { rule: "exclusive-fields", message, detail }];
  });
}

function notByItself({ apple, settings }: Manifest<"Profile">["spec"]): string | undefined {
  if (apple?.file !== undefined) return "apple.file";
  if (apple?.declarations !== undefined) return "apple.declarations";
  if (settings?.osUpdate !== undefined) return "settings.osUpdate";
  return apple?.delivery === "declaration" ? "delivery: declaration" : undefined;
}

const unitMs = { m: 60_000, d: 86_400_000 } as const;

function unit(path: Path, text: string | undefined, wanted: "m" | "d"): readonly Found[] {
  if (text === undefined || durationMs(text) % unitMs[wanted] === 0) return [];
  const words = wanted === "d" ? "days" : "minutes";
  return [
    [
      path,
      {
        rule: "bad-duration",
        message: `${text} is not a whole number of ${words}`,
        detail: [`Devices count this in ${words}.`],
      },
    ],
  ];
}

function tooLongDeferral(settings: Settings): readonly Found[] {
  const { defer } = settings.osUpdate ?? {};
  if (defer === undefined || durationMs(defer) <= 90 * unitMs.d) return [];
  return [
    [
      ["settings", "osUpdate", "defer"],
      { rule: "out-of-range", message: `${defer} is too long`, detail: ["expected 1d to 90d."] },
    ],
  ];
}

function repeated<T extends object>(
  path: Path,
  key: keyof T & string,
  entries: readonly T[],
): readonly Found[] {
  const seen = new Set<unknown>();
  return entries.flatMap((entry, index) => {
    const value = entry[key];
    const isNew = !seen.has(value);
    seen.add(value);
    if (isNew) return [];
    const finding = {
      rule: "duplicate-item",
      message: `${key} ${quote(String(value))} is already in the list`,
      detail: ["Keep one entry."],
    };
    return [[[...path, index, key], finding] as const];
  });
}

function networkProblems(settings: Settings): readonly Found[] {
  const certificates = new Set((settings.certificates ?? []).map((certificate) => certificate.name));
  const suggest = sparingly((name: string) => didYouMean(name, certificates).trim());
  return (settings.wifi ?? []).flatMap((network, index) => {
    const path = ["settings", "wifi", index];
    const security = network.security ?? "wpa2";
    const needsPassword = (security === "wpa2" || security === "wpa3") && network.password === undefined;
    const missing: readonly Found[] = needsPassword
      ? [
          [
            path,
            {
              rule: "missing-field",
              message: 'missing field "password"',
              detail: [`security ${security} needs one; write \${secret:NAME/KEY}.`],
            },
          ],
        ]
      : [];
    const identity = network.eap?.identity;
    const names: readonly (readonly [Path, string])[] = [
      ...(identity === undefined ? [] : [[[...path, "eap", "identity"], identity] as const]),
      ...(network.eap?.trustedCertificates ?? []).map(
        (name, at) => [[...path, "eap", "trustedCertificates", at], name] as const,
      ),
    ];
    return [
      ...missing,
      ...names.flatMap(([at, name]) =>
        certificates.has(name) ? [] : unknownCertificate(at, name, suggest(name)),
      ),
    ];
  });
}

function unknownCertificate(path: Path, name: string, near = ""): readonly Found[] {
  const detail = [
    near === "" ? "expected the name of an entry of settings.certificates in this profile." : near,
  ];
  return [[path, { rule: "unknown-reference", message: `no certificate is called ${quote(name)}`, detail }]];
}

const reservedKeys = new Set(["PayloadType", "PayloadIdentifier", "PayloadUUID", "PayloadVersion"]);

function payloadProblems(profile: Manifest<"Profile">): readonly Found[] {
  const { apple } = profile.spec;
  return (["payloads", "declarations"] as const).flatMap((list) => {
    const entries = apple?.[list] ?? [];
    const names = entries.map((entry) => ({ identity: `${entry.type} ${entry.name ?? ""}`.trim() }));
    const twice = repeated(["apple", list], "identity", names).map(
      ([path]): Found => [
        path.slice(0, -1),
        {
          rule: "duplicate-identity",
          message: "two entries of one type and name",
          detail: ["Give each a name of its own: it keeps their identities apart."],
        },
      ],
    );
    return [...twice, ...entries.flatMap((entry, index) => contentProblems(["apple", list, index], entry))];
  });
}

function contentProblems(
  path: Path,
  entry: { readonly type: string; readonly content: object },
): readonly Found[] {
  const mdm: readonly Found[] =
    entry.type === "com.apple.mdm"
      ? [
          [
            [...path, "type"],
            {
              rule: "reserved-payload",
              message: "com.apple.mdm cannot be part of a profile",
              detail: ["It is installed by enrolling."],
            },
          ],
        ]
      : [];
  const reserved = Object.keys(entry.content)
    .filter((key) => reservedKeys.has(key))
    .map(
      (key): Found => [
        [...path, "content", key],
        {
          rule: "reserved-key",
          message: `${key} is set by reeve`,
          detail: ["Use type and name beside content, or apple.file for a profile with its own identifiers."],
        },
      ],
    );
  return [...mdm, ...reserved, ...literalProblems(entry.content, [...path, "content"])];
}
