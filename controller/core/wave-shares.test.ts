import fc from "fast-check";
import { expect, test } from "vitest";
import { readLayers, versionOf, writeLayers } from "./policy-version.ts";
import { layerAt, mostLayers, placeAt, positionOf, type Rollout, sizeOf } from "./rollout.ts";
import { longestStepMs, watchWave } from "./rollout-judgement.ts";
import { abort, beginWave, complete, pause, resume, settled } from "./rollout-layers.ts";
import { commit, version } from "./test-waves.ts";

const rules = { waves: [0.1, 0.5, 1], soakMs: 1_000, maxFailed: 0, minReports: 1, deadlineMs: 1e12 };
const everybody = Array.from({ length: 40 }, (_, n) => ({ id: `d${n}`, place: positionOf("p", `d${n}`) }));
const start = Date.UTC(2026, 0, 1);
type Device = (typeof everybody)[number];

/** Whom the waves of a version have let in: named, and whoever joins later and stands before the last of them. */
interface Admitted {
  readonly devices: Set<Device>;
  joinsBelow: number;
}

/** A group, what was committed to it, and what its waves allow; it knows nothing of layers. */
class Group {
  present = new Set(everybody.slice(0, 12));
  rollout = settled("p", version(0), { revision: "r0", at: start });
  /** Of each version that not all have. */
  readonly admitted = new Map<string, Admitted>();
  /** The version that all had when nothing was under way last. */
  base = versionOf(version(0));
  now = start;

  newest(): string {
    return this.rollout.layers[0]?.version ?? "";
  }

  having(version: string): readonly Device[] {
    const { layers } = this.rollout;
    return [...this.present].filter(({ place }) => layers[layerAt(layers, place)]?.version === version);
  }

  commit(number: number): void {
    const text = versionOf(version(number));
    const isThere = this.rollout.layers.some((layer) => layer.version === text);
    if (!isThere) this.admitted.set(text, { devices: new Set(), joinsBelow: 0 });
    this.rollout = commit(this.rollout, number, this.now);
  }

  /** As the loop does it: looks at the wave, and goes on when it was found good. */
  look(passedMs: number): void {
    this.now += passedMs;
    const [top, ...under] = this.rollout.layers;
    if (this.rollout.status !== "progressing" || top === undefined || under.length === 0) return;
    if (top.share === 0) {
      this.begin();
      return;
    }
    const size = this.having(this.newest()).length;
    const counts = { devices: size, given: size, offline: 0, reported: size, failing: 0, failed: 0 };
    const { rollout, verdict } = watchWave(this.rollout, rules, counts, this.now);
    this.rollout = rollout;
    if (verdict.type === "pass") this.begin();
  }

  begin(): void {
    const had = this.having(this.newest()).length;
    const share = rules.waves.find((wave) => wave > (this.rollout.layers[0]?.share ?? 0));
    if (share === undefined) {
      this.base = this.newest();
      this.rollout = complete(this.rollout, this.now);
      return;
    }
    const order = [...this.present].sort((a, b) => a.place - b.place);
    const size = sizeOf(share, order.length);
    const last = order[size - 1];
    const below = last === undefined ? placeAt(share) : last.place + 1;
    const allowed = this.admitted.get(this.newest());
    if (allowed === undefined) throw new Error("nobody committed it");
    for (const device of order.slice(0, size)) allowed.devices.add(device);
    allowed.joinsBelow = Math.max(allowed.joinsBelow, share === 1 ? placeAt(1) : below);
    this.rollout = beginWave(this.rollout, share, below, this.now);
    // The wave is as large as it says. It is larger only by those who had it before and are left.
    expect(this.having(this.newest())).toHaveLength(Math.max(size, had));
  }

  abort(): void {
    if (this.rollout.layers.length > 1)
      this.admitted.set(this.newest(), { devices: new Set(), joinsBelow: 0 });
    this.rollout = abort(this.rollout, "hot", "ada", this.now);
  }
}

function reread(layers: Rollout["layers"]): Rollout["layers"] {
  const read = readLayers(writeLayers(layers));
  if (read === undefined) throw new Error("what was written cannot be read");
  return read;
}

interface Step {
  readonly say: string;
  readonly to: (group: Group) => void;
}

const passing = fc.constantFrom(1, 999, 1_000, longestStepMs, -longestStepMs, 400 * 86_400_000);
const joining = fc.subarray(everybody, { minLength: 1, maxLength: 12 });
const steer = (say: string, to: (rollout: Rollout, at: number) => Rollout): Step => ({
  say,
  to: (group) => {
    group.rollout = to(group.rollout, group.now);
  },
});
const say = <T>(
  what: fc.Arbitrary<T>,
  name: string,
  to: (group: Group, one: T) => void,
): fc.Arbitrary<Step> =>
  what.map((one) => ({ say: `${name} ${JSON.stringify(one)}`, to: (group) => to(group, one) }));

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: say(fc.integer({ min: 0, max: 4 }), "commit", (group, one) => group.commit(one)) },
  { weight: 8, arbitrary: say(passing, "look after", (group, ms) => group.look(ms)) },
  {
    weight: 2,
    arbitrary: say(joining, "join", (group, devices) => {
      for (const device of devices) group.present.add(device);
    }),
  },
  {
    weight: 2,
    arbitrary: say(joining, "leave", (group, devices) => {
      for (const device of devices) group.present.delete(device);
    }),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      steer("pause", (one, at) => pause(one, "hot", "ada", at)),
      steer("resume", (one, at) => resume(one, "ada", at)),
      steer("restart", (one) => ({ ...one, layers: reread(one.layers) })),
      { say: "abort", to: (group: Group) => group.abort() },
    ),
  },
);

/** Nobody has a version, of those that not all have, but whom a wave of it has let in. */
function expectAllowed(group: Group): void {
  for (const [text, { devices, joinsBelow }] of group.admitted) {
    if (text === group.base) continue;
    const extra = group.having(text).filter((one) => !devices.has(one) && one.place >= joinsBelow);
    expect([text, extra.map(({ id }) => id)]).toEqual([text, []]);
  }
}

test("whoever joins, leaves, commits, pauses, resumes and aborts, at no time do more have a version than its waves allow", () => {
  fc.assert(
    fc.property(fc.nat({ max: mostLayers }), fc.array(step, { maxLength: 50 }), (before, steps) => {
      const group = new Group();
      // Versions that lie upon each other already: more of them are never told apart.
      for (let number = 1; number <= before; number++) {
        group.commit(-number);
        group.look(1);
      }
      for (const { to } of steps) {
        to(group);
        expectAllowed(group);
      }
    }),
    { numRuns: process.env.REEVE_LONG === "1" ? 2_000 : 100 },
  );
});
