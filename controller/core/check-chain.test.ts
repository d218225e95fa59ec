import { describe, expect, test } from "vitest";
import { createChainCheck, type PublishedHead } from "./check-chain.ts";
import { leafOf, noSeal, type Range, rootOf, type Seal, sealHash, type WrittenEvent } from "./event-chain.ts";

const start = 1_750_000_000_000;
const hour = 3_600_000;
const day = 24 * hour;

function event(seq: number, more: Partial<WrittenEvent> = {}): WrittenEvent {
  const none = { device: null, subject: null, by: null, revision: null };
  return { seq, at: start, type: "item.failed", message: `m${seq}`, ...none, ...more };
}

/** A seal, and the events that stand under its numbers now. */
interface Step {
  readonly seal: Seal;
  readonly present: readonly WrittenEvent[];
}

interface Sealing {
  readonly numbers: readonly number[];
  readonly at?: number;
  /** As PostgreSQL writes it. */
  readonly lasting?: string;
}

function rangesOver(numbers: readonly number[]): Range[] {
  const ranges: Range[] = [];
  for (const seq of numbers) {
    const last = ranges.at(-1);
    if (last?.[1] === seq) ranges.splice(-1, 1, [last[0], seq + 1]);
    else ranges.push([seq, seq + 1]);
  }
  return ranges;
}

/** Seals over events with these numbers, each an hour later than the one before if nothing else is said. */
function chain(...sealings: readonly Sealing[]): Step[] {
  const steps: Step[] = [];
  for (const { numbers, at, lasting = "{}" } of sealings) {
    const present = numbers.map((seq) => event(seq));
    const before = steps.at(-1)?.seal;
    const leaves = Buffer.concat(present.map(leafOf));
    steps.push({
      present,
      seal: {
        n: steps.length + 1,
        previous: before === undefined ? noSeal : sealHash(before),
        root: rootOf(leaves),
        count: numbers.length,
        at: at ?? start + steps.length * hour,
        oldestAt: start,
        seqs: rangesOver(numbers),
        lasting,
        leaves,
      },
    });
  }
  return steps;
}

const three = () =>
  chain({ numbers: [1, 2, 3], lasting: "{[1,2),[3,4)}" }, { numbers: [4, 5, 7] }, { numbers: [6, 8, 9] });

function checked(steps: readonly Step[], now = start, heads: readonly PublishedHead[] = []) {
  const check = createChainCheck(now, heads);
  for (const { seal, present } of steps) check.seal(seal, present);
  return check.end();
}

/** The three seals with one of them, or its events, as somebody left it. */
function tampered(n: number, change: (step: Step) => Partial<Seal> | readonly WrittenEvent[]): Step[] {
  return three().map((step) => {
    if (step.seal.n !== n) return step;
    const changed = change(step);
    return Array.isArray(changed)
      ? { ...step, present: changed as readonly WrittenEvent[] }
      : { ...step, seal: { ...step.seal, ...(changed as Partial<Seal>) } };
  });
}

const doesNotFollow = (n: number) =>
  `seal ${n} does not follow from the one before it: seal ${n - 1} or ${n} was changed or put in its place`;
const changedItself = (n: number) => `seal ${n} was changed: its numbers and leaves do not give its root`;

test("a history that is as it was written has no flaw", () => {
  const steps = three();
  const hash = sealHash((steps[2] as Step).seal).toString("hex");
  const none = { letGo: 0, flawed: 0, flaws: [] };
  expect(checked(steps)).toEqual({ ...none, seals: 3, events: 9, head: { n: 3, hash } });
  expect(checked([])).toEqual({ ...none, seals: 0, events: 0, head: { n: 0, hash: "0".repeat(64) } });
});

describe("an event", () => {
  test.each<Partial<WrittenEvent>>([
    { at: start + 1 },
    { type: "x" },
    { device: "d" },
    { subject: "" },
    { message: "" },
    { by: "bob" },
    { revision: "r" },
  ])("that was changed is named: %j", (more) => {
    const { flaws, flawed, events } = checked(
      tampered(2, ({ present }) => present.map((one) => (one.seq === 5 ? { ...one, ...more } : one))),
    );
    const says = `event 5 (${more.type ?? "item.failed"}) was changed after seal 2`;
    expect(flaws).toEqual([{ flaw: "event-changed", seal: 2, event: 5, says }]);
    expect([flawed, events]).toEqual([1, 9]);
  });

  test("that changed its place with another is named, and so is the other", () => {
    const { flaws } = checked(
      tampered(2, ({ present }) =>
        present.map((one) => (one.seq === 7 ? one : { ...one, seq: 9 - one.seq })),
      ),
    );
    expect(flaws.map(({ flaw, event }) => [flaw, event])).toEqual([
      ["event-changed", 4],
      ["event-changed", 5],
    ]);
  });

  test("that is gone is missing for 400 days, and for ever where it is kept for ever", () => {
    const without = tampered(1, ({ present }) => present.slice(3));
    const missing = (event: number) => ({
      flaw: "event-missing",
      seal: 1,
      event,
      says: `event ${event} is missing; seal 1 covers it`,
    });
    for (const now of [start, start + 400 * day])
      expect(checked(without, now)).toMatchObject({ flaws: [1, 2, 3].map(missing), letGo: 0, events: 6 });
    const later = checked(without, start + 400 * day + 1);
    expect(later).toMatchObject({ flaws: [1, 3].map(missing), letGo: 1, events: 6 });
  });

  test("that stands twice is told once, whichever of the two is the true one", () => {
    for (const added of [event(4, { message: "x" }), event(4)]) {
      const { flaws } = checked(tampered(2, ({ present }) => [added, ...present]));
      expect(flaws).toEqual([
        {
          flaw: "event-added",
          seal: 2,
          event: 4,
          says: "event 4 stands twice: one of the two was added later",
        },
      ]);
    }
  });

  test("that took an old free number is told from one that was written late", () => {
    const late = (ms: number) =>
      checked(
        chain(
          { numbers: [2, 4], at: start },
          { numbers: [5], at: start + day },
          { numbers: [1, 3, 6], at: start + day + ms },
        ),
      ).flaws;
    expect(late(hour)).toEqual([]);
    const says = (seq: number) =>
      `event ${seq} was added later: seal 3 covers it, long after its neighbours were sealed`;
    expect(late(hour + 1)).toEqual(
      [1, 3].map((event) => ({ flaw: "event-added", seal: 3, event, says: says(event) })),
    );
    // Who is late, or sealed once more, makes the newest neither older nor younger.
    const more = [
      { numbers: [3], at: start + hour },
      { numbers: [5], at: start + hour },
    ];
    const steps = chain({ numbers: [2, 5], at: start }, ...more, { numbers: [4], at: start + hour + 1 });
    expect(checked(steps).flaws.map(({ event }) => event)).toEqual([4]);
    const again = chain({ numbers: [5], at: start }, { numbers: [5], at: start + day });
    expect(checked(again).flaws).toMatchObject([{ flaw: "event-added", seal: 2, event: 5 }]);
  });

  test("that no seal covers is told, and only the first flaws one by one", () => {
    const check = createChainCheck(start, []);
    for (let seq = 1; seq <= 1_001; seq += 1) check.stray(seq, "x");
    const { flawed, flaws } = check.end();
    expect([flawed, flaws.length]).toEqual([1_001, 1_000]);
    expect(flaws[0]).toEqual({
      flaw: "event-added",
      event: 1,
      says: "event 1 (x) is covered by no seal: it was added, or its seal is gone",
    });
  });
});

describe("a seal", () => {
  const seals = (steps: readonly Step[]) =>
    checked(steps).flaws.map(({ flaw, seal, says }) => [flaw, seal, says]);

  test("that is missing, stands twice or out of its order is told with its number", () => {
    const [first, second, third] = three() as [Step, Step, Step];
    expect(seals([first, third])).toEqual([["seal-missing", 3, "seal 2 is missing"]]);
    expect(seals([third])).toEqual([["seal-missing", 3, "seals 1 to 2 are missing"]]);
    expect(seals([second, third])).toEqual([["seal-missing", 2, "seal 1 is missing"]]);
    expect(seals([first, first, second, third])).toEqual([
      ["seal-missing", 1, "seal 1 stands twice or out of its order"],
    ]);
  });

  test.each<[string, Partial<Seal>]>([
    ["time", { at: start + 2 * hour }],
    ["oldest event", { oldestAt: 1 }],
    ["lasting numbers", { lasting: "{[4,5)}" }],
  ])("with another %s is not what the next one follows from", (_what, more) => {
    expect(seals(tampered(2, () => more))).toEqual([["seal-changed", 3, doesNotFollow(3)]]);
  });

  test("that follows from another one is told itself, and the next one with it", () => {
    expect(seals(tampered(2, () => ({ previous: noSeal })))).toEqual([
      ["seal-changed", 2, doesNotFollow(2)],
      ["seal-changed", 3, doesNotFollow(3)],
    ]);
  });

  test("with another root, or other leaves, is told; its events are not held against it, and are looked for", () => {
    const root = tampered(3, () => ({ root: noSeal }));
    expect(seals(root)).toEqual([["seal-changed", 3, changedItself(3)]]);
    const leaves = tampered(3, ({ seal }) => ({ leaves: Buffer.concat([noSeal, seal.leaves.subarray(32)]) }));
    expect(checked(leaves)).toMatchObject({ flawed: 1, events: 6 });
    const gone = leaves.map((step) => (step.seal.n === 3 ? { ...step, present: [] } : step));
    expect(checked(gone).flaws.map(({ flaw, event }) => [flaw, event])).toEqual([
      ["seal-changed", undefined],
      ["event-missing", 6],
      ["event-missing", 8],
      ["event-missing", 9],
    ]);
  });

  test.each<[string, (seal: Seal) => Partial<Seal>]>([
    ["more numbers than leaves", () => ({ seqs: [[6, 1e12]] })],
    ["fewer numbers than leaves", () => ({ seqs: [[6, 7]] })],
    ["numbers that cannot be read", () => ({ seqs: [] })],
    ["more leaves than it counts", ({ leaves }) => ({ leaves: Buffer.concat([leaves, noSeal]) })],
    ["a part of a leaf more", ({ leaves }) => ({ leaves: Buffer.concat([leaves, Buffer.of(1)]) })],
    ["numbers that leave out one that is kept for ever", () => ({ lasting: "{[6,7),[7,8)}" })],
    ["only the beginning of a range that is kept for ever", () => ({ lasting: "{[9,11)}" })],
    ["only the end of a range that is kept for ever", () => ({ lasting: "{[7,9)}" })],
  ])("with %s is told, and nobody goes through its numbers", (_what, change) => {
    const steps = tampered(3, ({ seal }) => change(seal)).map((step) =>
      step.seal.n === 3 ? { ...step, present: [] } : step,
    );
    expect(seals(steps)).toEqual([["seal-changed", 3, changedItself(3)]]);
  });

  test("of more numbers than a call takes arguments is checked like any other", () => {
    const count = 130_000;
    const [{ seal }] = chain({ numbers: [1] }) as [Step];
    const many = { ...seal, count, seqs: [[1, count + 1] as const], leaves: Buffer.alloc(32 * count) };
    expect(checked([{ seal: many, present: [] }])).toMatchObject({ seals: 1, flawed: count + 1 });
  });

  test("of nothing is none", () => {
    const [first] = chain({ numbers: [] }) as [Step];
    expect(seals([first])).toEqual([["seal-changed", 1, changedItself(1)]]);
  });

  test("with all that is kept for ever among its numbers is in order, at the ends of them as well", () => {
    const steps = chain({ numbers: [6, 8, 9], lasting: "{[6,7),[9,10)}" });
    expect(seals(steps)).toEqual([]);
  });

  test("that stands outside of the chain is told", () => {
    const check = createChainCheck(start, []);
    for (const count of [0, 1, 2]) check.outside(count);
    const outside = "outside of the chain, with a number that is none or that another one has";
    expect(check.end().flaws).toEqual([
      { flaw: "seal-changed", says: `a seal stands ${outside}` },
      { flaw: "seal-changed", says: `2 seals stand ${outside}` },
    ]);
  });
});

test("a head that was published is one of the seals under its number, or the history is another one", () => {
  const steps = three();
  const [first, , third] = steps.map(({ seal }) => sealHash(seal).toString("hex")) as [
    string,
    string,
    string,
  ];
  const known = [
    { n: 1, hash: first },
    { n: undefined, hash: third },
  ];
  expect(checked(steps, start, known).flaws).toEqual([]);
  const rest = ["is not in this history: seals were removed or made anew"];
  // Another number, and the end cut off.
  const moved = { n: 2, hash: first };
  expect(
    checked(steps.slice(0, 2), start, [moved, { n: undefined, hash: third }, { n: 3, hash: "ab" }]).flaws,
  ).toStrictEqual([
    { flaw: "head-unknown", seal: 2, says: `the published head 2:${first} ${rest}` },
    { flaw: "head-unknown", says: `the published head ${third} ${rest}` },
    { flaw: "head-unknown", seal: 3, says: `the published head 3:ab ${rest}` },
  ]);
});
