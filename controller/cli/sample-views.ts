/** Hand-made views for tests: a quiet beginning, changed by what a test is about. */
import type { HoldView } from "../loop/hold-view.ts";
import type {
  Counts,
  DeviceView,
  ExplainView,
  OperationView,
  PlanView,
  PlanViewEntry,
  RevisionView,
  StatusView,
} from "../loop/views.ts";

export const now = Date.UTC(2026, 10, 20, 12, 0, 0);
export const minute = 60_000;
export const hour = 60 * minute;
export const dayMs = 24 * hour;

/** Everything a name can do to a terminal, a table or a Markdown comment. */
export const hostileName =
  "\u001b[31mred\u001b[0m\u0007\r\n</details>```|@everyone \u202Egpj.exe\u200b\u0000 <script>#1 会議室📱";

export function revision(id: string, message = "", author = "it-lead", at = now - 2 * hour): RevisionView {
  return { revision: id.padEnd(40, "0"), message, author, at };
}

export function entry(
  action: PlanViewEntry["action"],
  key: string,
  devices: number,
  more: Partial<PlanViewEntry> = {},
): PlanViewEntry {
  return { action, key, devices, policy: "baseline", ...more };
}

export function plan(more: Partial<PlanView> = {}): PlanView {
  return {
    planned: revision("4f1c2ab"),
    inForce: revision("9d03e11"),
    devices: 0,
    unchanged: 0,
    changed: 0,
    states: 0,
    entries: [],
    removals: { devices: 0, budget: 500, used: 0 },
    destructive: [],
    diagnostics: [],
    ...more,
  };
}

export function hold(more: Partial<HoldView> = {}): HoldView {
  return {
    act: "Deprovision/lost-2026-11@1",
    digest: "7be291c4e0aa".padEnd(64, "5"),
    place: "lifecycle.yaml:2",
    reason: "stolen, case 4711",
    author: "it-lead@acme.example",
    expectedDevices: 1,
    expiresAt: now + 3 * dayMs,
    status: "held",
    approvalsNeeded: 1,
    approvals: [],
    budget: { used: 1, limit: 10, windowMs: 20 * minute },
    devices: [heldDevice(0, { name: "IPAD-0417", serial: "DMPXK2ABQ1" })],
    ...more,
  };
}

export function heldDevice(
  number: number,
  more: Partial<HoldView["devices"][number]> = {},
): HoldView["devices"][number] {
  return {
    device: `d${number}`,
    name: `IPAD-${String(number).padStart(4, "0")}`,
    verb: "wipe",
    ownership: "company",
    lastSeenAt: now - 3 * dayMs,
    status: "held",
    ...more,
  };
}

export function counts(ready = 0, reconciling = 0, stalled = 0, held = 0, unreachable = 0): Counts {
  const total = ready + reconciling + stalled + held + unreachable;
  return { total, ready, reconciling, stalled, held, unreachable };
}

export function status(more: Partial<StatusView> = {}): StatusView {
  return {
    organization: "acme",
    inForce: revision("9d03e11", "Passcode 8"),
    source: { description: "https://git.acme.example/policies" },
    platforms: [],
    total: counts(),
    stalled: [],
    held: [],
    holds: { acts: 0, devices: 0 },
    latches: [],
    warnings: [],
    lifecycle: {},
    underWay: [],
    gate: "enforced",
    commands: {},
    ...more,
  };
}

export function device(more: Partial<DeviceView> = {}): DeviceView {
  return {
    id: "0c2e",
    name: "IPAD-0388",
    serial: "DMPXK2ABQ2",
    platform: "ipados",
    model: "iPad14,8",
    osVersion: "26.1",
    ownership: "company",
    mode: "supervised",
    owner: "ada@acme.example",
    tags: { site: "berlin" },
    epoch: 3,
    enrollment: "enrolled",
    condition: { type: "Ready", reason: "AsDeclared", message: "as declared, by its own report" },
    lastSeenAt: now - 40_000,
    ...more,
  };
}

export function explanation(more: Partial<ExplainView> = {}): ExplainView {
  return {
    device: device(),
    doubts: [],
    groups: [],
    items: [],
    notOurs: { profiles: 0, apps: 0 },
    next: "nothing",
    users: [],
    ...more,
  };
}

export function operation(more: Partial<OperationView> = {}): OperationView {
  return {
    id: "c0ffee00-0000-4000-8000-000000000001",
    at: now - hour,
    device: "0c2e",
    name: "IPAD-0388",
    type: "InstallProfile",
    subject: "Profile/wifi-corp",
    direction: "->",
    status: "executed",
    attempt: 1,
    information: "",
    ...more,
  };
}
