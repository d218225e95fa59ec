import { expect, test } from "vitest";
import { importContentToken } from "../../loop/content-token.ts";
import { watchContentToken } from "../../loop/content-token-watch.ts";
import { halt, unhalt } from "../../loop/control.ts";
import { viewDeviceDetail } from "../../loop/view-devices.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { listEvents } from "../../store/events.ts";
import { beginCall } from "../../store/licence-calls.ts";
import type { TestStores } from "../../store/test-stores.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { files, policy, slackId } from "../manifests.ts";

const stores = await storesOfSuite();
const adamId = "618783545";
const minute = 60_000;
const day = 86_400_000;
const it = { name: "it", person: "it", identities: ["it"] };

test.each(stores)("on $name with the kill switch on nothing is asked of Apps and Books", async (store) => {
  await using house = await granted(store);
  await halt(house.looking, "a drill", it);
  await token(house);
  const before = house.content.requests.length;
  await house.pass(10 * minute);
  expect(house.content.requests.length).toBe(before);
  await unhalt(house.looking, "over", it);
  await house.settle();
  expect(asked(house)).toBe(1);
  expect(await conditionOf(house)).toBe("Ready");
});

test.each(stores)(
  "on $name a process that died beside its request leaves nothing that is asked for twice",
  async (store) => {
    await using done = await granted(store);
    await intend(done);
    // The request had left: its answer found nobody.
    done.content.books.begin("ASSOCIATE", [adamId], ["SIM-1"]);
    await token(done);
    await done.settle();
    expect(asked(done)).toBe(0);
    expect(await conditionOf(done)).toBe("Ready");

    await using not = await granted(store);
    await intend(not);
    await token(not);
    await not.pass(2 * minute, 20_000);
    expect(asked(not)).toBe(0);
    await not.pass(6 * minute, 20_000);
    expect(asked(not)).toBe(1);
    expect(not.content.books.ledger.map((one) => one.changed)).toEqual([true]);
    expect(await conditionOf(not)).toBe("Ready");
  },
);

test("a token that ends is told in time, stays sealed, and one of another location needs a word", async () => {
  const server = stores.at(-1)!;
  await using house = await granted(server);
  const text = await token(house);
  const [row] = await house.store.query<{ sealed: string }>(
    "select sealed from reeve.material where name = 'content-token'",
  );
  expect(row?.sealed).not.toContain(text);
  const now = house.world.now();
  for (const left of [100, 59, 58, 29, 13, 6, -1])
    await watchContentToken(house.store, now + (365 - left) * day);
  const events = await listEvents(house.store, { types: ["content-token.e"], limit: 20 });
  expect(events.map((one) => one.type.replace("content-token.", ""))).toEqual([
    "expired",
    "expiring",
    "expiring",
    "expiring",
    "expiring",
  ]);
  const late = { ...house.looking, clock: () => now + 340 * day };
  const { warnings } = await viewStatus(late, { source: "memory", warnings: [] });
  expect(warnings.map((one) => one.message)).toContain("content token expires in 25 days");

  await using other = await granted(server, { uId: "7", name: "Bonn" });
  const ports = { ...house.controller.content, serviceUrl: other.content.url };
  const bonn = other.content.token();
  await expect(importContentToken(ports, bonn, "it", false)).rejects.toMatchObject({
    code: "content-location",
    message: "the token is of Bonn, the one before of Berlin",
  });
  expect((await importContentToken(ports, bonn, "it", true)).name).toBe("Bonn");
});

/** A device that is granted an app by licence, where no token was imported yet. */
async function granted(
  store: TestStores,
  location?: { readonly uId: string; readonly name: string },
): Promise<Installation> {
  const slack = `apiVersion: reeve/v1
kind: App
metadata: {name: slack}
spec: {apple: {bundleId: ${slackId}, appStoreId: ${adamId}, license: device}}
`;
  const house = await install({
    stores: store,
    files: files({ "slack.yaml": slack, "policy.yaml": policy("apps: [{name: slack}]") }),
    devices: [{ serial: "SIM-1", platform: "ipados", name: "SIM-1" }],
    content: { assets: [{ adamId, total: 5 }], ...(location === undefined ? {} : { location }) },
  });
  await house.enroll();
  await house.settle();
  return house;
}

async function token(house: Installation): Promise<string> {
  const text = house.content.token();
  await importContentToken(house.controller.content, text, "it", false);
  return text;
}

/** What a process writes before it makes a request. */
async function intend(house: Installation): Promise<void> {
  const lease = house.controller.reconciler.lease();
  if (lease === undefined) throw new Error("nobody leads");
  const call = { id: "died", kind: "associate", adamId, serials: ["SIM-1"] } as const;
  expect(await beginCall(house.store, call, house.world.now(), lease)).toEqual(["SIM-1"]);
}

function asked({ content }: Installation): number {
  return content.requests.filter((one) => one.endpoint === "assets/associate").length;
}

async function conditionOf(house: Installation): Promise<string> {
  return (await viewDeviceDetail(house.looking, "SIM-1")).condition.type;
}
