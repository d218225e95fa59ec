import type { SourceTree } from "../core/source-tree.ts";

/** A repository of a large organisation: so many sites, of which one commit changes one. */
export const sites = 100;
const platforms = ["ios", "ipados", "macos", "tvos"] as const;
/** Profiles and apps of one site; with its group and its policy, 9 manifests. */
const itemsOfSite = 7;

export type BenchPlatform = (typeof platforms)[number];
export { platforms };

/** `manifests` manifests in a file each; `revised` names a site whose first profile says something else. */
export function policyTree(manifests: number, revised?: number): SourceTree {
  const files = new Map<string, string>([["organization.yaml", organization]]);
  files.set("inventory.yaml", inventory);
  for (const platform of platforms) {
    files.set(`groups/${platform}.yaml`, group(platform, "platform", platform));
    files.set(`policies/${platform}.yaml`, policy(platform, 10, itemsOf(platform, 10)));
    addItems(files, platform, 10, undefined);
  }
  for (let site = 0; site < sites && files.size + itemsOfSite + 2 <= manifests; site++) {
    const name = siteName(site);
    files.set(`groups/${name}.yaml`, group(name, "tag.site", name));
    files.set(`policies/${name}.yaml`, policy(name, 20, itemsOf(name, itemsOfSite)));
    addItems(files, name, itemsOfSite, site === revised ? 8 : undefined);
  }
  for (let spare = 0; files.size < manifests; spare++)
    files.set(`spare/${spare}.yaml`, app(`spare-${spare}`));
  const entries = [...files].map(
    ([path, text]) => [path, { type: "file", bytes: Buffer.from(text) }] as const,
  );
  return { revision: revised === undefined ? "before" : "after", entries: new Map(entries) };
}

export function siteName(site: number): string {
  return `site-${String(site).padStart(3, "0")}`;
}

function itemsOf(owner: string, count: number): string {
  const names = Array.from({ length: count }, (_, index) => ({
    name: `${owner}-${index}`,
    profile: index % 2 === 0,
  }));
  const list = (profile: boolean) =>
    names.flatMap((one) => (one.profile === profile ? [`{name: ${one.name}}`] : [])).join(", ");
  return `profiles: [${list(true)}]\n  apps: [${list(false)}]`;
}

function addItems(
  files: Map<string, string>,
  owner: string,
  count: number,
  passwordLength: number | undefined,
): void {
  for (let index = 0; index < count; index++) {
    const name = `${owner}-${index}`;
    const length = index === 0 ? (passwordLength ?? 6) : 6;
    files.set(`items/${name}.yaml`, index % 2 === 0 ? profile(name, length) : app(name));
  }
}

const organization = `apiVersion: reeve/v1
kind: Organization
metadata: {name: acme}
spec: {timeZone: Europe/Berlin}
`;

const inventory = `apiVersion: reeve/v1
kind: InventorySchedule
metadata: {name: monthly}
spec: {collect: [device, security, applications], every: 30d}
`;

function group(name: string, key: string, value: string): string {
  return `apiVersion: reeve/v1
kind: DeviceGroup
metadata: {name: ${name}}
spec:
  selector: {match: {${key}: ${value}}}
`;
}

function policy(name: string, priority: number, items: string): string {
  return `apiVersion: reeve/v1
kind: Policy
metadata: {name: ${name}}
spec:
  priority: ${priority}
  target: {groups: [${name}]}
  inventory: [monthly]
  ${items}
`;
}

function profile(name: string, length: number): string {
  return `apiVersion: reeve/v1
kind: Profile
metadata: {name: ${name}}
spec:
  displayName: ${name}
  apple:
    payloads:
      - type: com.apple.wifi.managed
        content: {SSID_STR: ${name}, EncryptionType: WPA2, Password: "password-${length}", AutoJoin: true, HIDDEN_NETWORK: false}
`;
}

function app(name: string): string {
  return `apiVersion: reeve/v1
kind: App
metadata: {name: ${name}}
spec: {apple: {bundleId: com.example.${name}}}
`;
}
