import type { ActTarget } from "./act.ts";
import { type ChannelState, freshChannel, type Sent } from "./channel.ts";
import { connect, type Decision } from "./connect.ts";
import { applyStatus } from "./declaration-report.ts";
import type { DeclarationSet } from "./declarations.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import { handOut, offered } from "./handing-out.ts";
import { nothingObserved, type Observed } from "./observed.ts";
import type { Outcome, Report } from "./report.ts";
import { type Situation, sendsNoActs, sendsOnlyQueries } from "./situation.ts";
import { type Mood, TestDevice } from "./test-device.ts";

const failing: Outcome = { status: "failed", errors: [{ domain: "x", code: 1, text: "no" }] };
const start = 1_000_000_000_000;

/** One channel and its device, connected as the daemon would, with a witness who says what must never happen. */
export class Conversation {
  granted: Granted;
  declared: DeclarationSet | undefined;
  observed: Observed = nothingObserved;
  state: ChannelState = freshChannel;
  acts: ActTarget[] = [];
  allows: Situation["allows"] = "all";
  epoch = 1;
  now = start;
  dueAt: number | undefined;
  readonly device = new TestDevice();
  /** Contents that the device never takes, by digest. */
  refuses: (digest: string) => boolean = () => false;
  /** What should never have happened, in words. */
  readonly wrongs: string[] = [];
  /** Commands that the device was handed, each time it was. */
  readonly handed: Sent[] = [];
  readonly #items = new Map<string, GrantedItem>();
  readonly #open = new Set<string>();
  readonly #over = new Set<string>();
  /** `KIND/ID` of what we brought in this epoch, and as what it was granted when the device was last seen. */
  readonly #brought = new Set<string>();
  readonly #wishes = new Map<string, GrantedItem>();
  /** Those that the device itself said it did not take or have, and those that were kept: not known as ours any more. */
  readonly #denied = new Set<string>();
  readonly #reported = new Set<string>();
  readonly #doneActs = new Set<string>();

  constructor(granted: Granted) {
    this.granted = granted;
    this.grant(granted);
  }

  grant(granted: Granted): void {
    this.granted = granted;
    for (const item of granted.items) this.#items.set(item.digest, item);
  }

  situation(): Situation {
    const { granted, observed, state, acts, allows, epoch, declared } = this;
    const common = { device: "d1", channel: "UDID-1", halted: false } as const;
    return { ...common, epoch, allows, granted, observed, state, acts, declared };
  }

  /** One connection to its end; each command takes the next mood. */
  visit(moods: readonly Mood[] = []): void {
    const left = [...moods];
    let command = this.#report({ type: "idle" });
    for (let rounds = 0; command !== undefined; rounds++) {
      if (rounds === 300) throw new Error(`a connection without end: ${JSON.stringify(command)}`);
      const mood = left.shift() ?? "ok";
      if (mood === "unheard") return;
      const outcome = this.#take(command, mood);
      if (mood === "lost") return;
      this.#note(command, outcome);
      command = this.#report({ type: "result", commandId: command.id, outcome });
    }
  }

  /** The device comes for its declarations, takes them at once, and tells how each of them is. */
  synchronize(): void {
    const situation = this.situation();
    const wanted = offered(situation);
    if (wanted === undefined) return;
    const { transition, set } = handOut(situation, wanted, new Map(), this.now);
    const names = new Set(set.entries.map(({ identifier }) => identifier));
    // One that was invalid has not put its profile under it.
    for (const { identifier, profile, of: id = "" } of this.declared?.entries ?? [])
      if (this.device.profiles[id] === profile && !names.has(identifier)) delete this.device.profiles[id];
    const declarations = set.entries.map(({ identifier, token, profile, of: id = "" }) => {
      const isTaken = profile === undefined || !this.refuses(profile);
      if (profile !== undefined && isTaken) this.device.profiles[id] = profile;
      return [identifier, { token, valid: isTaken ? "valid" : "invalid", active: isTaken }] as const;
    });
    this.declared = set;
    ({ state: this.state, observed: this.observed } = transition);
    this.now += 10;
    const entries = Object.fromEntries(declarations);
    const observation = { section: "declarations", detail: {}, declarations: entries } as const;
    const report = { observation, full: true, gone: [], told: {} };
    ({ state: this.state, observed: this.observed } = applyStatus(this.situation(), report, this.now));
    this.now += 10;
  }

  /** A result that was there before comes once more. */
  replay(index: number): void {
    const sent = this.handed[index % Math.max(1, this.handed.length)];
    if (sent === undefined || sent.id === this.state.outstanding?.id) return;
    if (this.state.aside.some((one) => one.id === sent.id)) return;
    this.#report({ type: "result", commandId: sent.id, outcome: { status: "acknowledged" } });
  }

  /** It is enrolled anew: the epoch begins with nothing known and nothing of ours there. */
  enrollAnew(): void {
    this.epoch++;
    this.device.leave();
    this.state = freshChannel;
    this.observed = nothingObserved;
    this.acts = [];
    for (const one of [this.#open, this.#brought, this.#denied, this.#reported]) one.clear();
  }

  /** Visits whenever the channel is due, until nothing but what is scheduled is to come. */
  settle(untilMs: number): void {
    const end = this.now + untilMs;
    for (let visits = 0; this.now < end; visits++) {
      if (visits === 500)
        throw new Error(`no rest: due again at ${this.dueAt}, ${JSON.stringify(this.state)}`);
      this.visit();
      this.now = Math.max(this.now + 1, Math.min(this.dueAt ?? end, end));
    }
  }

  /** What we brought, what nobody asks for any more, and what is there all the same. */
  strays(): readonly string[] {
    const kept = new Set(this.granted.items.map((item) => `${item.kind}/${item.id}`));
    return [...this.#brought].filter((name) => {
      const wish = this.#wishes.get(name);
      if (wish === undefined || wish.onLeave === "keep" || kept.has(name)) return false;
      if (this.#denied.has(name)) return false;
      const inConflict = [wish.key, ...(wish.formerly ?? [])].some((key) =>
        this.granted.conflicts.includes(key),
      );
      return !inConflict && this.device.has(wish);
    });
  }

  #report(report: Report): Sent | undefined {
    const before = this.situation();
    const wanted = new Set(this.granted.items.map((item) => `${item.kind}/${item.id}`));
    // What was kept when it left is its user's from then on.
    for (const [name, { onLeave }] of this.#wishes)
      if (onLeave === "keep" && !wanted.has(name)) this.#denied.add(name);
    for (const item of this.granted.items) this.#wishes.set(`${item.kind}/${item.id}`, item);
    const decision = connect(before, report, this.now, (sent) => sent.intent.type);
    this.state = decision.state;
    this.observed = decision.observed;
    this.dueAt = decision.dueAt;
    this.acts = this.acts.map((act) => {
      const change = decision.acts.findLast((one) => one.act === act.act);
      if (change === undefined) return act;
      const released = change.status === "sent" ? (decision.command?.id ?? null) : null;
      return { ...act, status: change.status, released };
    });
    this.#watch(before, decision);
    this.now += 10;
    return decision.command;
  }

  #take(sent: Sent, mood: Mood): Outcome {
    if (mood === "notNow") return { status: "notNow" };
    const { intent } = sent;
    const name = intent.type === "install" ? `${intent.kind}/${intent.id}` : "";
    if (mood === "failed" || (intent.type === "install" && this.refuses(intent.digest))) {
      this.#denied.add(name);
      return failing;
    }
    if (name !== "") this.#brought.add(name);
    this.#denied.delete(name);
    if (intent.type === "act" && this.#doneActs.has(intent.act)) this.wrongs.push(`${intent.act} twice`);
    if (intent.type === "act") this.#doneActs.add(intent.act);
    return this.device.carryOut(sent, mood, (digest) => this.#items.get(digest));
  }

  #note({ intent }: Sent, outcome: Outcome): void {
    if (intent.type !== "query" || outcome.status !== "acknowledged") return;
    this.#reported.add(intent.section);
    const { profiles, apps } = outcome.observation ?? {};
    for (const name of this.#brought) {
      const [kind = "", id = ""] = name.split("/");
      const shown = kind === "Profile" ? profiles : apps;
      if (shown !== undefined && !(id in shown)) this.#denied.add(name);
    }
  }

  #watch(before: Situation, { ledger, command }: Decision): void {
    for (const change of ledger) {
      if (change.type === "sent" && this.#over.has(change.id)) this.wrongs.push(`${change.id} is used again`);
      if (change.type === "sent") this.#open.add(change.id);
      else this.#open.delete(change.id);
      if (change.type === "closed" && change.status !== "notNow") this.#over.add(change.id);
    }
    if (this.#open.size > 1) this.wrongs.push(`outstanding at once: ${[...this.#open].join(", ")}`);
    if (command === undefined) return;
    this.handed.push(command);
    const { intent } = command;
    if (intent.type === "query" || intent.type === "enrollment" || intent.type === "declare") return;
    if (intent.type === "assign") return;
    const what = `${intent.type} ${intent.type === "act" ? intent.act : `${intent.kind}/${intent.id}`}`;
    const isStopped = intent.type === "act" ? sendsNoActs : sendsOnlyQueries;
    const stopped = isStopped({
      ...before,
      acts: this.acts.filter((one) => !isFor(command, one.act)),
    });
    if (stopped) this.wrongs.push(`${what} although only queries may be sent`);
    if (intent.type !== "act") this.#watchItem(what, intent);
  }

  #watchItem(what: string, intent: Extract<Sent["intent"], { type: "install" | "remove" }>): void {
    const section = intent.kind === "Profile" ? "profiles" : "managedApps";
    if (!this.#reported.has(section)) this.wrongs.push(`${what} before its ${section} were reported`);
    if (this.granted.conflicts.includes(intent.item)) this.wrongs.push(`${what} in conflict`);
    const granted = this.granted.items.find((item) => item.kind === intent.kind && item.id === intent.id);
    if (intent.type === "install") {
      if (granted?.digest !== intent.digest) this.wrongs.push(`${what}: ${intent.digest} is not granted`);
      return;
    }
    const name = `${intent.kind}/${intent.id}`;
    if (granted !== undefined) this.wrongs.push(`${what}, which is granted`);
    if (!this.#brought.has(name)) this.wrongs.push(`${what}, which is not ours`);
    if (this.#wishes.get(name)?.onLeave === "keep") this.wrongs.push(`${what}, which is to be kept`);
    const heir = this.granted.items.find(
      (item) =>
        item.key === this.#wishes.get(name)?.key ||
        item.formerly?.includes(this.#wishes.get(name)?.key ?? ""),
    );
    if (heir?.drift === "correct" && heir.install === "required" && !this.device.holds(heir))
      this.wrongs.push(`${what} before ${heir.id} takes its place`);
  }
}

function isFor({ intent }: Sent, act: string): boolean {
  return intent.type === "act" && intent.act === act;
}
