import { expect, test } from "vitest";
import { legacyIdentifier } from "../../core/declared-identifier.ts";
import { halt, resume, suspend, unhalt } from "../../loop/control.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { asks, fetches } from "../ask-declarations.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { policy } from "../manifests.ts";
import { declared, echo, forUsers, policySet, wrapped } from "./declared-files.ts";

const stores = await storesOfSuite();
const hour = 3_600_000;
const mac = { serial: "MAC-1", platform: "macos", name: "MAC-1" } as const;
const alice = { id: "A1B2C3D4-0000-4000-8000-000000000001", shortName: "alice" };
const shared = "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF";
const by = { name: "it-duty" };
const hello = "reeve.profile.hello:test";
const asked = `declaration/configuration/${hello}`;

const greeting = (text: string) => ["hello", forUsers(declared("hello", echo(text)))] as const;
const more = ["more", forUsers(declared("more", echo("two")))] as const;

async function itemsOf(house: Installation, serial: string) {
  const { users } = await viewExplanation(house.looking, serial, undefined);
  const sorted = users.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return sorted.map(({ items }) => items.map(({ key, state, detail }) => ({ key, state, detail })));
}

test.each(stores)(
  "on $name what is declared for a user exists for nobody else, whoever says what",
  async (store) => {
    const files = {
      ...policySet(["machine", declared("machine", echo("all"))]),
      "hello.yaml": greeting("for bea")[1],
      "wrapped.yaml": forUsers(wrapped(1, "declaration")),
      "bea.yaml": policy("profiles: [{name: hello}, {name: wrapped}]", "bea", "users: [bea@acme.example]"),
      "more.yaml": more[1],
      "carl.yaml": policy("profiles: [{name: more}]", "carl", "users: [carl@acme.example]"),
    };
    const ipads = [1, 2].map((number) => {
      return { serial: `PAD-${number}`, platform: "ipados", name: `PAD-${number}`, shared: true } as const;
    });
    await using house = await install({ stores: store, files, devices: ipads, lies: true });
    await house.enroll();
    await house.settle();
    const [pad, other] = [house.device("PAD-1"), house.device("PAD-2")];
    const bea = await pad.login({ id: shared, shortName: "bea@acme.example" });
    const carl = await pad.login({ id: shared, shortName: "carl@acme.example" });
    await house.settle();
    expect(bea.declarations()[hello]).toMatchObject({ payload: { Echo: "for bea" }, active: true });
    expect(carl.declarations()["reeve.profile.more:test"]).toMatchObject({ active: true });
    expect(carl.declarations()[hello]).toBeUndefined();

    const user = (shortName: string) => ({ UserID: shared, UserShortName: shortName });
    const status = async (device: typeof pad, endpoint: string, ids?: Readonly<Record<string, string>>) =>
      (await asks(house, device, endpoint, ids === undefined ? {} : { ids })).statusCode;
    expect(await status(pad, asked, user("bea@acme.example"))).toBe(200);
    expect(await status(pad, asked)).toBe(404);
    expect(await status(pad, asked, user("carl@acme.example"))).toBe(404);
    expect(await status(pad, asked, user("nobody@acme.example"))).toBe(404);
    expect(await status(pad, "declaration/configuration/reeve.profile.machine:test")).toBe(200);
    expect(
      await status(pad, "declaration/configuration/reeve.profile.machine:test", user("bea@acme.example")),
    ).toBe(404);
    // Another device says that it is this one, and that its user asks.
    expect(await status(other, asked, { UDID: pad.udid, ...user("bea@acme.example") })).toBe(403);
    expect(await status(other, asked, user("bea@acme.example"))).toBe(404);
    const tokens = await Promise.all(
      [{}, user("bea@acme.example"), user("carl@acme.example")].map(async (ids) => {
        const { SyncTokens } = JSON.parse((await asks(house, pad, "tokens", { ids })).body);
        return SyncTokens.DeclarationsToken;
      }),
    );
    expect(new Set(tokens).size).toBe(3);

    const legacy = bea.declarations()[legacyIdentifier("reeve.profile.wrapped")]?.payload.ProfileURL;
    const path = String(legacy).slice("https://mdm.test".length);
    const channel = encodeURIComponent(`${pad.udid}:bea@acme.example`);
    expect(path).toContain(`?channel=${channel}`);
    expect(await fetches(house, pad, path)).toBe(200);
    expect(await fetches(house, other, path)).toBe(403);
    for (const wrong of [pad.udid, `${pad.udid}:carl@acme.example`, `${pad.udid}:nobody@acme.example`, ""])
      expect(await fetches(house, pad, path.replace(channel, encodeURIComponent(wrong)))).toBe(404);

    // A report about somebody else's declarations says nothing of them, and of one's own no more than it may.
    const before = await itemsOf(house, "PAD-1");
    const invalid = [hello, "reeve.profile.more:test", "reeve.profile.machine:test"].map((identifier) => {
      return { identifier, "server-token": "x", active: false, valid: "invalid" };
    });
    const gone = { identifier: "reeve.profile.machine:test", _removed: true };
    const report = (configurations: readonly object[]) =>
      Buffer.from(
        JSON.stringify({
          StatusItems: {
            management: { declarations: { configurations, activations: [], assets: [], management: [] } },
          },
        }),
      );
    for (const data of [report([...invalid.slice(0, 1), ...invalid.slice(2)]), report([gone])])
      await asks(house, pad, "status", { data, ids: user("carl@acme.example") });
    await asks(house, pad, "status", { data: report(invalid.slice(0, 2)) });
    expect(await itemsOf(house, "PAD-1")).toEqual(before);
    const { items } = await viewExplanation(house.looking, "PAD-1", "Profile/machine");
    expect(items).toMatchObject([{ state: "verified" }]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name what stops a device stops its users: a suspension, frozen removals, the kill switch",
  async (store) => {
    await using house = await install({
      stores: store,
      files: policySet(greeting("one"), more),
      devices: [mac],
    });
    await house.enroll();
    await house.settle();
    const device = house.device("MAC-1");
    const user = await device.login(alice);
    await house.settle();
    const ids = { UserID: alice.id };
    const items = async () => JSON.parse((await asks(house, device, "declaration-items", { ids })).body);
    const echoOf = () => user.declarations()[hello]?.payload.Echo;
    const before = await items();

    await suspend(house.looking, "device", "MAC-1", "in the workshop", by);
    house.commit(policySet(greeting("two")));
    await house.settle();
    expect(await items()).toEqual(before);
    await resume(house.looking, "device", "MAC-1", by);
    await suspend(house.looking, "removals", undefined, "case 4711", by);
    await house.settle();
    expect(echoOf()).toBe("two");
    expect(user.declarations()["reeve.profile.more:test"]).toMatchObject({ active: true });

    await halt(house.looking, "case 4712", by);
    expect((await asks(house, device, asked, { ids })).statusCode).toBe(503);
    expect((await asks(house, device, "declaration-items", { ids })).statusCode).toBe(503);
    await unhalt(house.looking, "over", by);
    await resume(house.looking, "removals", undefined, by);
    await house.settle();
    expect(user.declarations()["reeve.profile.more:test"]).toBeUndefined();
    expect(echoOf()).toBe("two");
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name an update for a user whose secret is missing takes nothing away from him",
  async (store) => {
    const secret = `apiVersion: reeve/v1
kind: Secret
metadata: {name: words}
spec: {provider: env, keys: {here: REEVE_SECRET_HERE, missing: REEVE_SECRET_MISSING}, allow: [Profile/hello]}
`;
    const set = (key: string, other: string) => ({
      ...policySet(greeting(`\${secret:words/${key}}`), ["other", forUsers(declared("other", echo(other)))]),
      "secret.yaml": secret,
    });
    await using house = await install({
      stores: store,
      files: set("here", "one"),
      environment: { REEVE_SECRET_HERE: "hello-there" },
      devices: [mac],
    });
    await house.enroll();
    const user = await house.device("MAC-1").login(alice);
    await house.settle();
    const echoes = () =>
      ["hello", "other"].map((name) => user.declarations()[`reeve.profile.${name}:test`]?.payload.Echo);
    expect(echoes()).toEqual(["hello-there", "one"]);

    house.commit(set("missing", "two"));
    await house.settle();
    expect(echoes()).toEqual(["hello-there", "two"]);
    expect((await itemsOf(house, "MAC-1"))[0]).toMatchObject([
      { key: "Profile/hello", state: "failed", detail: expect.stringContaining("REEVE_SECRET_MISSING") },
      { key: "Profile/other", state: "verified" },
    ]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name users of a device in quarantine are given nothing until a person releases it",
  async (store) => {
    await using house = await install({
      stores: store,
      files: policySet(greeting("one"), more),
      devices: [mac],
    });
    await house.enroll();
    await house.settle();
    const device = house.device("MAC-1");
    const backup = device.backup();
    await device.user.removeManagement({ force: true });
    await house.settle();
    await device.restore(backup);
    const user = await device.login(alice);
    await house.pass(hour, 600_000);
    expect(user.declarations()).toEqual({});
    expect(device.ledger.of("command").filter((one) => one.whose === "alice")).toEqual([]);

    await resume(house.looking, "device", "MAC-1", by);
    await house.settle();
    expect(user.declarations()[hello]).toMatchObject({ active: true });
    expect(house.fleet.violations()).toEqual([]);
  },
);
