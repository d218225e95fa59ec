import { verify, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { tokenCertificate } from "../../loop/portal/server-secrets.ts";
import { readPlist, writePlist } from "../../simulator/plist.ts";
import { authenticate, identityFor, send, tokenUpdate } from "../hand-made.ts";
import { install, storesOfSuite } from "../installation.ts";
import { baseline, group } from "../manifests.ts";
import { enrollment, portalHouse } from "../portal.ts";

const stores = await storesOfSuite();
const ipad = { serial: "PAD-1", platform: "ipados", name: "PAD-1" } as const;
const files = {
  ...baseline,
  "groups.yaml": group("ipads", "match: {platform: ipados}"),
  "ade.yaml": enrollment("ipads", "platforms: [ipados]"),
};

test.each(stores)(
  "on $name a device is given the word of its server that it is managed, when an account signs in",
  async (store) => {
    await using portal = await portalHouse({ stores: store, files, devices: [ipad] });
    const { house, apple, authority } = portal;
    const device = house.device("PAD-1");
    apple.add("PAD-1");
    await portal.look();
    const identity = await authority.issue(device.udid);
    expect(await device.unbox({ url: apple.activationUrl, identity })).toEqual({ ok: true });
    await house.settle();
    const mdm = device
      .snapshot()
      .profiles["reeve.enrollment"]?.payloads.find((one) => one.PayloadType === "com.apple.mdm");
    expect(mdm?.ServerCapabilities).toContain("com.apple.mdm.token");

    const ask = (TokenServiceType: string) =>
      device.sendRaw({
        channel: "check-in",
        body: writePlist({ MessageType: "GetToken", UDID: device.udid, TokenServiceType }),
      });
    const reply = await ask("com.apple.maid");
    expect(reply.status).toBe(200);
    const { TokenData } = readPlist(reply.body) as { TokenData: Buffer };
    const [header = "", claims = "", signature = ""] = TokenData.toString("utf8").split(".");
    expect(decoded(header)).toEqual({ alg: "RS256", typ: "JWT" });
    expect(decoded(claims)).toEqual({
      iss: "677cab70-fe18",
      iat: Math.floor(house.world.now() / 1_000),
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      service_type: "com.apple.maid",
    });
    const ports = { store: house.store, clock: house.world.now };
    const { publicKey } = new X509Certificate(await tokenCertificate(ports, "business", "test"));
    const signed = Buffer.from(`${header}.${claims}`);
    expect(verify("sha256", signed, publicKey, Buffer.from(signature, "base64url"))).toBe(true);
    expect((await ask("com.apple.watch.pairing")).status).toBe(400);

    // Who is only asked questions is nobody's device yet.
    const stranger = await identityFor(house);
    expect(await authenticate(house, stranger, "UDID-1", "PAD-1")).toBe(200);
    expect(await tokenUpdate(house, stranger, "UDID-1")).toBe(200);
    const maid = { MessageType: "GetToken", UDID: "UDID-1", TokenServiceType: "com.apple.maid" };
    expect((await send(house, stranger, "checkin", maid)).status).toBe(400);
  },
);

test("without a server of a portal no device is told to ask", async () => {
  const [store] = stores;
  if (store === undefined) throw new Error("no store");
  await using house = await install({ stores: store, files: baseline, devices: [ipad] });
  await house.enroll();
  const payloads = house.device("PAD-1").snapshot().profiles["reeve.enrollment"]?.payloads;
  expect(JSON.stringify(payloads)).not.toContain("com.apple.mdm.token");
});

function decoded(part: string): unknown {
  return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
}
