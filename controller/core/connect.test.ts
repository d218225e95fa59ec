import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ChannelState, freshChannel, type Sent } from "./channel.ts";
import { conditionOf } from "./condition.ts";
import { connect, type Decision } from "./connect.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import { nothingObserved, type Observed } from "./observed.ts";
import type { Observation, Outcome, Report } from "./report.ts";
import type { Situation } from "./situation.ts";

/** A device reduced to what it holds; knows nothing of plans. */
class ModelDevice {
  profiles: Record<string, string> = { "corp.foreign": "FOREIGN" };
  apps: Record<string, { status: string }> = {};
  readonly carriedOut: Sent[] = [];

  carryOut(sent: Sent, items: readonly GrantedItem[]): Outcome {
    this.carriedOut.push(sent);
    const { intent } = sent;
    if (intent.type === "query") return { status: "acknowledged", observation: this.observe(intent.section) };
    if (intent.type === "install") {
      const item = items.find((one) => one.key === intent.item && one.digest === intent.digest);
      if (intent.kind === "Profile") this.profiles[intent.id] = item?.uuid ?? "?";
      else this.apps[intent.id] = { status: "Managed" };
    }
    if (intent.type === "remove") {
      delete this.profiles[intent.id];
      delete this.apps[intent.id];
    }
    return { status: "acknowledged" };
  }

  observe(section: Observation["section"]): Observation {
    if (section === "profiles") return { section, profiles: { ...this.profiles }, detail: {} };
    if (section === "managedApps") return { section, apps: { ...this.apps }, detail: {} };
    return { section, detail: {} };
  }
}

const start = 1_000_000_000_000;

/** One channel and its device, connected round by round as the daemon would. */
class Channel {
  granted: Granted;
  observed: Observed = nothingObserved;
  state: ChannelState = freshChannel;
  now = start;
  dueAt: number | undefined;
  readonly device = new ModelDevice();
  readonly sent: Decision[] = [];
  everGranted: GrantedItem[] = [];

  constructor(granted: Granted) {
    this.granted = granted;
    this.everGranted.push(...granted.items);
  }

  grant(granted: Granted): void {
    this.granted = granted;
    this.everGranted.push(...granted.items);
  }

  situation(): Situation {
    const { granted, observed, state } = this;
    const channel = { device: "d1", channel: "UDID-1", epoch: 1, allows: "all" as const };
    return { ...channel, granted, observed, state, acts: [], halted: false };
  }

  report(report: Report): Sent | undefined {
    const decision = connect(this.situation(), report, this.now, (sent) => sent.intent.type);
    this.state = decision.state;
    this.observed = decision.observed;
    this.dueAt = decision.dueAt;
    this.sent.push(decision);
    this.now += 10;
    return decision.command;
  }

  /** One connection, to its end; `misbehave` may answer in the device's place, or lose the answer. */
  converse(misbehave: (sent: Sent) => Outcome | "lost" | undefined = () => undefined): number {
    let command = this.report({ type: "idle" });
    let rounds = 0;
    while (command !== undefined && rounds < 500) {
      rounds++;
      const mischief = misbehave(command);
      if (mischief === "lost") {
        this.device.carryOut(command, this.everGranted);
        return rounds;
      }
      const outcome = mischief ?? this.device.carryOut(command, this.everGranted);
      command = this.report({ type: "result", commandId: command.id, outcome });
    }
    return rounds;
  }

  settle(): void {
    for (let visit = 0; visit < 60; visit++) {
      this.converse();
      if (this.condition() === "Ready") return;
      this.now = Math.max(this.now + 1, this.dueAt ?? this.now);
    }
  }

  condition(): string {
    const contact = { lastSeenAt: this.now, now: this.now, unreachableAfterMs: 1e9 };
    return conditionOf(this.situation(), contact).type;
  }
}

const itemArbitrary: fc.Arbitrary<GrantedItem> = fc
  .record({
    kind: fc.constantFrom("Profile" as const, "App" as const),
    name: fc.integer({ min: 0, max: 6 }),
    version: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ kind, name, version }) => ({
    key: `${kind}/${name}`,
    kind,
    id: `corp.${kind.toLowerCase()}.${name}`,
    digest: `v${version}-${name}`,
    ...(kind === "Profile" ? { uuid: `UUID-${name}-${version}` } : {}),
    drift: "correct" as const,
    install: "required" as const,
    onLeave: "remove" as const,
    policy: "p",
    after: [],
  }));

const seed = 20_261_126;

/** Three items, always the same. */
function itemsOf(arbitrary: fc.Arbitrary<GrantedItem>): readonly GrantedItem[] {
  return fc.sample(arbitrary, { seed, numRuns: 3 });
}

function grantedOf(items: readonly GrantedItem[], inventory: Granted["inventory"] = []): Granted {
  const unique = [...new Map(items.map((item) => [item.key, item])).values()];
  const rest = { conflicts: [], lifted: [], unsupported: [], notApplicable: [] };
  return { items: unique, inventory, groups: [], sends: "all", ...rest };
}

const grantedArbitrary = fc.array(itemArbitrary, { maxLength: 8 }).map((items) => grantedOf(items));

describe("a channel", () => {
  test("comes to hold exactly what is granted, over any sequence of revisions, and nothing foreign is touched", () => {
    fc.assert(
      fc.property(fc.array(grantedArbitrary, { minLength: 1, maxLength: 4 }), (revisions) => {
        const channel = new Channel(revisions[0] ?? grantedOf([]));
        for (const granted of revisions) {
          channel.grant(granted);
          channel.now += 2 * 3_600_000;
          channel.settle();
          const profiles = granted.items.filter((item) => item.kind === "Profile");
          const wanted = Object.fromEntries(profiles.map((item) => [item.id, item.uuid]));
          expect(channel.device.profiles).toEqual({ ...wanted, "corp.foreign": "FOREIGN" });
          const apps = granted.items.filter((item) => item.kind === "App").map((item) => item.id);
          expect(Object.keys(channel.device.apps).sort()).toEqual(apps.sort());
        }
      }),
      { seed: 20_261_126 },
    );
  });

  test("sends nothing more once it is as granted", () => {
    fc.assert(
      fc.property(grantedArbitrary, (granted) => {
        const channel = new Channel(granted);
        channel.settle();
        const before = channel.device.carriedOut.length;
        for (let visit = 0; visit < 5; visit++) {
          channel.now += 24 * 3_600_000;
          channel.converse();
        }
        expect(channel.device.carriedOut.length).toBe(before);
      }),
      { seed: 20_261_126 },
    );
  });

  test("converges through errors, NotNow and lost answers, and never has two commands outstanding", () => {
    const moods = fc.array(fc.constantFrom("ok", "notNow", "failed", "lost"), { maxLength: 40 });
    fc.assert(
      fc.property(grantedArbitrary, moods, (granted, script) => {
        const channel = new Channel(granted);
        const left = [...script];
        for (let visit = 0; visit < 200 && left.length > 0; visit++) {
          channel.converse(() => {
            const mood = left.shift();
            if (mood === "lost") return "lost";
            if (mood === "notNow") return { status: "notNow" };
            return mood === "failed"
              ? { status: "failed", errors: [{ domain: "x", code: 1, text: "no" }] }
              : undefined;
          });
          channel.now = Math.max(channel.now + 1, channel.dueAt ?? channel.now);
        }
        channel.settle();
        for (const item of granted.items)
          if (item.kind === "Profile") expect(channel.device.profiles[item.id]).toBe(item.uuid);
          else expect(channel.device.apps[item.id]?.status).toBe("Managed");
        expect(openAtOnce(channel.sent)).toBeLessThanOrEqual(1);
      }),
      { seed: 20_261_126 },
    );
  });

  test("unknown is never treated as empty: nothing is installed or removed before the device reported", () => {
    fc.assert(
      fc.property(grantedArbitrary, (granted) => {
        const channel = new Channel(granted);
        const first = channel.report({ type: "idle" });
        expect(first?.intent.type ?? "query").toBe("query");
        const failing: Outcome = { status: "failed", errors: [{ domain: "x", code: 1, text: "no" }] };
        const blind = new Channel(granted);
        blind.converse((sent) => (sent.intent.type === "query" ? failing : undefined));
        expect(blind.device.carriedOut).toEqual([]);
      }),
      { seed: 20_261_126 },
    );
  });

  test("drift is corrected: what the user removes comes back at the next look", () => {
    const [item] = itemsOf(itemArbitrary.filter((one) => one.kind === "App"));
    if (item === undefined) throw new Error("no app");
    const every = {
      name: "look",
      collect: ["managedApps" as const],
      every: 3_600_000,
      timeZone: "UTC",
      spreadMs: 1,
    };
    const channel = new Channel(grantedOf([item], [every]));
    channel.settle();
    delete channel.device.apps[item.id];
    channel.now += 2 * 3_600_000;
    channel.converse();
    expect(channel.device.apps[item.id]?.status).toBe("Managed");
  });

  test("a repeated result is answered with the current command, and a stranger's result changes nothing", () => {
    const channel = new Channel(grantedOf(itemsOf(itemArbitrary)));
    const first = channel.report({ type: "idle" });
    const outcome = channel.device.carryOut(first as Sent, []);
    const second = channel.report({ type: "result", commandId: first?.id ?? "", outcome });
    const again = channel.report({ type: "result", commandId: first?.id ?? "", outcome });
    const stranger = channel.report({
      type: "result",
      commandId: "NOT-OURS",
      outcome: { status: "acknowledged" },
    });
    expect(again?.id).toBe(second?.id);
    expect(stranger?.id).toBe(second?.id);
  });
});

/** The most commands that were sent and neither answered nor given up, at any time. */
function openAtOnce(decisions: readonly Decision[]): number {
  const open = new Set<string>();
  let most = 0;
  for (const decision of decisions)
    for (const change of decision.ledger) {
      if (change.type === "sent") open.add(change.id);
      else open.delete(change.id);
      most = Math.max(most, open.size);
    }
  return most;
}
