import { expect, test } from "vitest";
import { readPlist } from "../../simulator/plist.ts";
import { listEvents } from "../../store/events.ts";
import { authenticate, identityFor, say, send, tokenUpdate } from "../hand-made.ts";
import { install, storesOfSuite, testTopic } from "../installation.ts";
import { baseline } from "../manifests.ts";

const stores = await storesOfSuite();
const UDID = "MAC-UDID-1";

test.each(stores)(
  "on $name a Mac's bootstrap token is its own, and reading it leaves a trace",
  async (store) => {
    await using house = await install({ stores: store, files: baseline, devices: [] });
    const mac = await identityFor(house);
    expect(await authenticate(house, mac, UDID)).toBe(200);
    expect(await tokenUpdate(house, mac, UDID)).toBe(200);
    const other = await identityFor(house);
    expect(await authenticate(house, other, "MAC-UDID-2")).toBe(200);
    const ask = () => send(house, mac, "checkin", { MessageType: "GetBootstrapToken", UDID });
    const reads = async () =>
      (await listEvents(house.store, { limit: 100 })).filter((one) => one.type === "secret.read");

    expect((await ask()).body).toHaveLength(0);
    const token = Buffer.from("a bootstrap token");
    expect(await say(house, mac, { MessageType: "SetBootstrapToken", UDID, BootstrapToken: token })).toBe(
      200,
    );
    expect(await reads()).toEqual([]);
    expect(readPlist((await ask()).body)).toEqual({ BootstrapToken: token });
    expect(await reads()).toMatchObject([{ subject: "bootstrap-token", message: "by the device itself" }]);
    await Promise.all([ask(), ask(), ask()]);
    expect(await reads()).toHaveLength(1);
    expect(await say(house, other, { MessageType: "GetBootstrapToken", UDID })).toBe(403);
    expect(await reads()).toHaveLength(1);
    await house.pass(2 * 3_600_000, 3_600_000);
    await ask();
    expect(await reads()).toHaveLength(2);

    expect(await say(house, mac, { MessageType: "SetBootstrapToken", UDID })).toBe(200);
    expect((await ask()).body).toHaveLength(0);
    const service = { MessageType: "GetToken", UDID, TokenServiceType: "com.example.unknown" };
    expect(await say(house, mac, service)).toBe(400);

    await say(house, mac, { MessageType: "SetBootstrapToken", UDID, BootstrapToken: token });
    expect(await say(house, mac, { MessageType: "CheckOut", Topic: testTopic, UDID })).toBe(200);
    expect((await ask()).body).toHaveLength(0);
  },
);
