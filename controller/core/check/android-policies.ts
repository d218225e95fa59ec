import type { PolicyFault } from "../android-policy/faults.ts";
import { renderAndroidPolicy } from "../android-policy/render-policy.ts";
import { digestOf } from "../canonical.ts";
import { type AndroidPorts, fragmentForm } from "../compile-android.ts";
import { androidAppForm } from "../compile-android-app.ts";
import type { AndroidForm, ItemUse } from "../compiled.ts";
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
  const everywhere = everywhereOf(policies, forms);
  return policies.flatMap((policy) => problemsOf(policy, everywhere, forms));
}

/** What every device has. */
interface Everywhere {
  readonly policies: ReadonlySet<Policy>;
  readonly items: readonly { readonly policy: Policy; readonly item: GrantedItem }[];
  /** What is wrong with all of it together. */
  readonly faults: () => readonly PolicyFault[];
}

function everywhereOf(policies: readonly Policy[], forms: Forms): Everywhere {
  const all = policies.filter(({ spec }) => spec.target.all === true && spec.target.exclude === undefined);
  const items = all.flatMap((policy) => itemsIn(policy, forms).map((item) => ({ policy, item })));
  let faults: readonly PolicyFault[] | undefined;
  return {
    policies: new Set(all),
    items,
    faults: () => {
      const together = items.map(({ item }) => item);
      faults ??= faultsTogether(together, forms);
      return faults;
    },
  };
}

function itemsIn(policy: Policy, forms: Forms): readonly GrantedItem[] {
  return usesIn(policy).flatMap((use) => forms.itemOf(use) ?? []);
}

function problemsOf(policy: Policy, everywhere: Everywhere, forms: Forms): readonly Diagnostic[] {
  const own = itemsIn(policy, forms);
  if (own.length === 0) return [];
  const keys = new Set(own.map((item) => item.key));
  const others = everywhere.items.filter((one) => one.policy !== policy && !keys.has(one.item.key));
  const items = [...own, ...others.map(({ item }) => item)];
  if (items.length < 2) return [];
  const isAll = everywhere.policies.has(policy) && items.length === everywhere.items.length;
  const faults = isAll ? everywhere.faults() : faultsTogether(items, forms);
  return faults
    .filter(({ items: blamed }) => blamed.some((key) => keys.has(key)))
    .map((fault) => diagnosticOf(policy, fault));
}

/** What is wrong with one by itself is told where it stands. */
function faultsTogether(items: readonly GrantedItem[], forms: Forms): readonly PolicyFault[] {
  const alone = new Set(items.flatMap((item) => forms.faultsAlone(item).map(({ reason }) => reason)));
  return forms.faultsOf(items).filter(({ reason }) => !alone.has(reason));
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
  readonly faultsAlone: (item: GrantedItem) => readonly PolicyFault[];
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
  const forms = new Map<string, AndroidForm | undefined>();
  const alone = new Map<string, readonly PolicyFault[]>();
  const faultsOf = (items: readonly GrantedItem[]) =>
    renderAndroidPolicy({ items, inventory: [] }, (digest) => contents.get(digest)).faults;
  return {
    itemOf: (use) => {
      const form = once(forms, `${use.install} ${use.key}`, () => formOf(use));
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
    faultsOf,
    faultsAlone: (item) => once(alone, item.digest, () => faultsOf([item])),
  };
}

/** Many policies have the same items in common. */
function once<Made>(known: Map<string, Made>, key: string, make: () => Made): Made {
  if (!known.has(key)) known.set(key, make());
  return known.get(key) as Made;
}
