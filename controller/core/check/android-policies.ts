import type { PolicyFault } from "../android-policy/faults.ts";
import { renderAndroidPolicy } from "../android-policy/render-policy.ts";
import { digestOf } from "../canonical.ts";
import { type AndroidPorts, fragmentForm } from "../compile-android.ts";
import { androidAppForm } from "../compile-android-app.ts";
import type { ItemUse } from "../compiled.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Content, GrantedItem } from "../granted.ts";
import type { AnyManifest, Manifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { problem } from "./problem.ts";

type Policy = Manifest<"Policy">;

/**
 * What the profiles and apps of a policy become together, with those that every device has, must be a policy that Google
 * takes: it would refuse all of it. Told as a warning, because other policies of a higher priority may decide otherwise.
 */
export function checkAndroidPolicies(context: CheckContext): readonly Diagnostic[] {
  const policies = context.of("Policy").filter(({ spec }) => spec.mode !== "observe");
  const forms = formsOf(context);
  const everywhere = policies.filter(
    ({ spec }) => spec.target.all === true && spec.target.exclude === undefined,
  );
  return policies.flatMap((policy) => problemsOf(policy, everywhere, forms));
}

function problemsOf(policy: Policy, everywhere: readonly Policy[], forms: Forms): readonly Diagnostic[] {
  const own = usesIn(policy).flatMap((use) => forms.itemOf(use) ?? []);
  const others = everywhere
    .filter((one) => one !== policy)
    .flatMap((one) => usesIn(one))
    .flatMap((use) => forms.itemOf(use) ?? []);
  const keys = new Set(own.map((item) => item.key));
  const items = [...own, ...others.filter((item) => !keys.has(item.key))];
  if (own.length === 0 || items.length < 2) return [];
  // What is wrong with one by itself is told where it stands.
  const alone = new Set(items.flatMap((item) => forms.faultsOf([item]).map(({ reason }) => reason)));
  return forms
    .faultsOf(items)
    .filter(({ reason, items: blamed }) => !alone.has(reason) && blamed.some((key) => keys.has(key)))
    .map((fault) => diagnosticOf(policy, fault));
}

function diagnosticOf(policy: Policy, { items, reason }: PolicyFault): Diagnostic {
  const blamed = usesIn(policy).find(({ key }) => items.includes(key));
  const detail = [`${reason}.`, `Asked for by ${items.join(" and ")}: change one of them.`];
  return problem(policy as AnyManifest, blamed?.path ?? ["metadata", "name"], {
    severity: "warning",
    rule: "android-refused-policy",
    message: "Google would refuse the policy that these items become together",
    subject: items[0] ?? "",
    detail,
  });
}

interface Use {
  readonly key: string;
  readonly name: string;
  readonly install: ItemUse["install"];
  readonly priority: number;
  readonly path: readonly (string | number)[];
}

function usesIn({ spec }: Policy): readonly Use[] {
  const priority = spec.priority ?? 100;
  return [
    ...(spec.profiles ?? []).map(({ name }, index): Use => {
      return {
        key: `Profile/${name}`,
        name,
        install: "required",
        priority,
        path: ["spec", "profiles", index, "name"],
      };
    }),
    ...(spec.apps ?? []).map(({ name, install = "required" }, index): Use => {
      return { key: `App/${name}`, name, install, priority, path: ["spec", "apps", index, "name"] };
    }),
  ];
}

interface Forms {
  readonly itemOf: (use: Use) => GrantedItem | undefined;
  readonly faultsOf: (items: readonly GrantedItem[]) => readonly PolicyFault[];
}

/** Items as devices would be granted them; secrets stay place-holders. */
function formsOf(context: CheckContext): Forms {
  const contents = new Map<string, Content>();
  const ports: AndroidPorts = {
    keep: (content) => {
      const digest = digestOf(content);
      contents.set(digest, content);
      return digest;
    },
    secretFingerprint: () => undefined,
    fileOf: () => undefined,
  };
  const formOf = ({ key, name, install }: Use) => {
    const app = key.startsWith("App/") ? context.get("App", name) : undefined;
    if (app?.spec.android !== undefined) return androidAppForm(app, app.spec.android, [install], ports);
    const profile = key.startsWith("Profile/") ? context.get("Profile", name) : undefined;
    return profile === undefined ? undefined : fragmentForm(profile, ports);
  };
  return {
    itemOf: (use) => {
      const form = formOf(use);
      const digest = form?.digests[use.install];
      if (form === undefined || digest === undefined || form.refused !== undefined) return undefined;
      const { key, install, priority } = use;
      const base = {
        key,
        kind: form.kind,
        id: form.id,
        digest,
        priority,
        policy: "",
        drift: "correct",
      } as const;
      return {
        ...base,
        after: [],
        onLeave: "remove",
        install: install === "required" ? install : "installed",
      };
    },
    faultsOf: (items) =>
      renderAndroidPolicy({ items, inventory: [] }, (digest) => contents.get(digest)).faults,
  };
}
