import fc from "fast-check";
import { expect, test } from "vitest";
import { type AlikeDevices, type KnownPolicy, placePolicies } from "./place-policies.ts";

const alike = (hash: string, on: string | undefined, devices: number, more: object = {}): AlikeDevices => ({
  set: "base",
  hash,
  on,
  devices,
  ...more,
});

test("new devices: one policy is written, and each is moved once", () => {
  expect(placePolicies([], [alike("h1", undefined, 3)])).toEqual({
    patches: [{ id: "base-a", hash: "h1" }],
    moves: [{ from: alike("h1", undefined, 3), to: "base-a" }],
  });
});

test("a change for all of them is one call, in place", () => {
  expect(placePolicies([{ id: "base-a", hash: "h1" }], [alike("h2", "base-a", 5_000)])).toEqual({
    patches: [{ id: "base-a", hash: "h2" }],
    moves: [],
  });
});

test("what is as it should be costs nothing", () => {
  const known = [{ id: "base-a", hash: "h1" }];
  expect(placePolicies(known, [alike("h1", "base-a", 5)])).toEqual({ patches: [], moves: [] });
});

test("a wave writes the idle policy and moves its devices; the last one writes in place", () => {
  const first = [alike("h2", "base-a", 50), alike("h1", "base-a", 4_950)];
  const known: KnownPolicy[] = [{ id: "base-a", hash: "h1" }];
  const wave = placePolicies(known, first);
  expect(wave).toEqual({
    patches: [{ id: "base-b", hash: "h2" }],
    moves: [{ from: alike("h2", "base-a", 50), to: "base-b" }],
  });
  const rest = placePolicies(
    [...known, { id: "base-b", hash: "h2" }],
    [alike("h2", "base-b", 50), alike("h2", "base-a", 4_950)],
  );
  expect(rest).toEqual({ patches: [{ id: "base-a", hash: "h2" }], moves: [] });
});

test("a policy that a suspended device has is not written, however many others want it", () => {
  const groups = [alike("h2", "base-a", 4_999), alike("h2", "base-a", 1, { fixed: true })];
  const { patches, moves } = placePolicies([{ id: "base-a", hash: "h1" }], groups);
  expect(patches).toEqual([{ id: "base-b", hash: "h2" }]);
  expect(moves).toEqual([{ from: groups[0], to: "base-b" }]);
});

test("for any fleet: nobody's policy changes but to what is granted, and one more pass finds nothing to do", () => {
  const letters = fc.constantFrom("a", "b", "c");
  const groupOf = fc.record({
    hash: fc.constantFrom("h1", "h2", "h3"),
    on: fc.option(
      letters.map((one) => `base-${one}`),
      { nil: undefined },
    ),
    devices: fc.integer({ min: 1, max: 9 }),
    fixed: fc.boolean(),
  });
  const knownOf = fc.uniqueArray(fc.record({ id: letters, hash: fc.constantFrom("h1", "h2", "h3", "h4") }), {
    selector: (one) => one.id,
  });
  fc.assert(
    fc.property(knownOf, fc.array(groupOf, { maxLength: 6 }), (policies, drafts) => {
      const known = policies.map(({ id, hash }) => ({ id: `base-${id}`, hash }));
      const ids = new Set(known.map((one) => one.id));
      const groups = drafts.map(({ hash, on, devices, fixed }) =>
        alike(hash, on !== undefined && ids.has(on) ? on : undefined, devices, fixed ? { fixed } : {}),
      );
      const { patches, moves } = placePolicies(known, groups);
      const after = new Map([...known, ...patches].map((one) => [one.id, one.hash]));
      for (const one of groups) {
        const before = known.find(({ id }) => id === one.on)?.hash;
        if (one.fixed === true) expect(one.on && after.get(one.on)).toBe(before);
      }
      const moved = groups.map((one) => {
        const move = moves.find(({ from }) => from === one);
        return move === undefined ? one : { ...one, on: move.to };
      });
      for (const one of moved) if (one.fixed !== true) expect(one.on && after.get(one.on)).toBe(one.hash);
      const held = [...after].map(([id, hash]) => ({ id, hash }));
      expect(placePolicies(held, moved)).toEqual({ patches: [], moves: [] });
      expect(new Set(patches.map((one) => one.id)).size).toBe(patches.length);
      expect(placePolicies(known.toReversed(), groups.toReversed()).patches).toEqual(patches);
    }),
    { numRuns: 2_000 },
  );
});
