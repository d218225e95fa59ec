import { statusValue } from "./declaration-apply.ts";
import { isRecord } from "./declaration-fetch.ts";
import type { DeclarationState, Form, Held } from "./declaration-state.ts";
import { isAtLeast, supportedStatus, supportedTypes } from "./declaration-types.ts";
import type { Machine } from "./machine.ts";

const LISTS: Record<Form, string> = {
  activation: "activations",
  asset: "assets",
  configuration: "configurations",
  management: "management",
};

/** A report and what will have been told once the server took it. */
export type Report = { readonly body: Record<string, unknown>; readonly told: Map<string, string> };

/**
 * What changed since the server took a report, or everything; undefined when there is nothing to tell. In lists the
 * changed elements are told whole, and those that went with `_removed`.
 */
export function statusReport(machine: Machine, state: DeclarationState, full: boolean): Report | undefined {
  const items = itemsOf(machine, state);
  const told = new Map([...items].map(([name, value]) => [name, JSON.stringify(value)]));
  const isNew = (name: string) => full || state.told.get(name) !== told.get(name);
  const news = [...items].filter(([name]) => isNew(name));
  const lost = full
    ? []
    : [...state.told.keys()].filter((name) => !told.has(name) && formIn(name) !== undefined);
  if (news.length + lost.length === 0 && !full) return undefined;
  const StatusItems: Record<string, unknown> = {};
  for (const [name, value] of news) if (formIn(name) === undefined) place(StatusItems, name, value);
  const lists = Object.fromEntries(
    Object.entries(LISTS).map(([form, list]) => [
      list,
      [
        ...news.filter(([name]) => formIn(name) === form).map(([, value]) => value),
        ...lost
          .filter((name) => formIn(name) === form)
          .map((name) => ({ identifier: name.slice(`declaration/${form}/`.length), _removed: true })),
      ],
    ]),
  );
  if (full || Object.values(lists).some((list) => list.length > 0))
    place(StatusItems, "management.declarations", lists);
  const Errors = subscribedItems(state)
    .filter((name) => !items.has(name))
    .map((StatusItem) => ({ StatusItem, Reasons: [{ Code: "Error.UnsupportedStatusValue" }] }));
  return { body: { StatusItems, Errors, ...(full ? { FullReport: true } : {}) }, told };
}

function formIn(name: string): string | undefined {
  return /^declaration\/(\w+)\//.exec(name)?.[1];
}

/** Whether this version of its system tells everything once a day. */
export function tellsDaily({ hardware, state }: Machine): boolean {
  return isAtLeast(state.osVersion, hardware.platform === "macos" ? "14.0" : "17.0");
}

function itemsOf(machine: Machine, state: DeclarationState): Map<string, unknown> {
  const items = new Map<string, unknown>([["management.client-capabilities", capabilities(machine)]]);
  for (const held of state.held.values())
    items.set(`declaration/${held.form}/${held.identifier}`, describe(held));
  for (const name of subscribedItems(state)) {
    const value = statusValue(machine, name);
    if (value !== undefined) items.set(name, value);
  }
  return items;
}

function describe({ identifier, token, active, valid, reasons }: Held): Record<string, unknown> {
  return { identifier, "server-token": token, active, valid, ...(reasons.length > 0 ? { reasons } : {}) };
}

function subscribedItems(state: DeclarationState): string[] {
  const type = "com.apple.configuration.management.status-subscriptions";
  const active = [...state.held.values()].filter((held) => held.active && held.type === type);
  const names = active.flatMap(({ payload }) =>
    (Array.isArray(payload.StatusItems) ? payload.StatusItems : []).flatMap((one: unknown) =>
      isRecord(one) && typeof one.Name === "string" ? [one.Name] : [],
    ),
  );
  return [...new Set(names)].sort();
}

function capabilities(machine: Machine): Record<string, unknown> {
  const of = (form: Form) => supportedTypes(machine, form);
  return {
    "supported-versions": ["1.0.0"],
    "supported-features": {},
    "supported-payloads": {
      declarations: {
        activations: of("activation"),
        assets: of("asset"),
        configurations: of("configuration"),
        management: of("management"),
      },
      "status-items": supportedStatus(machine),
    },
  };
}

function place(items: Record<string, unknown>, name: string, value: unknown): void {
  const steps = name.split(".");
  const last = steps.pop() as string;
  let inner = items;
  for (const step of steps) {
    inner[step] ??= {};
    inner = inner[step] as Record<string, unknown>;
  }
  inner[last] = value;
}
