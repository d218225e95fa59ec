import { expect, test } from "vitest";
import { viewDeviceDetail } from "../../loop/view-devices.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { type Files, files, organizationWith, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const id = "example.acme.manuals.safety";
const hour = 3_600_000;

function book(version: number): string {
  return `apiVersion: reeve/v1
kind: Book
metadata: {name: safety}
spec: {persistentId: ${id}, url: "https://books.acme.example/safety-${version}.pdf", version: "${version}", title: Safety}
`;
}

const given = (version: number): Files =>
  files({
    "org.yaml": organizationWith("budgets: {removals: {devices: 10, percent: 100%}}"),
    "safety.yaml": book(version),
    "policy.yaml": policy("books: [{name: safety}]"),
  });

test.each(stores)("on $name a book comes, is updated in place, comes back, and goes", async (store) => {
  await using house = await install({
    stores: store,
    files: given(1),
    devices: [{ serial: "SIM-1", platform: "ipados", name: "SIM-1" }],
  });
  const device = house.device("SIM-1");
  await house.enroll();
  await house.pass(60_000, 5_000);
  expect(device.snapshot().books).toEqual({ [id]: { status: "Managed", version: "1" } });
  expect(await conditionOf(house)).toBe("Ready AsDeclared");

  house.commit(given(2));
  await house.pass(60_000, 5_000);
  expect(device.snapshot().books).toEqual({ [id]: { status: "Managed", version: "2" } });
  expect(states(house)).toEqual(["Managed", "Managed"]);

  device.user.removeBook(id);
  await house.pass(2 * hour, hour / 4);
  expect(device.snapshot().books).toEqual({ [id]: { status: "Managed", version: "2" } });
  expect(await conditionOf(house)).toBe("Ready AsDeclared");

  house.commit(files({ "safety.yaml": book(2), "policy.yaml": policy("profiles: []") }));
  await house.pass(120_000, 5_000);
  expect(device.snapshot().books).toEqual({});
  expect(await conditionOf(house)).toBe("Ready AsDeclared");
  expect(house.fleet.violations()).toEqual([]);
});

test("a Mac is told that it takes no books, and is sent none", async () => {
  await using house = await install({
    stores: stores[0]!,
    files: given(1),
    devices: [{ serial: "SIM-1", platform: "macos", name: "SIM-1" }],
  });
  await house.enroll();
  await house.settle();
  expect(await conditionOf(house)).toMatch(/^Stalled Unsupported/);
  expect(
    house
      .device("SIM-1")
      .ledger.of("command")
      .map((one) => one.requestType),
  ).not.toContain("InstallMedia");
});

function states(house: Installation): string[] {
  return house
    .device("SIM-1")
    .ledger.of("book")
    .map((one) => one.state);
}

async function conditionOf(house: Installation): Promise<string> {
  const { condition } = await viewDeviceDetail(house.looking, "SIM-1");
  return `${condition.type} ${condition.reason}`;
}
