import { expect, test } from "vitest";
import { viewDeviceDetail } from "../../loop/view-devices.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { baseline, files, marker, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const hour = 3_600_000;
const mac = { serial: "MAC-1", platform: "macos", name: "MAC-1" } as const;
const ipad = { serial: "PAD-1", platform: "ipados", name: "PAD-1" } as const;
const alice = { id: "A1B2C3D4-0000-4000-8000-000000000001", shortName: "alice", longName: "Alice Ott" };
const shared = "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF";
const own = "reeve.profile.own";

const userProfile = (value: number) => marker("own", value, "scope: user");

test.each(stores)(
  "on $name a user's profile goes to his channel, is kept there and goes again",
  async (store) => {
    const declared = (value: number) =>
      files({
        "items.yaml": [marker("all", 1), userProfile(value)].join("---\n"),
        "policy.yaml": policy("profiles: [{name: all}, {name: own}]"),
      });
    await using house = await install({ stores: store, files: declared(1), devices: [mac] });
    await house.enroll();
    await house.settle();
    const device = house.device("MAC-1");
    expect(Object.keys(device.snapshot().profiles)).toEqual(["reeve.enrollment", "reeve.profile.all"]);
    expect(await statesOf(house)).toEqual({ "Profile/all": "verified", "Profile/own": "per user" });

    const user = await device.login(alice);
    await house.settle();
    expect(Object.keys(user.profiles())).toEqual([own]);
    const { users } = await viewExplanation(house.looking, "MAC-1", undefined);
    expect(users).toMatchObject([{ name: "alice", items: [{ key: "Profile/own", state: "verified" }] }]);
    expect((await viewDeviceDetail(house.looking, "MAC-1")).users).toMatchObject([{ name: "alice" }]);

    house.commit(declared(2));
    await house.settle();
    expect(user.profiles()[own]?.payloads[0]).toMatchObject({ reeveTest: "2" });
    user.lose(own);
    await house.pass(3 * hour, 20 * 60_000);
    expect(Object.keys(user.profiles())).toEqual([own]);

    house.commit(files({ "items.yaml": marker("all", 1), "policy.yaml": policy("profiles: [{name: all}]") }));
    await house.settle();
    expect(user.profiles()).toEqual({});
    expect(Object.keys(device.snapshot().profiles)).toContain("reeve.profile.all");
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name users of a Shared iPad are told apart, and their channels end with the enrollment",
  async (store) => {
    const one = files({
      "own.yaml": userProfile(1),
      "group.yaml": `apiVersion: reeve/v1
kind: UserGroup
metadata: {name: teachers}
spec: {users: [bea@acme.example]}
`,
      "policy.yaml": policy(
        "profiles: [{name: own}]",
        "own",
        "users: [alice@acme.example], userGroups: [teachers]",
      ),
    });
    await using house = await install({ stores: store, files: one, devices: [ipad] });
    await house.enroll();
    await house.settle();
    const device = house.device("PAD-1");
    const users = await Promise.all(
      ["Alice@acme.example", "bea@acme.example", "carl@acme.example"].map((shortName) =>
        device.login({ id: shared, shortName }),
      ),
    );
    await house.settle();
    expect(users.map((user) => Object.keys(user.profiles()))).toEqual([[own], [own], []]);

    // Another identity of the device is theirs too.
    expect(await device.renew()).toEqual({ ok: true });
    await users[2]?.connect();
    house.commit({ ...one, "own.yaml": userProfile(2) });
    await house.settle();
    expect(users[0]?.profiles()[own]?.payloads[0]).toMatchObject({ reeveTest: "2" });

    device.erase();
    await house.enroll([device], { bound: true });
    await house.settle();
    const told = await viewExplanation(house.looking, "PAD-1", undefined);
    expect(told).toMatchObject({ users: [], device: { epoch: 2, condition: { type: "Ready" } } });
    const again = await device.login({ id: shared, shortName: "bea@acme.example" });
    await house.settle();
    expect(Object.keys(again.profiles())).toEqual([own]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name a user's profile with a secret does not rest on the device's word",
  async (store) => {
    const wifi = `apiVersion: reeve/v1
kind: Profile
metadata: {name: own}
spec:
  scope: user
  apple:
    payloads: [{type: com.apple.applicationaccess, content: {reeveTest: "\${secret:pool/word}"}}]
---
apiVersion: reeve/v1
kind: Secret
metadata: {name: pool}
spec: {provider: env, allow: [Profile/own], keys: {word: REEVE_SECRET_POOL}}
`;
    await using house = await install({
      stores: store,
      files: {
        ...baseline,
        "own.yaml": wifi,
        "policy.yaml": policy("profiles: [{name: own}]", "own", "users: [alice@acme.example]"),
      },
      devices: [ipad],
      environment: { REEVE_SECRET_POOL: "pool-word-1" },
    });
    await house.enroll();
    await house.settle();
    const user = await house.device("PAD-1").login({ id: shared, shortName: "alice@acme.example" });
    await house.settle();
    expect(user.profiles()).toEqual({});
    const { users } = await viewExplanation(house.looking, "PAD-1", undefined);
    expect(users).toMatchObject([
      {
        items: [
          {
            state: "unsupported",
            because: "uses a secret, and who the user is rests on what the device reports",
          },
        ],
      },
    ]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

async function statesOf(house: Installation): Promise<Readonly<Record<string, string>>> {
  const { items } = await viewExplanation(house.looking, "MAC-1", undefined);
  return Object.fromEntries(items.map((one) => [one.key, one.state]));
}
