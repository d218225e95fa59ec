import { expect, test } from "vitest";
import { androidEffects, appleEffects, mergeEffects, profileEffects } from "./effects.ts";
import { type GrantedItem, isAndroid, isLeftAlone } from "./granted.ts";
import { grantedOf } from "./test-situation.ts";

const payload = (type: string, more: object = {}) => ({ type, content: { ...more } });
const wifi = payload("com.apple.wifi.managed", { SSID_STR: "Corp" });
const ethernet = payload("com.apple.firstactiveethernet.managed");
const sim = payload("com.apple.cellular");
const root = payload("com.apple.security.root");
const lock = payload("com.apple.app.lock");
const camera = payload("com.apple.applicationaccess");

test("a payload disrupts, is a way into the network, or is trusted, by its type alone", () => {
  expect(appleEffects([camera, payload("constructor")])).toStrictEqual({});
  expect(appleEffects([camera, lock])).toStrictEqual({
    disrupts: "the device goes into one app, or out of it",
  });
  expect(appleEffects([wifi])).toStrictEqual({ network: { over: "local", digest: expect.any(String) } });
  expect(appleEffects([sim])).toStrictEqual({ network: { over: "cellular", digest: expect.any(String) } });
  expect(appleEffects([root])).toStrictEqual({ trust: expect.any(String) });
  // Where both are in one profile what is near counts: a SIM does not save it.
  expect(appleEffects([sim, wifi])).toEqual(appleEffects([wifi]));
  const types = ["wifi", "wifi.managed.x", "ethernet.managed", "security.pkcs12"].map(
    (one) => `com.apple.${one}`,
  );
  expect(appleEffects(types.map((type) => payload(type)))).toStrictEqual({});
});

test("another content of the part that connects or is trusted is told apart, and no other", () => {
  const link = (...contents: readonly (typeof wifi)[]) => appleEffects(contents).network?.digest;
  const other = payload("com.apple.wifi.managed", { SSID_STR: "Corp2" });
  expect(link(wifi, camera)).toBe(link(wifi));
  expect(link(other)).not.toBe(link(wifi));
  expect(link(wifi, ethernet)).not.toBe(link(wifi));
  expect(appleEffects([wifi], ["s2"]).network).not.toEqual(appleEffects([wifi], ["s1"]).network);
  expect(appleEffects([root], ["s2"]).trust).not.toBe(appleEffects([root], ["s1"]).trust);
  const pem = payload("com.apple.security.pem");
  expect(appleEffects([root, pem]).trust).not.toBe(appleEffects([root]).trust);
});

test("a file that nobody can read may touch everything; of one whose payloads cannot be read the types tell", () => {
  const network = { over: "local", digest: "U", maybe: true };
  const all = { disrupts: "nobody knows what is in it", network, trust: "U" };
  expect(profileEffects({ types: [], payloads: [] }, "U", [])).toStrictEqual({ effects: all });
  expect(profileEffects({ types: [camera.type], payloads: [camera] }, "U", [])).toStrictEqual({});
  const known = profileEffects({ types: [wifi.type], payloads: [wifi] }, "U", ["s"]);
  expect(known).toEqual({ effects: appleEffects([wifi], ["s"]) });
  const sealed = (uuid: string) => profileEffects({ types: [wifi.type, lock.type], payloads: [] }, uuid, []);
  expect(sealed("U").effects).toMatchObject({ disrupts: expect.any(String), network: { over: "local" } });
  expect(sealed("U")).not.toEqual(sealed("V"));
});

test("a fragment of an Android policy touches what its settings say; certificates alone connect nothing", () => {
  const touches = (policy: object, more: { arms?: boolean; mark?: string } = {}) =>
    androidEffects(policy as Readonly<Record<string, unknown>>, { arms: false, ...more });
  expect(touches({ cameraAccess: "CAMERA_ACCESS_DISABLED" })).toStrictEqual({});
  expect(touches({ alwaysOnVpnPackage: {}, systemUpdate: {} })).toStrictEqual({
    disrupts: "the device may restart for an update of its system",
  });
  expect(touches({}, { arms: true })).toStrictEqual({ arms: true });
  const networks = { NetworkConfigurations: [{ GUID: "a" }] };
  const certificates = { Certificates: [{ GUID: "c" }] };
  const onc = (value: object, mark?: string) =>
    touches({ openNetworkConfiguration: value }, mark === undefined ? {} : { mark });
  expect(onc(networks)).toStrictEqual({
    network: { over: "local", digest: expect.any(String), guids: ["a"] },
  });
  const nameless = { NetworkConfigurations: [null, { GUID: 1 }] };
  expect(onc(nameless)).toStrictEqual({ network: { over: "local", digest: expect.any(String) } });
  expect(onc({ NetworkConfigurations: "?" }).network).not.toHaveProperty("guids");
  expect(onc(certificates)).toStrictEqual({ trust: expect.any(String) });
  expect(Object.keys(onc({ ...networks, ...certificates }))).toEqual(["network", "trust"]);
  // A list without networks connects no device, and what is no list may.
  const empty = { Type: "UnencryptedConfiguration", NetworkConfigurations: [] };
  for (const none of [{}, { Type: "UnencryptedConfiguration" }, empty]) expect(onc(none)).toStrictEqual({});
  expect(onc({ ...empty, ...certificates })).toStrictEqual({ trust: expect.any(String) });
  const maybe = { network: { over: "local", digest: expect.any(String), maybe: true } };
  expect(onc({ NetworkConfigurations: "a" })).toStrictEqual(maybe);
  expect(touches({ openNetworkConfiguration: "a" })).toStrictEqual(maybe);
  expect(onc(networks, "m").network).not.toEqual(onc(networks).network);
  expect(onc(certificates, "m").trust).not.toBe(onc(certificates).trust);
  expect(onc({ NetworkConfigurations: [{ GUID: "b" }] }).network?.digest).not.toBe(
    onc(networks).network?.digest,
  );
  expect(onc({ Certificates: [{ GUID: "d" }] }).trust).not.toBe(onc(certificates).trust);
});

test("what two parts of an item touch is touched by it: the first is told, and each change of either is one", () => {
  const near = (digest: string) => ({ network: { over: "local" as const, digest } });
  expect([mergeEffects(), mergeEffects(undefined, {})]).toEqual([undefined, undefined]);
  expect(mergeEffects({ disrupts: "one" }, undefined, { disrupts: "two", arms: true })).toStrictEqual({
    disrupts: "one",
    arms: true,
  });
  expect(mergeEffects(near("a"))).toStrictEqual(near("a"));
  expect(mergeEffects({ trust: "a" }, near("b"))).toStrictEqual({ trust: "a", ...near("b") });
  const far = { network: { over: "cellular" as const, digest: "b" } };
  const both = mergeEffects(near("a"), far);
  expect(both?.network?.over).toBe("local");
  expect(both?.network?.digest).not.toBe("a");
  expect(mergeEffects(near("a"), near("c"))).not.toEqual(mergeEffects(near("a"), near("b")));
  const trusts = mergeEffects({ trust: "a" }, { trust: "b" })?.trust;
  expect(["a", "b"]).not.toContain(trusts);
  expect(mergeEffects({ trust: "a" }, { trust: "c" })?.trust).not.toBe(trusts);
});

test("what an item is on, and whether it stays as it is although it is not granted", () => {
  const kinds: readonly GrantedItem["kind"][] = [
    "Profile",
    "App",
    "Book",
    "Declarations",
    "AndroidFragment",
    "AndroidApp",
  ];
  expect(kinds.filter(isAndroid)).toEqual(["AndroidFragment", "AndroidApp"]);
  const granted = grantedOf([], {
    conflicts: ["Profile/quarrel"],
    unsupported: [
      { key: "Profile/ignored", reason: "r" },
      { key: "Profile/stays", reason: "r", stays: true },
    ],
  });
  const keys = ["Profile/quarrel", "Profile/ignored", "Profile/stays", "Profile/other"];
  expect(keys.filter((key) => isLeftAlone(granted, key))).toEqual(["Profile/quarrel", "Profile/stays"]);
});
