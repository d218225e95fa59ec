import { type AndroidPath, readAndroid } from "../android-schema/read-value.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { AnyManifest, Manifest } from "../manifest.ts";
import { pathText } from "../path-text.ts";
import { androidFinding, isUnknownLength, useFindings } from "./android-faults.ts";
import { listKeyFindings } from "./android-list-keys.ts";
import type { CheckContext } from "./context.ts";
import { describeValue, quote } from "./describe-value.ts";
import { type Finding, problem } from "./problem.ts";

type Path = AndroidPath;
type Found = readonly [Path, Finding];

/** Fragments and apps say what Google's interface takes: one field that it does not take refuses the whole policy. */
export function checkAndroidContents(context: CheckContext): readonly Diagnostic[] {
  return [
    ...context.of("Profile").flatMap((profile) => {
      const { android } = profile.spec;
      if (android === undefined) return [];
      return [...contentProblems(android), ...reportingProblems(android)].map(([path, finding]) =>
        problem(profile as AnyManifest, ["spec", "android", ...path], finding),
      );
    }),
    ...context
      .of("App")
      .flatMap((app) =>
        appProblems(app).map(([path, finding]) =>
          problem(app as AnyManifest, ["spec", "android", ...path], finding),
        ),
      ),
  ];
}

function contentProblems(fragment: object): readonly Found[] {
  const { faults, uses } = readAndroid("Policy", fragment);
  const found = [
    ...faults
      .filter((fault) => !isUnknownLength(fault))
      .map((fault): Found => [present(fault.path, fragment), androidFinding(fault)]),
    ...uses.flatMap((use) => useFindings(use).map((finding): Found => [use.path, finding])),
  ];
  const told = new Set(found.map(([path]) => pathText(path)));
  return [...found, ...listKeyFindings(fragment).filter(([path]) => !told.has(pathText(path)))];
}

/** Something that is missing has no place of its own: what it is missing in has one. */
function present(path: Path, value: unknown): Path {
  let above: unknown = value;
  for (const [index, step] of path.entries()) {
    if (typeof above !== "object" || above === null || !Object.hasOwn(above, step))
      return path.slice(0, index);
    above = (above as Readonly<Record<string | number, unknown>>)[step];
  }
  return path;
}

/** What schedules collect is turned on for them; off is only what nothing asks for. */
function reportingProblems(fragment: Readonly<Record<string, unknown>>): readonly Found[] {
  const settings = fragment.statusReportingSettings;
  if (typeof settings !== "object" || settings === null) return [];
  return Object.entries(settings)
    .filter(([, value]) => value === false)
    .map(
      ([name]): Found => [
        ["statusReportingSettings", name],
        {
          severity: "warning",
          rule: "android-no-effect",
          message: `statusReportingSettings.${name} false has no effect`,
          detail: [
            "Nothing is reported unless a profile or an InventorySchedule asks for it. Remove the key.",
          ],
        },
      ],
    );
}

function appProblems({ spec }: Manifest<"App">): readonly Found[] {
  const { package: packageName, config, permissions = {} } = spec.android ?? {};
  if (packageName === undefined) return [];
  const application = { packageName, managedConfiguration: config };
  const faults = readAndroid("ApplicationPolicy", application).faults.map(
    (fault): Found => [
      ["config", ...fault.path.slice(1)],
      androidFinding({ ...fault, path: ["config", ...fault.path.slice(1)] }),
    ],
  );
  return [...faults, ...configProblems(config, ["config"]), ...permissionProblems(permissions)];
}

/** Apps declare which values they take; none of them is nothing, and numbers are whole. */
function configProblems(value: unknown, path: Path): readonly Found[] {
  if (value === null || (typeof value === "number" && !Number.isSafeInteger(value))) {
    const message = `${pathText(path)} is ${describeValue(value)}`;
    const detail = ["expected a text, a whole number, true or false, a list or a mapping."];
    return [[path, { rule: "android-wrong-type", message, detail }]];
  }
  if (typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, one]) =>
    configProblems(one, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

function permissionProblems(permissions: Readonly<Record<string, unknown>>): readonly Found[] {
  return Object.keys(permissions)
    .filter((name) => !/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$/.test(name))
    .map((name): Found => {
      const message = `${quote(name)} is no permission`;
      const detail = ["expected a name such as android.permission.CAMERA."];
      return [["permissions", name], { rule: "android-bad-value", message, detail }];
    });
}
