import { expect, test } from "vitest";
import { halt, unhalt } from "../../loop/control.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { pglite } from "../../store/test-stores.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { device, type Files, files, group, marker, policy } from "../manifests.ts";
import { declared, echo, iphone, policySet } from "./declared-files.ts";

const stores = await storesOfSuite();
const by = { name: "it-duty" };

test.each(stores)(
  "on $name a device that still has what left by declaration is not ready before it has let it go",
  async (store) => {
    const hello = ["hello", declared("hello", echo("one"))] as const;
    const anchor = ["anchor", declared("anchor", echo("always"))] as const;
    await using house = await install({
      stores: store,
      files: policySet(anchor, hello),
      devices: [iphone],
    });
    await house.enroll();
    await house.settle();
    expect(await conditionOf(house)).toBe("Ready AsDeclared");

    house.push.outcome = { type: "retry" };
    house.commit(policySet(anchor));
    await house.settle();
    expect(Object.keys(house.device("SIM-1").snapshot().declarations).join()).toContain("hello");
    expect(await conditionOf(house)).toBe("Reconciling RemovalUnderWay");

    house.push.outcome = undefined;
    await house.pass(2 * 3_600_000, 600_000);
    expect(Object.keys(house.device("SIM-1").snapshot().declarations).join()).not.toContain("hello");
    expect(await conditionOf(house)).toBe("Ready AsDeclared");
  },
);

test.each(stores)(
  "on $name the last declaration of a device leaves, and it is ready again",
  async (store) => {
    const marked = (uses: string) =>
      files({
        "items.yaml": [marker("a"), declared("hello", echo("one"))].join("---\n"),
        "policy.yaml": policy(`profiles: [${uses}]`),
      });
    await using house = await install({
      stores: store,
      files: marked("{name: a}, {name: hello}"),
      devices: [iphone],
    });
    await house.enroll();
    await house.settle();
    house.commit(marked("{name: a}"));
    await house.settle();
    expect(house.device("SIM-1").snapshot().declarations).toEqual({});
    expect(await conditionOf(house)).toBe("Ready AsDeclared");
  },
);

test.each(stores)("on $name nothing is called ready while the kill switch is on", async (store) => {
  const marked = (value: number) =>
    files({ "a.yaml": marker("a", value), "policy.yaml": policy("profiles: [{name: a}]") });
  await using house = await install({ stores: store, files: marked(1), devices: [iphone] });
  await house.enroll();
  await house.settle();

  await halt(house.looking, "case 4711", by);
  house.commit(marked(2));
  await house.settle();
  expect((await status(house)).inForce?.revision).toBe("r2");
  expect(await conditionOf(house)).toBe("Held Halted");
  expect((await status(house)).total).toMatchObject({ ready: 0, held: 1 });

  await unhalt(house.looking, "over", by);
  await house.settle();
  expect(await conditionOf(house)).toBe("Ready AsDeclared");
});

test.each(stores)(
  "on $name a device of which nobody knows whether a policy is for it is not ready",
  async (store) => {
    const owned = (more: Files = {}, target = "groups: [company]") =>
      files({
        "a.yaml": [marker("a"), marker("b")].join("---\n"),
        "group.yaml": group("company", "match: {ownership: company}"),
        "policies.yaml": [
          policy("profiles: [{name: a}]", "one", target),
          policy("profiles: [{name: b}]", "other", "all: true"),
        ].join("---\n"),
        ...more,
      });
    await using house = await install({ stores: store, files: owned(), devices: [iphone] });
    const has = () => Object.keys(house.device("SIM-1").snapshot().profiles).sort();
    await house.enroll();
    await house.settle();
    expect(has()).not.toContain("reeve.profile.a");
    expect(await conditionOf(house)).toBe("Stalled Undecided");
    expect((await status(house)).stalled).toMatchObject([
      { devices: 1, reason: expect.stringContaining("in the group company is not known") },
    ]);

    house.commit(owned({}, "all: true, exclude: {groups: [company]}"));
    await house.settle();
    expect(has()).not.toContain("reeve.profile.a");
    expect(await conditionOf(house)).toBe("Stalled Undecided");
    house.commit(owned({}, "all: true"));
    await house.settle();
    expect(await conditionOf(house)).toBe("Ready AsDeclared");

    house.commit(owned({ "device.yaml": device("one", "SIM-1", "ownership: company") }));
    await house.settle();
    expect(has()).toContain("reeve.profile.a");
    expect(await conditionOf(house)).toBe("Ready AsDeclared");
    house.commit(owned());
    await house.settle();
    expect(has()).toContain("reeve.profile.a");
    expect(await conditionOf(house)).toBe("Stalled Undecided");
  },
);

test("while the fleet cannot be compared with what is in force, status says so", async () => {
  const marked = (value: number) =>
    files({ "a.yaml": marker("a", value), "policy.yaml": policy("profiles: [{name: a}]") });
  await using house = await install({ stores: pglite, files: marked(1), devices: [iphone] });
  await house.enroll();
  await house.settle();
  expect((await status(house)).warnings).toEqual([]);

  await house.store.query("alter table reeve.interned add constraint broken check (false) not valid");
  house.commit(marked(2));
  for (let tries = 0; tries < 3; tries++) await house.pass(60_000).catch(() => {});
  await house.world.advance(120_000);
  expect((await status(house)).inForce?.revision).toBe("r2");
  expect((await status(house)).warnings).toEqual([
    expect.objectContaining({ message: expect.stringContaining("not been compared with r2 yet") }),
  ]);

  await house.store.query("alter table reeve.interned drop constraint broken");
  await house.settle();
  expect((await status(house)).warnings).toEqual([]);
  expect(await conditionOf(house)).toBe("Ready AsDeclared");
});

function status(house: Installation) {
  return viewStatus(house.looking, { source: "memory", warnings: [] });
}

async function conditionOf(house: Installation): Promise<string> {
  const [shown] = (await viewDevices(house.looking, { limit: 10 }, {})).devices;
  return `${shown?.condition.type} ${shown?.condition.reason}`;
}
