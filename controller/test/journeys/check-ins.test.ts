import { expect, test } from "vitest";
import { viewDevices } from "../../loop/view-devices.ts";
import { authenticate, commandsTo, identityFor, say, send, tokenUpdate } from "../hand-made.ts";
import { install, storesOfSuite, testTopic } from "../installation.ts";
import { baseline } from "../manifests.ts";

const stores = await storesOfSuite();
/** As iPhones wrote them until 2018, as they do since, and as Macs do; case is as sent. */
const udids = [
  "2b6f0cc904d137be2e1730235f5664094b831186",
  "00008101-000A11223344001E",
  "564D8B2F-2A4E-4B1C-9F5E-0C1D2E3F4A5B",
  "564d8b2f-2a4e-4b1c-9f5e-0c1d2e3f4a5b",
];

test.each(stores.slice(-1))("on $name a UDID is a device, in whatever form it comes", async (store) => {
  await using house = await install({ stores: store, files: baseline, devices: [] });
  await house.settle();
  for (const udid of udids) {
    const who = await identityFor(house);
    expect(await authenticate(house, who, udid, `S${udids.indexOf(udid)}`), udid).toBe(200);
    expect(await tokenUpdate(house, who, udid)).toBe(200);
    await house.settle();
    expect(await commandsTo(house, who, udid), udid).toContain("InstallProfile");
  }
  const { devices } = await viewDevices(house.looking, { limit: 10 }, {});
  expect(devices.map((one) => one.udid).toSorted()).toEqual(udids.toSorted());
});

test("what is not offered is declined in Apple's words, and what is new is taken note of", async () => {
  const [store] = stores;
  if (store === undefined) throw new Error("no store");
  await using house = await install({ lies: true, stores: store, files: baseline, devices: [] });
  const who = await identityFor(house);
  const UDID = udids[2] ?? "";
  expect(await authenticate(house, who, UDID)).toBe(200);
  expect(await tokenUpdate(house, who, UDID)).toBe(200);
  const user = { UserID: "A1B2C3D4-0000-4000-8000-000000000001", UserShortName: "ann" };
  const token = { Token: Buffer.alloc(32, 8), PushMagic: "other" };
  for (const [message, status] of [
    [{ MessageType: "UserAuthenticate", ...user }, 410],
    [{ MessageType: "GetToken", TokenServiceType: "com.apple.maid" }, 400],
    [{ MessageType: "GetToken", TokenServiceType: "com.example.new" }, 400],
    [{ MessageType: "SomethingNew" }, 200],
    [{ MessageType: "TokenUpdate", Topic: "com.apple.mgmt.External.other", ...token }, 400],
    [{ MessageType: "TokenUpdate", Topic: testTopic, ...token }, 200],
    [{ MessageType: "GetBootstrapToken" }, 200],
  ] as const) {
    const reply = await send(house, who, "checkin", { UDID, ...message });
    expect([reply.status, reply.body.length], message.MessageType).toEqual([status, 0]);
  }
  expect(await say(house, who, { MessageType: "CheckOut", Topic: testTopic, UDID })).toBe(200);
});
