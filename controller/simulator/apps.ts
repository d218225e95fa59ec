import type { CatalogueApp } from "./catalogue.ts";
import type { Machine } from "./machine.ts";
import type { AppStatus, DeviceState, ManagedApp } from "./state.ts";

/** How the next installation of one app ends, scripted: the state it stops in. */
export type AppOutcome = Extract<
  AppStatus,
  "Failed" | "Installing" | "PromptingForLogin" | "Queued" | "Unknown"
>;

/** What a device does with an app that management asked for, over time. */
export type Installer = {
  /** Takes the order and returns the state that the device reports at once. */
  begin(app: CatalogueApp, order: Order): AppStatus;
  /** Installs an app that management will not keep, as a Mac does without InstallAsManaged. */
  place(app: CatalogueApp): void;
  /** The user answers a prompt that is open. False when there is none. */
  answer(bundleId: string, reply: "accept" | "reject"): boolean;
  /** Scripts how installations of an app end from now on; undefined lifts it. */
  script(bundleId: string, outcome: AppOutcome | undefined): void;
};

export type Order = Pick<ManagedApp, "flags" | "configuration" | "removable" | "attributes">;

/** The app installer of one device. */
export function openInstaller(machine: Machine): Installer {
  const scripted = new Map<string, AppOutcome>();
  const open = new Map<
    string,
    { readonly app: CatalogueApp; readonly state: DeviceState; readonly before: ManagedApp | undefined }
  >();

  function begin(app: CatalogueApp, order: Order): AppStatus {
    const { state } = machine;
    const entry: ManagedApp = { ...order, status: "Queued" };
    const known = state.managed.get(app.bundleId);
    state.managed.set(app.bundleId, entry);
    const present = state.apps.has(app.bundleId);
    if (!machine.supervised) return prompt(app, entry, promptFor(present, known), known);
    if (present && known?.status !== "Managed") become(entry, app.bundleId, "Managed");
    else install(app, entry, present ? "Updating" : "Installing");
    return entry.status;
  }
  function prompt(
    app: CatalogueApp,
    entry: ManagedApp,
    question: AppStatus,
    before: ManagedApp | undefined,
  ): AppStatus {
    become(entry, app.bundleId, question);
    open.set(app.bundleId, { app, state: machine.state, before });
    if (machine.user.prompts !== "ignore") {
      const [low, high] = machine.user.promptMs ?? [2_000, 20_000];
      const reply = machine.user.prompts;
      machine.world.after(machine.random.between(low, high), () => void answer(app.bundleId, reply));
    }
    return entry.status;
  }
  function answer(bundleId: string, reply: "accept" | "reject"): boolean {
    const prompted = open.get(bundleId);
    const entry = machine.state.managed.get(bundleId);
    if (prompted === undefined || prompted.state !== machine.state || !entry?.status.startsWith("Prompting"))
      return false;
    open.delete(bundleId);
    machine.log({ type: "user", action: `${reply}s the prompt`, subject: bundleId, done: true });
    const question = entry.status;
    if (reply === "reject") refuse(entry, bundleId, question, prompted.before);
    else if (question === "PromptingForManagement") become(entry, bundleId, "Managed");
    else install(prompted.app, entry, question === "PromptingForUpdate" ? "Updating" : "Installing");
    return true;
  }
  /** Who refuses an update keeps the app as it was, configuration and all. */
  function refuse(entry: ManagedApp, bundleId: string, question: AppStatus, before?: ManagedApp): void {
    const { configuration, flags, removable, attributes } = before ?? entry;
    if (question === "PromptingForUpdate")
      Object.assign(entry, { configuration, flags, removable, attributes });
    const ends = {
      PromptingForManagement: "ManagementRejected",
      PromptingForUpdate: "UpdateRejected",
    } as const;
    become(entry, bundleId, question in ends ? ends[question as keyof typeof ends] : "UserRejected");
  }
  function install(app: CatalogueApp, entry: ManagedApp, during: "Installing" | "Updating"): void {
    const outcome = scripted.get(app.bundleId);
    become(entry, app.bundleId, outcome ?? during);
    if (outcome !== undefined) return;
    const { state } = machine;
    if (during === "Installing") put(state, app, true);
    const [low, high] = machine.installMs;
    machine.world.after(machine.random.between(low, high), () => {
      const isStill = machine.state === state && state.managed.get(app.bundleId) === entry;
      if (!isStill || entry.status !== during) return;
      put(state, app, false);
      become(entry, app.bundleId, "Managed");
    });
  }
  function place(app: CatalogueApp): void {
    const { state } = machine;
    const [low, high] = machine.installMs;
    put(state, app, true);
    machine.world.after(machine.random.between(low, high), () => {
      if (machine.state === state) put(state, app, false);
    });
  }
  function become(entry: ManagedApp, identifier: string, status: AppStatus): void {
    entry.status = status;
    machine.log({ type: "app", identifier, state: status });
  }
  return {
    begin,
    place,
    answer,
    script: (bundleId, outcome) =>
      outcome === undefined ? void scripted.delete(bundleId) : void scripted.set(bundleId, outcome),
  };
}

function promptFor(present: boolean, known: ManagedApp | undefined): AppStatus {
  if (present && known?.status === "Managed") return "PromptingForUpdate";
  return present ? "PromptingForManagement" : "Prompting";
}

/** Puts an app on the device, whoever asked for it. */
export function put(state: DeviceState, app: CatalogueApp, installing: boolean): void {
  state.apps.set(app.bundleId, {
    bundleId: app.bundleId,
    name: app.name,
    version: app.version,
    storeId: app.storeId,
    bytes: app.bytes ?? 25_000_000,
    dataBytes: 12_288,
    installing,
  });
}
