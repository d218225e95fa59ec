import fc from "fast-check";
import { expect, test } from "vitest";
import type { ActTarget } from "./act.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import { Conversation } from "./test-conversation.ts";
import type { Mood } from "./test-device.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const long = process.env.REEVE_LONG === "1";
const numbers = [0, 1, 2, 3] as const;

/**
 * Items of every sort: other versions, other identifiers, every drift mode, kept when they leave, renamed,
 * `installed` apps. An identifier belongs to one item at a time, as in any valid repository.
 */
const item: fc.Arbitrary<GrantedItem> = fc
  .record({
    kind: fc.constantFrom("Profile" as const, "App" as const),
    number: fc.constantFrom(...numbers),
    version: fc.integer({ min: 1, max: 2 }),
    place: fc.constantFrom("", ".moved"),
    renamed: fc.boolean(),
    drift: fc.constantFrom("correct" as const, "correct" as const, "report" as const, "ignore" as const),
    onLeave: fc.constantFrom("remove" as const, "remove" as const, "keep" as const),
    install: fc.constantFrom("required" as const, "installed" as const),
    first: fc.boolean(),
  })
  .map(({ kind, number, version, place, renamed, drift, onLeave, install, first }) => {
    const id = `${kind.toLowerCase()}.${number}${place}`;
    const base = { kind, id, drift, onLeave, policy: "p", after: [], digest: `${id}@${version}` };
    const key = `${kind}/${number}`;
    const named = renamed ? { key: `${kind}/new-${number}`, formerly: [key] } : { key };
    return kind === "App"
      ? { ...base, ...named, install }
      : { ...base, ...named, install: "required", uuid: `U-${id}@${version}`, ...(first ? { first } : {}) };
  });

const schedule = {
  name: "drift check",
  collect: ["profiles" as const, "managedApps" as const],
  every: day,
  timeZone: "UTC",
  spreadMs: hour,
};

const granted: fc.Arbitrary<Granted> = fc
  .record({
    items: fc.uniqueArray(item, { selector: ({ kind, id }) => `${kind}/${id.split(".")[1]}`, maxLength: 6 }),
    conflicts: fc.subarray(
      numbers.flatMap((number) => [`Profile/${number}`, `App/${number}`]),
      { maxLength: 2 },
    ),
    queries: fc.nat({ max: 7 }),
  })
  .map(({ items, conflicts, queries }) => ({
    items: items.filter((one) => ![one.key, ...(one.formerly ?? [])].some((key) => conflicts.includes(key))),
    conflicts,
    inventory: [schedule],
    groups: [],
    sends: queries === 0 ? ("queries" as const) : ("all" as const),
    lifted: [],
    unsupported: [],
    notApplicable: [],
  }));

const mood: fc.Arbitrary<Mood> = fc.constantFrom(
  ...(["ok", "ok", "ok", "notNow", "failed", "lost", "unheard", "slow", "rejected"] as const),
);

/** Something that happens, and what it is called when a property fails. */
interface Step {
  readonly say: string;
  readonly to: (one: Conversation) => void;
}

function step(say: string, to: Step["to"]): Step {
  return { say, to };
}

const visit = fc
  .array(mood, { maxLength: 8 })
  .map((moods) => step(`visit ${moods.join(" ")}`, (one) => one.visit(moods)));
const grant = granted.map((given) => step(`grant ${JSON.stringify(given)}`, (one) => one.grant(given)));
const wait = fc.constantFrom(1, minute, 10 * minute, hour, 2 * hour, day).map((ms) =>
  step(`wait ${ms}`, (one) => {
    one.now += ms;
  }),
);
const act = fc.constantFrom<ActTarget["verb"][]>("lock", "reboot", "audit", "wipe").map((verb) =>
  step(`act ${verb}`, (one) => {
    const name = `a-${one.epoch}-${one.acts.length}`;
    const times = { frozenAt: one.now, expiresAt: one.now + day };
    const target = { act: name, name, verb, parameters: {}, status: "ready" as const, ...times };
    one.acts = [...one.acts, { ...target, destructive: verb === "wipe" }];
  }),
);
const replay = fc.nat({ max: 50 }).map((index) => step(`replay ${index}`, (one) => one.replay(index)));
const enroll = fc.constant(step("enroll", (one) => one.enrollAnew()));
const quarantine = fc.constantFrom("all" as const, "queries" as const).map((allows) =>
  step(`allows ${allows}`, (one) => {
    one.allows = allows;
  }),
);
/** What the device's user does, and only they. */
const meddle = fc.oneof(
  fc.constantFrom(...numbers).map((number) => step(`lose ${number}`, (one) => one.device.lose(number))),
  fc.constant(step("back up", (one) => one.device.backUp())),
  fc.constant(step("restore", (one) => one.device.restore())),
);

const ordered = fc.oneof(
  { weight: 6, arbitrary: visit },
  { weight: 3, arbitrary: grant },
  { weight: 3, arbitrary: wait },
  { weight: 1, arbitrary: act },
  { weight: 1, arbitrary: replay },
  { weight: 1, arbitrary: enroll },
  { weight: 1, arbitrary: quarantine },
);
const anything = fc.oneof({ weight: 8, arbitrary: ordered }, { weight: 2, arbitrary: meddle });

const patienceMs = long ? 600_000 : 120_000;
const settings = { seed: 20_261_126, numRuns: long ? 10_000 : 150, endOnFailure: !long };

/** The history, and then a quiet time in which the device does what it is told. */
function live(first: Granted, steps: readonly Step[], last: Granted): Conversation {
  const conversation = new Conversation(first);
  for (const { to } of steps) {
    to(conversation);
    expect(conversation.wrongs).toEqual([]);
  }
  conversation.allows = "all";
  conversation.grant({ ...last, sends: "all" });
  conversation.now += hour;
  conversation.settle(15 * day);
  expect(conversation.wrongs).toEqual([]);
  return conversation;
}

function isWiped({ acts }: Conversation): boolean {
  return acts.some((one) => one.destructive && (one.status === "executed" || one.status === "unknown"));
}

test(
  "whatever happens to a device, it is never sent what it must not be, and ends as declared",
  () => {
    fc.assert(
      fc.property(granted, fc.array(anything, { maxLength: 25 }), granted, (first, steps, last) => {
        const conversation = live(first, steps, last);
        if (isWiped(conversation)) return;
        for (const one of last.items)
          if (one.drift === "correct" && one.install === "required")
            expect([one.id, conversation.device.holds(one)]).toEqual([one.id, true]);
        expectNothingLeft(conversation);
      }),
      settings,
    );
  },
  patienceMs,
);

test(
  "as long as its user changes nothing, it ends with all that is declared, however drift is taken",
  () => {
    fc.assert(
      fc.property(granted, fc.array(ordered, { maxLength: 25 }), granted, (first, steps, last) => {
        const conversation = live(first, steps, last);
        if (isWiped(conversation)) return;
        for (const one of last.items)
          expect([one.id, conversation.device.holds(one)]).toEqual([one.id, true]);
        expectNothingLeft(conversation);
      }),
      settings,
    );
  },
  patienceMs,
);

/** What somebody else brought is there; what we brought and should take is not; and only the schedule still speaks. */
function expectNothingLeft(conversation: Conversation): void {
  const { device, handed, acts, state } = conversation;
  expect(conversation.strays()).toEqual([]);
  expect(["profile.foreign" in device.profiles, "app.foreign" in device.apps]).toEqual([true, true]);
  expect(acts.filter((one) => one.status === "ready" || one.status === "sent")).toEqual([]);
  expect([state.outstanding, state.aside]).toEqual([undefined, []]);
  const before = handed.length;
  conversation.settle(day);
  const late = handed.slice(before).map((one) => one.intent);
  expect(late.filter((one) => one.type !== "query")).toEqual([]);
  expect(late.length).toBeLessThanOrEqual(4);
}

const wifi: GrantedItem = {
  key: "Profile/wifi",
  kind: "Profile",
  id: "profile.wifi",
  digest: "wifi@1",
  uuid: "U-wifi",
  drift: "correct",
  install: "required",
  onLeave: "remove",
  policy: "p",
  after: [],
};
const moved: GrantedItem = { ...wifi, id: "profile.wifi.moved", digest: "moved@1", uuid: "U-moved" };

function given(items: readonly GrantedItem[], more: Partial<Granted> = {}): Granted {
  const rest = { conflicts: [], lifted: [], unsupported: [], notApplicable: [] };
  return { items, inventory: [schedule], groups: [], sends: "all", ...rest, ...more };
}

test.each<[string, readonly Granted[]]>([
  ["its manifest is gone", [given([])]],
  ["its manifest has another identifier", [given([moved])]],
  ["and has then another name", [given([moved]), given([{ ...moved, key: "Profile/wlan" }])]],
  [
    "its manifest was renamed and then taken out",
    [given([{ ...wifi, key: "Profile/wlan", formerly: [wifi.key] }], { sends: "queries" }), given([])],
  ],
])("what a device took without its answer coming through is taken back when %s", (_name, later) => {
  const conversation = new Conversation(given([wifi]));
  conversation.visit(["ok", "ok", "lost"]);
  expect(conversation.device.holds(wifi)).toBe(true);
  for (const one of later) {
    conversation.grant(one);
    conversation.visit(["unheard"]);
  }
  conversation.settle(2 * day);
  expect(conversation.device.has(wifi)).toBe(false);
  expect(conversation.wrongs).toEqual([]);
});

test("what was put off and is due only later does not wake the device until then", () => {
  const conversation = new Conversation(given([wifi]));
  conversation.settle(2 * hour);
  conversation.grant(given([]));
  conversation.visit(["notNow"]);
  expect(conversation.state.aside.length).toBe(1);
  expect((conversation.dueAt ?? 0) - conversation.now).toBeGreaterThan(30 * minute);
  conversation.grant(given([wifi]));
  conversation.now += 10 * minute;
  conversation.visit();
  expect((conversation.dueAt ?? 0) - conversation.now).toBeGreaterThan(hour);
});
