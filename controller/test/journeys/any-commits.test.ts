import fc from "fast-check";
import { expect, test } from "vitest";
import { approveHold } from "../../loop/control.ts";
import type { HoldView } from "../../loop/hold-view.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { withdrawDirectly } from "../../loop/withdraw-act.ts";
import { install, storesOfSuite } from "../installation.ts";
import { baseline, device, type Files, passcode } from "../manifests.ts";

const long = process.env.REEVE_LONG === "1";
const stores = await storesOfSuite();
const serials = ["SIM-1", "SIM-2", "SIM-3"];

/** What a commit says of one act; what is absent is not declared. */
interface Declared {
  readonly name: string;
  readonly formerly: string;
  readonly target: readonly string[];
  readonly expected: number;
  readonly generation: number;
  readonly kind: "Operation" | "Deprovision";
}

const act: fc.Arbitrary<Declared> = fc
  .record({
    name: fc.constantFrom("a", "b"),
    formerly: fc.constantFrom("", "", "old", "gone"),
    target: fc.subarray(serials, { minLength: 1 }),
    off: fc.constantFrom(0, 0, 0, 1),
    generation: fc.integer({ min: 1, max: 3 }),
    kind: fc.constantFrom("Operation" as const, "Deprovision" as const),
  })
  .map(({ off, ...one }) => ({ ...one, expected: one.target.length + off }));

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .uniqueArray(act, { selector: ({ name, kind }) => kind + name, maxLength: 3 })
      .map((acts) => ({ type: "commit" as const, acts })),
  },
  { weight: 2, arbitrary: fc.nat({ max: 9 }).map((minimum) => ({ type: "unrelated" as const, minimum })) },
  {
    weight: 2,
    arbitrary: fc.nat({ max: 9 }).map((index) => ({ type: "approve what is over" as const, index })),
  },
  { weight: 1, arbitrary: fc.constant({ type: "withdraw" as const }) },
  { weight: 1, arbitrary: fc.constant({ type: "wait" as const }) },
);

type Step = ReturnType<typeof step.generate>["value"];

const manifest = ({
  name,
  formerly,
  target,
  expected,
  generation,
  kind,
}: Declared): string => `apiVersion: reeve/v1
kind: ${kind}
metadata: {name: ${name}${formerly === "" ? "" : `, renamedFrom: [${formerly}]`}}
spec:
  target: {devices: [${target.map((one) => one.toLowerCase()).join(", ")}]}
  ${kind === "Operation" ? "act: {wipe: {}}" : "state: employee-left"}
  reason: A test
  generation: ${generation}
  expectedDevices: ${expected}
  expiresAt: 2030-01-01T00:00:00Z
`;

const filesOf = (acts: readonly Declared[], minimum: number): Files => ({
  ...baseline,
  "passcode.yaml": passcode(4 + minimum),
  "devices.yaml": serials.map((one) => device(one.toLowerCase(), one, "ownership: company")).join("---\n"),
  ...(acts.length === 0 ? {} : { "acts.yaml": acts.map(manifest).join("---\n") }),
});

test.each(stores)("on $name no sequence of commits destroys anything that nobody approved", async (store) => {
  await using house = await install({
    stores: store,
    files: filesOf([], 0),
    devices: serials.map((serial) => ({ serial, platform: "ipados" as const, supervised: true })),
    ceiling: { devices: 10, percent: 100, windowMs: 1_200_000 },
  });
  await house.enroll();
  await house.settle();
  const destroyed = () =>
    house.fleet.devices.flatMap(({ serial, ledger }) =>
      ledger.entries.some(({ type }) => type === "erased" || type === "unenrolled")
        ? [`${serial} ${ledger.of("erased").length}`]
        : [],
    );
  const seen = new Set<string>();
  const told = async () => {
    const holds = await viewHolds(house.looking);
    for (const { digest } of holds) seen.add(digest);
    return holds;
  };
  let acts: readonly Declared[] = [];
  let minimum = 0;
  const commit = (next: Step) => {
    if (next.type === "commit") acts = next.acts;
    else if (next.type === "unrelated") minimum = next.minimum;
    else return;
    house.commit(filesOf(acts, minimum));
  };
  const doOther = async (next: Step, open: readonly HoldView[]) => {
    const over = [...seen].filter((one) => !open.some(({ digest }) => digest === one));
    if (next.type === "approve what is over" && over.length > 0)
      await expect(
        approveHold(house.looking, over[next.index % over.length] ?? "", { name: "carol" }, undefined),
      ).rejects.toMatchObject({ name: "UserError" });
    if (next.type === "withdraw" && open[0] !== undefined)
      await withdrawDirectly(house.looking, open[0].act, "a test", { name: "it-duty" });
    if (next.type === "wait") await house.pass(2 * 3_600_000, 1_800_000);
  };
  for (const [index, next] of fc.sample(step, { seed: 26_112_026, numRuns: long ? 200 : 14 }).entries()) {
    commit(next);
    await doOther(next, await told());
    await house.settle(60_000);
    await told();
    expect(destroyed(), `${index}: ${JSON.stringify(next)}`).toEqual([]);
  }
  expect(seen.size).toBeGreaterThan(2);

  // What a person approves goes, to its device and once, whatever else is committed between the approvals.
  const last: Declared = {
    name: "last",
    formerly: "",
    target: ["SIM-1"],
    expected: 1,
    generation: 1,
    kind: "Operation",
  };
  house.commit(filesOf([last], 8));
  await house.settle();
  const hold = (await told()).find((one) => one.act === "Operation/last@1");
  house.commit(filesOf([last], 9));
  await house.settle();
  await approveHold(house.looking, hold?.digest ?? "", { name: "carol" }, undefined);
  await house.settle();
  expect(destroyed()).toEqual(["SIM-1 1"]);
});
