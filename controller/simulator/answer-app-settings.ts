import { type Answer, acknowledged, type Machine } from "./machine.ts";
import { isDict, type PlistDict, type PlistValue } from "./plist.ts";
import type { ManagedApp } from "./state.ts";

/** The attributes that an app can have, and the kind of each (Apple's schema: settings, ApplicationAttributes). */
const ATTRIBUTES: Readonly<Record<string, "string" | "boolean" | "array">> = {
  VPNUUID: "string",
  ContentFilterUUID: "string",
  DNSProxyUUID: "string",
  RelayUUID: "string",
  AssociatedDomains: "array",
  AssociatedDomainsEnableDirectDownloads: "boolean",
  Removable: "boolean",
  TapToPayScreenLock: "boolean",
  CellularSliceUUID: "string",
  Hideable: "boolean",
  Lockable: "boolean",
};

/** True for the elements of Settings that are about one app. */
export function isAppSetting({ Item }: PlistDict): boolean {
  return Item === "ApplicationConfiguration" || Item === "ApplicationAttributes";
}

/** ApplicationConfiguration and ApplicationAttributes of Settings: what went wrong, or undefined when it is done. */
export function applyAppSetting(machine: Machine, item: PlistDict): string | undefined {
  const isConfiguration = item.Item === "ApplicationConfiguration";
  const content = isConfiguration ? item.Configuration : item.Attributes;
  const strange = Object.keys(item).find(
    (key) => !["Item", "Identifier", isConfiguration ? "Configuration" : "Attributes"].includes(key),
  );
  if (strange !== undefined) return `${strange} is no key of it`;
  if (typeof item.Identifier !== "string") return "Identifier is missing";
  if (content !== undefined && !isDict(content)) return "its content is no dictionary";
  const app = machine.state.managed.get(item.Identifier);
  if (app?.status !== "Managed") return `“${item.Identifier}” is not managed`;
  if (isConfiguration) app.configuration = content;
  else return setAttributes(app, content ?? {}, machine);
  machine.log({ type: "app", identifier: item.Identifier, state: "configured" });
  return undefined;
}

function setAttributes(app: ManagedApp, attributes: PlistDict, machine: Machine): string | undefined {
  if (machine.hardware.platform === "macos") return "a Mac knows no attributes";
  const wrong = Object.entries(attributes).find(([key, value]) => kindOf(value) !== ATTRIBUTES[key]);
  if (wrong !== undefined) return `the attribute ${wrong[0]} is unknown, or of another kind`;
  app.attributes = attributes;
  app.removable = attributes.Removable !== false;
  return undefined;
}

function kindOf(value: PlistValue): string {
  return Array.isArray(value) ? "array" : typeof value;
}

/** ManagedApplicationConfiguration: the named apps that are managed. */
export function listConfigurations(machine: Machine, command: PlistDict): Answer {
  const entries = managed(machine, command).map(([Identifier, app]) => ({
    Identifier,
    ...(app.configuration === undefined ? {} : { Configuration: app.configuration }),
  }));
  return acknowledged({ ApplicationConfigurations: entries });
}

/** ManagedApplicationAttributes: the named apps that are managed; a removable app says so also when nobody asked. */
export function listAttributes(machine: Machine, command: PlistDict): Answer {
  const entries = managed(machine, command).map(([Identifier, app]) => ({
    Identifier,
    Attributes: { Removable: app.removable, ...app.attributes },
  }));
  return acknowledged({ ApplicationAttributes: entries });
}

/** ManagedApplicationFeedback: what apps wrote for management; with DeleteFeedback it is forgotten. */
export function listFeedback(machine: Machine, command: PlistDict): Answer {
  const entries = managed(machine, command).map(([Identifier, app]) => ({
    Identifier,
    ...(app.feedback === undefined ? {} : { Feedback: app.feedback }),
  }));
  if (command.DeleteFeedback === true)
    for (const [, app] of managed(machine, command)) app.feedback = undefined;
  return acknowledged({ ManagedApplicationFeedback: entries });
}

function managed(machine: Machine, { Identifiers }: PlistDict): readonly (readonly [string, ManagedApp])[] {
  const names = Array.isArray(Identifiers) ? Identifiers.map(String) : [];
  return names.flatMap((name) => {
    const app = machine.state.managed.get(name);
    return app === undefined ? [] : [[name, app] as const];
  });
}
