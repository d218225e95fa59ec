import { expect, test } from "vitest";
import { isOver, settleLapsed, withEnd } from "./lapse.ts";
import type { Observed } from "./observed.ts";
import { hour, profile, progressOf, situationOf, start } from "./test-situation.ts";

const forAnHour = profile("guest", { lasts: { afterMs: hour } });
const dated = profile("event", { lasts: { at: start + hour } });

/** What a list of profiles at `now` makes of what lasts only so long. */
function settled(
  items: readonly (typeof forAnHour)[],
  now: number,
  {
    state,
    shown = [],
  }: { state?: Parameters<typeof situationOf>[1] & {}; shown?: readonly (typeof forAnHour)[] } = {},
) {
  const profiles = Object.fromEntries(shown.map((item) => [item.id, item.uuid ?? ""]));
  const observed: Observed = { profiles, owned: {} };
  const situation = situationOf(items, { observed, ...state });
  return settleLapsed({ state: situation.state, observed, events: [], acts: [] } as never, situation, now);
}

const endsAt = (item: typeof forAnHour, at: number, digest = item.digest) => ({
  state: { state: { ends: { [item.id]: { digest, at } } } },
});

test("what would be gone again at once is not sent any more, from its end on", () => {
  expect([start, start + hour - 1, start + hour].map((now) => isOver(dated, now))).toEqual([
    false,
    false,
    true,
  ]);
  expect([forAnHour, profile("x")].map((item) => isOver(item, start + 100 * hour))).toEqual([false, false]);
});

test("how long it lasts is counted from its sending, beside what is known of others", () => {
  const others = { "corp.other": { digest: "o", at: 1 } };
  const { state } = situationOf([], { state: { ends: others } });
  expect(withEnd(state, forAnHour, start).ends).toEqual({
    ...others,
    [forAnHour.id]: { digest: forAnHour.digest, at: start + hour },
  });
  for (const item of [undefined, dated, profile("x")]) expect(withEnd(state, item, start)).toBe(state);
});

test("what is not shown when its time has passed is done, and told once", () => {
  const event = {
    type: "item.lapsed",
    at: start + hour,
    device: "d1",
    subject: dated.key,
    message: "its time is over: the device has removed it by itself, as declared",
  };
  const progress = { [dated.key]: progressOf(dated.digest, "lapsed", { attempts: 0, at: start + hour }) };
  const over = settled([dated], start + hour);
  expect([over.state.progress, over.events]).toEqual([progress, [event]]);
  for (const again of [
    settled([dated], start + 2 * hour, { state: { state: { progress } } }),
    settled([dated], start + hour - 1),
    settled([dated], start + hour, { shown: [dated] }),
    settled([profile("x")], start + hour),
  ])
    expect(again.events).toEqual([]);

  const two = [dated, { ...dated, key: "Profile/two" }];
  expect(settled(two, start + hour).events.map(({ subject }) => subject)).toEqual(two.map(({ key }) => key));

  // Of another content nothing was told; how often it was tried stays.
  const before = { [dated.key]: progressOf("d-before", "lapsed", { attempts: 3 }) };
  const anew = settled([dated], start + hour, { state: { state: { progress: before } } });
  expect(anew.events).toEqual([event]);
  expect(anew.state.progress[dated.key]).toMatchObject({ digest: dated.digest, attempts: 3 });
  const failed = { [dated.key]: progressOf(dated.digest, "failed") };
  expect(settled([dated], start + hour, { state: { state: { progress: failed } } }).events).toEqual([event]);
});

test("the earlier of a date and a time counts, the time for this very content alone", () => {
  const both = profile("both", { lasts: { at: start + 2 * hour, afterMs: hour } });
  const isTold = (now: number, known: Parameters<typeof settled>[2]) =>
    settled([both], now, known).events.length === 1;
  expect(isTold(start + hour, endsAt(both, start + hour))).toBe(true);
  expect(isTold(start + hour, endsAt(both, start + hour, "d-before"))).toBe(false);
  expect(isTold(start + 2 * hour, endsAt(both, start + 9 * hour))).toBe(true);
  // Nobody knows when it was sent.
  expect(settled([forAnHour], start + 100 * hour).events).toEqual([]);
});

test("one that is shown and of which nobody knows the end is counted from now on", () => {
  const ends = { [forAnHour.id]: { digest: forAnHour.digest, at: start + hour } };
  expect(settled([forAnHour], start, { shown: [forAnHour] }).state.ends).toEqual(ends);
  const known = endsAt(forAnHour, start + 5);
  expect(settled([forAnHour], start, { ...known, shown: [forAnHour] }).state.ends).toEqual(
    known.state.state.ends,
  );
});

test("the ends of what a device is not granted any more are forgotten", () => {
  const known = { a: { digest: "a", at: 1 }, [forAnHour.id]: { digest: forAnHour.digest, at: start + hour } };
  const left = (items: readonly (typeof forAnHour)[]) =>
    settled(items, start, { state: { state: { ends: known } } }).state;
  expect(left([forAnHour]).ends).toEqual({ [forAnHour.id]: known[forAnHour.id] });
  for (const items of [[], [profile("guest")], [dated]]) expect(left(items)).not.toHaveProperty("ends");
  const { state } = settled([], start, { state: { granted: undefined, state: { ends: known } } });
  expect(state).not.toHaveProperty("ends");
});
