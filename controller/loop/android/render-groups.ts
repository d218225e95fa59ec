import type { AlikeDevices } from "../../android/place-policies.ts";
import { type RenderedPolicy, renderAndroidPolicy } from "../../core/android-policy/render-policy.ts";
import { digestOf, sha256 } from "../../core/canonical.ts";
import type { Content, Granted } from "../../core/granted.ts";
import { type AndroidGroup, androidChannels } from "../../store/android-groups.ts";
import type { RenderedItem, Rendering } from "../../store/android-policies.ts";
import { loadInterned } from "../../store/interned.ts";
import type { AndroidPorts } from "./ports.ts";

/** Devices alike, and what Google is to hold for them. */
export interface RenderedGroup extends AlikeDevices {
  /** What is granted to them; undefined while nothing was. */
  readonly granted: string | undefined;
  readonly rendering: Rendering | undefined;
  /** DeviceGroups that they are members of. */
  readonly groups?: readonly string[];
  /** The one device whose policy it is, by its channel; absent for a policy that devices share. */
  readonly only?: string;
  /** Why they do not get a policy for what is granted. */
  readonly fault?: string;
  /** What they lose by it, by the keys of items; absent when that is nothing. */
  readonly loses?: readonly string[];
}

const pageSize = 500;

/** Renders what is granted, once for each distinct set; a policy with variables of the device once for each device. */
export async function renderGroups(
  ports: Pick<AndroidPorts, "store" | "contentOf">,
  groups: readonly AndroidGroup[],
): Promise<readonly RenderedGroup[]> {
  const { store } = ports;
  const record = await loadInterned(
    store,
    store.interned,
    groups.map((one) => one.granted ?? null),
  );
  const rendered = new Map<string, { readonly granted: Granted; readonly policy: RenderedPolicy }>();
  const found: RenderedGroup[] = [];
  for (const group of groups) {
    const granted = group.granted === undefined ? undefined : record(group.granted);
    if (group.granted === undefined || granted === undefined || !group.isOpen) {
      found.push({ ...unchanged(group), rendering: undefined, granted: group.granted });
      continue;
    }
    const known = rendered.get(group.granted) ?? (await render(ports, granted.body as Granted));
    rendered.set(group.granted, known);
    found.push(...(await alike(ports, group, known)));
  }
  return found;
}

function unchanged({ policy, devices }: AndroidGroup): AlikeDevices {
  return { set: "", hash: "", on: policy, devices, fixed: true };
}

/** Granted states are shared and never change, and contents have their digests in them: a round renders what is new. */
const renderedBefore = new WeakMap<Granted, RenderedPolicy>();

async function render(
  { contentOf }: Pick<AndroidPorts, "contentOf">,
  granted: Granted,
): Promise<{ readonly granted: Granted; readonly policy: RenderedPolicy }> {
  const before = renderedBefore.get(granted);
  if (before !== undefined) return { granted, policy: before };
  const contents = new Map<string, Content>();
  for (const { digest } of [...granted.items, ...(granted.leftAlone ?? [])]) {
    const content = await contentOf(digest);
    if (content !== undefined) contents.set(digest, content);
  }
  const policy = renderAndroidPolicy(granted, (digest) => contents.get(digest));
  // What was missing may come.
  if (policy.faults.length === 0) renderedBefore.set(granted, policy);
  return { granted, policy };
}

/** What a device's policy is to hold by what is granted to it; undefined while that cannot be said. */
export async function renderingOfDevice(
  ports: Pick<AndroidPorts, "contentOf">,
  channel: string,
  granted: Granted | undefined,
): Promise<Rendering | undefined> {
  if (granted === undefined) return undefined;
  const { policy } = await render(ports, granted);
  if (policy.faults.length > 0) return undefined;
  return renderingOf(granted, policy, policy.perDevice ? hashOfDevice(policy, channel) : policy.hash);
}

function hashOfDevice({ hash }: RenderedPolicy, channel: string): string {
  return digestOf([hash, channel]);
}

async function alike(
  { store }: Pick<AndroidPorts, "store">,
  group: AndroidGroup,
  { granted, policy }: { readonly granted: Granted; readonly policy: RenderedPolicy },
): Promise<readonly RenderedGroup[]> {
  const fault = policy.faults[0];
  // Who is only watched, or suspended, keeps what it has; so does who is granted what no policy can say.
  const stays = granted.sends === "queries" || fault !== undefined;
  const base = {
    on: group.policy,
    granted: group.granted,
    groups: granted.groups,
    ...(stays ? { fixed: true as const } : {}),
    ...(fault === undefined ? {} : { fault: `${fault.items.join(", ")}: ${fault.reason}` }),
  };
  if (!policy.perDevice) {
    const rendering = renderingOf(granted, policy, policy.hash);
    return [{ ...base, set: setName(granted), hash: policy.hash, devices: group.devices, rendering }];
  }
  const each: RenderedGroup[] = [];
  for (let after = ""; ; ) {
    const page = await androidChannels(store, group, { after, limit: pageSize });
    for (const channel of page) {
      const hash = hashOfDevice(policy, channel);
      const set = `device-${sha256(channel).slice(0, 16)}`;
      each.push({
        ...base,
        set,
        hash,
        devices: 1,
        only: channel,
        rendering: renderingOf(granted, policy, hash),
      });
    }
    after = page.at(-1) ?? "";
    if (page.length < pageSize) return each;
  }
}

function renderingOf(granted: Granted, { body, sources }: RenderedPolicy, hash: string): Rendering {
  const items = [...granted.items, ...(granted.leftAlone ?? [])].flatMap((item): [string, RenderedItem][] => {
    const { key, kind, id, digest, onLeave } = item;
    return kind === "AndroidFragment" || kind === "AndroidApp" ? [[key, { kind, id, digest, onLeave }]] : [];
  });
  return { hash, items: Object.fromEntries(items), sources, body };
}

const longestName = 96;

/** What the policies of these devices are called: after the Policy manifests whose items they hold. */
function setName({ items }: Granted): string {
  const policies = [...new Set(items.map((item) => item.policy))].sort();
  const name = policies.length === 0 ? "nothing" : policies.join("_");
  return name.length <= longestName ? name : `${name.slice(0, longestName - 9)}_${sha256(name).slice(0, 8)}`;
}
