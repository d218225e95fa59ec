import { expect, test } from "vitest";
import { listEvents } from "../store/events.ts";
import { pglite } from "../store/test-stores.ts";
import { install, testSettings } from "../test/installation.ts";
import { baseline, type Files, operation } from "../test/manifests.ts";
import { viewRefusedActs } from "./refused-acts.ts";
import { viewHolds } from "./view-holds.ts";
import { viewPlan } from "./view-plan.ts";

test("a plan says what a commit ends, what it asks for in vain, and what is over before anybody sees it", async () => {
  const devices = ["SIM-1", "SIM-2"].map((serial) => ({ serial, platform: "ipados" as const }));
  await using house = await install({ stores: pglite, devices, files: baseline, parts: { disruptive: 1 } });
  await house.enroll();
  await house.settle();
  const lock = (message: string, generation = 1) =>
    operation(
      "lock",
      "all: true",
      `lock: {message: ${message}}`,
      `  expectedDevices: 2\n  generation: ${generation}`,
    );
  const look = (target: string) => operation("look", `devices: [${target}]`, "audit: {}");
  const files = (...acts: readonly string[]): Files => ({ ...baseline, "acts.yaml": acts.join("---\n") });
  const planned = async (all: Files) => {
    const entries = new Map(
      Object.entries(all).map(([path, text]) => [path, { type: "file" as const, bytes: Buffer.from(text) }]),
    );
    return viewPlan(house.looking, { revision: "next", entries }, testSettings);
  };
  const lines = async (...acts: readonly string[]) =>
    (await planned(files(...acts))).entries.map(({ action, key, reason }) => [action, key, reason]);
  house.commit(files(lock("Hello", 2), look("SIM-1")));
  await house.settle();
  expect(await viewHolds(house.looking)).toMatchObject([{ act: "Operation/lock@2" }]);

  const ended = (why: string) => [["cancel", "Operation/lock@2", `${why}; it is held on 2 devices`]];
  expect(await lines(lock("Hello", 2), look("SIM-1"))).toEqual([]);
  expect(await lines(look("SIM-1"))).toEqual(ended("its manifest was withdrawn"));
  expect(await lines(lock("Bye", 2), look("SIM-1"))).toEqual(ended("its manifest changed"));
  expect(await lines(lock("Bye", 3), look("SIM-1"))).toEqual(ended("its manifest says generation 3"));
  expect(await lines(lock("Hello", 2), look("SIM-1, SIM-2"))).toEqual([
    [
      "over",
      "Operation/look@1",
      "it is over (carried out by 1 device), and nothing comes of what changed: raise its generation",
    ],
  ]);

  const late = operation("late", "all: true", "reboot: {}").replace(
    /expiresAt: .*/,
    "expiresAt: 2020-01-01T00:00:00Z",
  );
  const why = "it had expired before it was first seen";
  const { destructive } = await planned(files(lock("Hello", 2), look("SIM-1"), late));
  expect(destructive).toMatchObject([
    { act: "Operation/late@1", status: "would be refused", refusals: [{ reason: why }] },
  ]);
  house.commit(files(lock("Hello", 1), look("SIM-1"), late));
  await house.settle();
  const told = await listEvents(house.store, { types: ["act.refused", "act.cancelled"], limit: 9 });
  expect(told.map(({ subject, message }) => [subject, message]).toSorted()).toEqual([
    ["Operation/late@1", why],
    ["Operation/lock@2", expect.stringMatching(/^its manifest says generation 1: .* raise its generation$/)],
  ]);
  const refusals = async () =>
    (await viewRefusedActs(house.looking)).map(({ act, refused }) => [act, refused]);
  expect(await refusals()).toEqual([["Operation/late@1", why]]);
  expect((await planned(files(look("SIM-1"), late))).destructive).toEqual([]);
  await house.pass(8 * 86_400_000, 8 * 86_400_000);
  expect(await refusals()).toEqual([]);
});
