import fc from "fast-check";
import { expect, test } from "vitest";
import { admit, type Gates } from "./admission.ts";
import type { CompiledPolicy } from "./compiled.ts";
import { conditionOf } from "./condition.ts";
import { legacyIdentifier } from "./declared-identifier.ts";
import type { Desired } from "./desired.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import { isSettled, itemState } from "./item-state.ts";
import { Conversation } from "./test-conversation.ts";
import { grantedOf, hour, profile } from "./test-situation.ts";
import { wanting } from "./test-wanting.ts";
import type { CompiledWindow } from "./window.ts";
import { fleetGates } from "./window-gates.ts";

const long = process.env.REEVE_LONG === "1";
const noon = Date.UTC(2026, 0, 5, 12);
const windows: readonly CompiledWindow[] = [
  {
    type: "allow",
    days: ["Mon"],
    from: "19:00",
    to: "06:00",
    timeZone: "UTC",
    gates: ["disruptive", "isolating"],
  },
];
const policies = [{ name: "p", windows }, { name: "free" }] as unknown as readonly CompiledPolicy[];

const rarely = fc.integer({ min: 0, max: 5 }).map((one) => one === 0);

/** A profile of any name and identifier: with a network or without, which comes to the device or never does. */
const item = fc
  .record({
    name: fc.constantFrom("a", "b", "c", "d"),
    id: fc.constantFrom("a", "b", "c", "d"),
    network: fc.boolean(),
    trust: fc.constantFrom("none", "none", "ca1", "ca2"),
    version: fc.constantFrom(1, 2),
    comes: fc.boolean(),
    policy: fc.constantFrom("p", "free"),
    disrupts: fc.boolean(),
    observe: rarely,
    conflict: rarely,
    drift: fc.constantFrom("correct", "correct", "report", "ignore"),
  })
  .map(({ name, id, network, trust, version, comes, policy, disrupts, observe, conflict, drift }) => {
    const digest = `${id} ${network ? "net" : "plain"} ${trust} ${version} ${comes ? "comes" : "fails"}`;
    const effects = {
      ...(network ? { network: { over: "local" as const, digest } } : {}),
      ...(trust === "none" ? {} : { trust }),
      ...(disrupts ? { disrupts: "why" } : {}),
    };
    return { ...profile(name, { id, digest, uuid: digest, effects, policy, drift }), observe, conflict };
  });

const commit = fc
  .record({
    items: fc.uniqueArray(item, {
      maxLength: 4,
      comparator: (one, other) => one.key === other.key || one.id === other.id,
    }),
    night: fc.boolean(),
    removalBudget: fc.boolean(),
    isolatingBudget: fc.boolean(),
    renamed: fc.boolean(),
    word: fc.integer({ min: 0, max: 3 }).map((one) => one === 0),
    moods: fc.array(fc.constantFrom("ok", "ok", "ok", "notNow", "lost", "unheard"), { maxLength: 4 }),
    settles: fc.boolean(),
  })
  .map(({ items, renamed, ...rest }) => ({
    ...rest,
    // A name from which something was renamed is nobody's any more.
    items: items.map((one) =>
      renamed && one.key === "Profile/c" && items.every(({ key }) => key !== "Profile/a")
        ? { ...one, formerly: ["Profile/a"] }
        : one,
    ),
  }));

type Commit = typeof commit extends fc.Arbitrary<infer T> ? T : never;

const names = ["a", "b", "c", "d"].map((name) => `Profile/${name}`);
/** A network, and certificates: one is as good as the other only where it was put in its place. */
const links = [[" net "], [" ca1 ", " ca2 "]] as const;
type Link = (typeof links)[number];

function gatesOf({ night, removalBudget, isolatingBudget, word }: Commit): Gates {
  const at = night ? noon + 8 * hour : noon;
  return {
    observe: false,
    suspended: undefined,
    removalsFrozen: undefined,
    removalBudget,
    isolatingBudget,
    windows: fleetGates(policies, [at], at).of(undefined),
    traits: { platform: "ipados", supervised: true },
    links: { cellular: false, mayGo: new Set(word ? names : []) },
  };
}

function desiredBy({ items }: Commit, isDeclared: (item: GrantedItem) => boolean): Desired {
  const chosen = items.filter((one) => !one.conflict);
  const form = ({ observe: _observe, conflict: _conflict, ...item }: (typeof items)[number]): GrantedItem =>
    isDeclared(item) ? declared(item) : item;
  const wanted = wanting(...chosen.map(form));
  return {
    ...wanted,
    items: wanted.items.map((item, index) => ({ ...item, observe: chosen[index]?.observe === true })),
    watching: chosen.some(({ observe }) => observe) ? ["p"] : [],
    conflicts: items.filter((one) => one.conflict).map(({ key }) => ({ key, policies: ["p", "free"] })),
  };
}

/** Looks at what the device holds: says what it has lost since it was looked at last, if that may not be. */
class Watch {
  readonly #had = new Set<Link>();
  readonly #free = new Set<Link>();

  look({ granted: { items }, device, declared }: Conversation, word: boolean): void {
    const handed = new Set(declared?.entries.map((entry) => entry.of));
    const inTurn = (one: GrantedItem) => one.kind === "Profile" && handed.has(one.id);
    for (const link of links) {
      const isOf = (content: string) => link.some((kind) => content.includes(kind));
      const on = Object.values(device.profiles).filter(isOf);
      // What has come is not what the word was about.
      if (items.some((one) => on.includes(one.digest) && !inTurn(one))) this.#free.delete(link);
      // What the word let go, with nothing in its place or in turn, may go from then on.
      const isTurned = items.some((one) => isOf(one.digest) && inTurn(one));
      const isLost = link.some((kind) => !items.some(({ digest }) => digest.includes(kind)));
      if (word && this.#had.has(link) && (isTurned || isLost)) this.#free.add(link);
      const isKept = on.length > 0 || !this.#had.has(link) || this.#free.has(link);
      expect([link, isKept]).toEqual([link, true]);
      if (on.length > 0) this.#had.add(link);
    }
  }
}

/** The same profile by declaration. */
function declared(item: GrantedItem): GrantedItem {
  const type = "com.apple.configuration.legacy";
  const names = { identifier: legacyIdentifier(item.id), token: item.digest, profile: item.digest };
  return { ...item, kind: "Declarations", wraps: true, parts: [{ form: "configuration", type, ...names }] };
}

/** Which profiles of a history go by declaration: none, one of them, or all from some commit on, or by turns. */
const delivery = fc.constantFrom<(item: GrantedItem, commit: number) => boolean>(
  () => false,
  ({ id }) => id === "c",
  (_item, commit) => commit > 1,
  (_item, commit) => commit % 2 === 0,
  ({ id }, commit) => id < "c" === (commit % 2 === 0),
);

function lookAtCondition(conversation: Conversation): void {
  const { now, granted } = conversation;
  const situation = conversation.situation();
  const { type } = conditionOf(situation, { now, lastSeenAt: now, unreachableAfterMs: hour });
  const open = granted.items.filter((one) => {
    return !isSettled(itemState(one, situation.observed, situation.state));
  });
  expect([type === "Ready", open.map(({ key }) => key)]).toEqual([
    type === "Ready" && open.length === 0,
    expect.anything(),
  ]);
}

/** Another pass over the same changes nothing but reasons, and the next one not even these. */
function expectRest(granted: Granted, pass: (before: Granted) => Granted): void {
  const again = pass(granted);
  const contents = ({ items }: Granted) => items.map(({ key, id, digest }) => [key, id, digest]);
  expect(contents(again)).toEqual(contents(granted));
  const { items, withheld, leftAlone } = pass(again);
  expect([items, withheld, leftAlone]).toEqual([again.items, again.withheld, again.leftAlone]);
}

/** With all gates open and a device that takes everything, all of the last commit comes, or it says what never does. */
function expectEnd(
  conversation: Conversation,
  commits: readonly Commit[],
  isDeclared: (item: GrantedItem, commit: number) => boolean,
): void {
  const [last] = commits.slice(-1);
  if (last === undefined) return;
  const items = last.items.map((one) => ({ ...one, observe: false, conflict: false }));
  const open = { ...last, items, night: true, removalBudget: true, isolatingBudget: true, word: true };
  conversation.refuses = () => false;
  for (const _pass of [1, 2, 3]) {
    const desired = desiredBy(open, (item) => isDeclared(item, commits.length - 1));
    conversation.grant(admit(desired, conversation.granted, gatesOf(open)).granted);
    for (const _round of [1, 2, 3]) {
      conversation.settle(48 * hour);
      conversation.synchronize();
    }
  }
  conversation.settle(48 * hour);
  const { now } = conversation;
  const found = conditionOf(conversation.situation(), { now, lastSeenAt: now, unreachableAfterMs: hour });
  // A declaration that was invalid once is not handed out again as it was.
  const why =
    /wait for each other's place|com\.apple\.configuration\.legacy: invalid|waits for its window, which opens/;
  const isTold = found.type === "Ready" || why.test(found.message);
  expect([isTold, found.type, found.message]).toEqual([true, expect.anything(), expect.anything()]);
}

test("no commits take the last network of a device but by the word, and then not while another is granted", () => {
  fc.assert(
    fc.property(fc.array(commit, { minLength: 2, maxLength: 6 }), delivery, (commits, isDeclared) => {
      let granted = grantedOf([]);
      const conversation = new Conversation(granted);
      conversation.refuses = (digest) => digest.endsWith("fails");
      const watch = new Watch();
      for (const [index, one] of commits.entries()) {
        const desired = desiredBy(one, (item) => isDeclared(item, index));
        granted = admit(desired, granted, gatesOf(one)).granted;
        for (const names of [granted.items.map(({ key }) => key), granted.items.map(({ id }) => id)])
          expect(names).toEqual([...new Set(names)]);
        // What the word let go with nothing in its place is remembered nowhere.
        if (!one.word) expectRest(granted, (before) => admit(desired, before, gatesOf(one)).granted);
        conversation.grant(granted);
        conversation.visit(one.moods);
        watch.look(conversation, one.word);
        for (const _round of [1, 2]) {
          conversation.synchronize();
          watch.look(conversation, one.word);
          conversation.visit();
          watch.look(conversation, one.word);
        }
        if (one.settles) conversation.settle(3 * hour);
        watch.look(conversation, one.word);
        lookAtCondition(conversation);
      }
      expectEnd(conversation, commits, isDeclared);
    }),
    {
      seed: 20_261_127,
      numRuns: long ? 50_000 : 500,
      endOnFailure: !long,
    },
  );
});
