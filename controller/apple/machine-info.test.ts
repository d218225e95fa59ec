import { X509Certificate } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { ecKey, type Identity, makeOdd, noon, rsaKey } from "./fixture.ts";
import { readMachineInfo } from "./machine-info.ts";
import { readCertificate } from "./wire/certificate.ts";
import { signContent } from "./wire/cms-write.ts";
import { writePlist } from "./wire/write-plist.ts";

const day = 86_400_000;
const about = { SERIAL: "DMPXK2ABQ1", UDID: "U-1", PRODUCT: "iPad14,8", OS_VERSION: "18.1" };
const past = { notBefore: noon - 4_000 * day, notAfter: noon - 3_000 * day };

let root: Identity;
let lower: Identity;
let device: Identity;

beforeAll(async () => {
  const key = rsaKey();
  root = await makeOdd(key, { name: undefined, key: key.privateKey }, { usage: "authority", ...past });
  lower = await issuedBy(root, "authority");
  device = await issuedBy(lower, "client");
});

function issuedBy(issuer: Identity, usage: "authority" | "client", key = ecKey()): Promise<Identity> {
  const subject = [["2.5.4.3", `${usage} below`]] as const;
  const by = { name: readCertificate(issuer.der).subject, key: issuer.privateKey };
  return makeOdd(key, by, { usage, subject, ...past });
}

async function read(signer: Identity, chain: readonly Identity[], content = writePlist(about)) {
  const who = { certificate: signer.der, chain: chain.map((one) => one.der), key: signer.privateKey };
  return readMachineInfo(await signContent(content, who, { now: noon }), [new X509Certificate(root.der)]);
}

test("what Apple's authority vouches for is read, though its certificates have ended long ago", async () => {
  expect(await read(device, [lower])).toMatchObject({
    type: "machine",
    machine: { serial: "DMPXK2ABQ1", udid: "U-1", platform: "ipados", osVersion: "18.1", canUpdate: false },
  });
});

test("a device makes no further devices, and no chain leads around its authority", async () => {
  const child = await issuedBy(device, "client");
  const key = rsaKey();
  const other = await makeOdd(key, { name: undefined, key: key.privateKey }, { usage: "authority" });
  const foreign = await issuedBy(other, "client");
  let deep = lower;
  const chain = [lower];
  for (let level = 0; level < 6; level++) {
    deep = await issuedBy(deep, "authority");
    chain.unshift(deep);
  }
  for (const [name, answer] of [
    ["signed by a device", await read(child, [device, lower])],
    ["another authority", await read(foreign, [other])],
    ["the chain is missing", await read(device, [])],
    ["too long a chain", await read(await issuedBy(deep, "client"), chain)],
  ] as const)
    expect(answer, name).toEqual({ type: "refused", reason: "not-made-by-apple" });
});

test("what was changed after it was signed, and what is no MachineInfo, is refused", async () => {
  const who = { certificate: device.der, chain: [lower.der], key: device.privateKey };
  const signed = await signContent(writePlist(about), who, { now: noon });
  const changed = Buffer.from(signed.toString("latin1").replace("DMPXK2ABQ1", "DMPXK2ABQ2"), "latin1");
  const authorities = [new X509Certificate(root.der)];
  expect(readMachineInfo(changed, authorities)).toEqual({ type: "refused", reason: "wrong-signature" });

  for (const content of [
    Buffer.from("hello"),
    writePlist([]),
    writePlist({ ...about, SERIAL: "x'; drop table reeve.device; --" }),
    writePlist({ ...about, UDID: "U".repeat(65) }),
    writePlist({ SERIAL: "A", UDID: "U" }),
  ])
    expect(await read(device, [lower], content)).toEqual({ type: "refused", reason: "malformed" });
  for (let at = 0; at < signed.length; at += 11)
    expect(readMachineInfo(signed.subarray(0, at), authorities).type).toBe("refused");
  expect(readMachineInfo(Buffer.from("SERIAL=A"), authorities)).toMatchObject({ reason: "malformed" });
});
