import fc from "fast-check";
import { expect, test } from "vitest";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { declared, echo, iphone, passcode, policySet, wrapped } from "./declared-files.ts";

const stores = (await storesOfSuite()).slice(-1);

const endpoints = ["tokens", "declaration-items", "declaration", "profile", "status"];

/** One revision, and what goes wrong while it goes out. */
const steps = fc.record({
  hello: fc.constantFrom("", "1", "2"),
  other: fc.constantFrom("", "1", "2"),
  value: fc.constantFrom(0, 1, 2),
  code: fc.constantFrom(0, 6, 8),
  delivery: fc.constantFrom("auto" as const, "declaration" as const, "profile" as const),
  lost: fc.subarray(endpoints),
  offlineMs: fc.constantFrom(0, 20_000),
});
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never;

function filesOf({ hello, other, value, code, delivery }: Step) {
  return policySet(
    ["anchor", declared("anchor", echo("always"))],
    ...(hello === "" ? [] : [["hello", declared("hello", echo(hello))] as const]),
    ...(other === "" ? [] : [["other", declared("other", echo(other))] as const]),
    ...(value === 0 ? [] : [["wrapped", wrapped(value, delivery)] as const]),
    ...(code === 0 ? [] : [["code", passcode(code)] as const]),
  );
}

/** What of a step is on the device, by its own account. */
function found(house: Installation): Readonly<Record<string, unknown>> {
  const { declarations, profiles } = house.device("SIM-1").snapshot();
  const text = (name: string) => String(declarations[`reeve.profile.${name}:test`]?.payload.Echo ?? "");
  const value = Number(profiles["reeve.profile.wrapped"]?.payloads[0]?.reeveTest ?? 0);
  const code = Number(declarations["reeve.profile.code:passcode"]?.payload.MinimumLength ?? 0);
  return { hello: text("hello"), other: text("other"), value, code };
}

test.each(stores)(
  "on $name after any sequence of revisions and lost connections a device's declarations equal the granted ones",
  async (store) => {
    const drawn = fc.sample(steps, { numRuns: 9, seed: 11 });
    await using house = await install({
      stores: store,
      files: policySet(["anchor", declared("anchor", echo("always"))]),
      devices: [iphone],
    });
    const device = house.device("SIM-1");
    await house.enroll();
    for (const [index, step] of drawn.entries()) {
      for (const one of step.lost)
        device.faults.add({ kind: "lose-answer", requestType: `DeclarativeManagement/${one}` });
      if (step.offlineMs > 0) device.goOffline(house.world.now() + step.offlineMs);
      house.commit(filesOf(step));
      await house.pass(2_000, 1_000);
      if (index % 3 < 2) continue;
      await house.pass(3_600_000, 300_000);
      const { lost: _lost, offlineMs: _offlineMs, delivery: _delivery, ...wanted } = step;
      expect(found(house)).toEqual(wanted);
    }
    expect(house.fleet.violations()).toEqual([]);
  },
);
