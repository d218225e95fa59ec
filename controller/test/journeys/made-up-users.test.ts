import { expect, test } from "vitest";
import { budgetUsed } from "../../store/control.ts";
import { commandsTo, identityFor, say } from "../hand-made.ts";
import { type Installation, install, storesOfSuite, testTopic } from "../installation.ts";
import { files, marker, organizationWith, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const UDID = "564D8B2F-2A4E-4B1C-9F5E-0C1D2E3F4A5B";
const push = { Token: Buffer.alloc(32, 8), PushMagic: "other", Topic: testTopic };
const mac = { ProductName: "Mac14,2", Model: "Mac14,2", OSVersion: "15.0", SerialNumber: "MAC" };
const old = `apiVersion: reeve/v1
kind: DeviceGroup
metadata: {name: old}
spec: {selector: {match: {platform: macos}, expressions: [{key: osVersion, operator: VersionBelow, values: ["26"]}]}}
`;
const tree = (all: string) =>
  files({
    "org.yaml": organizationWith("budgets: {removals: {devices: 5, percent: 0%}}"),
    "old.yaml": old,
    "items.yaml": [marker("u", "u", "scope: user"), marker("a"), marker("b")].join("---\n"),
    "users.yaml": policy("profiles: [{name: u}]", "users", "groups: [old]"),
    "all.yaml": policy(`profiles: [${all}]`, "all"),
  });

test.each(stores)(
  "on $name a Mac that makes up users, and says ever new things of itself, uses one device of the removal budget",
  async (store) => {
    const devices = ["PAD-1", "PAD-2"].map((serial) => ({ serial, platform: "ipados" as const }));
    await using house = await install({
      lies: true,
      stores: store,
      files: tree("{name: a}, {name: b}"),
      devices,
    });
    await house.enroll();
    const who = await identityFor(house);
    await say(house, who, { MessageType: "Authenticate", Topic: testTopic, UDID, ...mac });
    await say(house, who, { MessageType: "TokenUpdate", UDID, ...push });
    await house.settle();
    await commandsTo(house, who, UDID, mac);
    // Some of them are somebody to manifests, and so not alike.
    for (let n = 0; n < 16; n++) {
      const UserShortName = n % 2 === 0 ? `u${n}` : `u${n}@acme.example`;
      await say(house, who, { MessageType: "TokenUpdate", UDID, ...push, UserID: `U-${n}`, UserShortName });
    }
    await house.settle();
    expect(await given(house, "u")).toBe(16);

    for (const version of ["26.0", "15.0", "26.1", "15.1", "26.2"]) {
      const StatusItems = { device: { "operating-system": { version } } };
      const Data = Buffer.from(JSON.stringify({ StatusItems, Errors: [] }));
      await say(house, who, { MessageType: "DeclarativeManagement", Endpoint: "status", UDID, Data });
      await house.pass(120_000, 60_000);
    }
    expect(await given(house, "u")).toBe(0);
    expect(await used(house)).toBe(1);

    house.commit(tree("{name: a}"));
    await house.settle();
    expect(await given(house, "b")).toBe(0);
    expect(await used(house)).toBe(3);
  },
);

/** On how many channels something is to be. */
async function given({ store }: Installation, name: string): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    `select count(*) as count from reeve.channel c join reeve.interned i on i.id = c.granted_id
     where i.body->'items' @> $1`,
    [JSON.stringify([{ key: `Profile/${name}` }])],
  );
  return row?.count ?? 0;
}

function used({ store, world }: Installation): Promise<number> {
  return budgetUsed(store, "removals", world.now() - 3_600_000, world.now());
}
