import type { Sent } from "./channel.ts";
import type { GrantedItem } from "./granted.ts";
import type { Observation, Outcome } from "./report.ts";

/** What a device does with the next command that it is given. */
export type Mood = "ok" | "notNow" | "failed" | "lost" | "unheard" | "slow" | "rejected";

interface Holdings {
  readonly profiles: Readonly<Record<string, string>>;
  readonly apps: Readonly<Record<string, string>>;
}

/** A device reduced to what it holds; knows nothing of plans, and has a user. */
export class TestDevice {
  /** What somebody else put there. */
  static readonly foreign: Holdings = {
    profiles: { "profile.foreign": "FOREIGN" },
    apps: { "app.foreign": "Managed" },
  };
  profiles: Record<string, string> = { ...TestDevice.foreign.profiles };
  apps: Record<string, string> = { ...TestDevice.foreign.apps };
  #backup: Holdings = TestDevice.foreign;

  /** Carries a command out; `itemOf` says what bytes of a digest would bring. */
  carryOut({ intent }: Sent, mood: Mood, itemOf: (digest: string) => GrantedItem | undefined): Outcome {
    if (intent.type === "query") return { status: "acknowledged", observation: this.#report(intent.section) };
    if (intent.type === "install" && intent.kind === "Profile")
      this.profiles[intent.id] = itemOf(intent.digest)?.uuid ?? "?";
    if (intent.type === "install" && intent.kind === "App")
      this.apps[intent.id] =
        mood === "slow" ? "Installing" : mood === "rejected" ? "UserRejected" : "Managed";
    if (intent.type === "remove" && intent.kind === "Profile") delete this.profiles[intent.id];
    if (intent.type === "remove" && intent.kind === "App") delete this.apps[intent.id];
    return { status: "acknowledged" };
  }

  /** Managed apps that failed or were refused are reported once and then not at all; downloads go on. */
  #report(section: Observation["section"]): Observation {
    if (section === "profiles") return { section, profiles: { ...this.profiles }, detail: {} };
    if (section !== "managedApps") return { section, detail: {} };
    const apps = Object.fromEntries(Object.entries(this.apps).map(([id, status]) => [id, { status }]));
    for (const [id, status] of Object.entries(this.apps)) {
      if (status === "Installing") this.apps[id] = "Managed";
      if (status === "UserRejected") delete this.apps[id];
    }
    return { section, apps, detail: {} };
  }

  holds({ kind, id, uuid }: Pick<GrantedItem, "kind" | "id" | "uuid">): boolean {
    return kind === "Profile" ? this.profiles[id] === uuid : this.apps[id] === "Managed";
  }

  has({ kind, id }: Pick<GrantedItem, "kind" | "id">): boolean {
    return id in (kind === "Profile" ? this.profiles : this.apps);
  }

  /** Its user deletes what has this number, whichever it is. */
  lose(number: number): void {
    for (const held of [this.profiles, this.apps])
      for (const id of Object.keys(held)) if (id.includes(`.${number}`)) delete held[id];
  }

  backUp(): void {
    this.#backup = { profiles: { ...this.profiles }, apps: { ...this.apps } };
  }

  restore(): void {
    this.profiles = { ...this.#backup.profiles };
    this.apps = { ...this.#backup.apps };
  }

  /** Management ended: what came with it went with it. */
  leave(): void {
    this.profiles = { ...TestDevice.foreign.profiles };
    this.apps = { ...TestDevice.foreign.apps };
  }
}
