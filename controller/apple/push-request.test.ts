import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createAuthority, createLeaf, readAuthority } from "./identity.ts";
import { createPushRequest, signPushRequest } from "./push-request.ts";
import { readPlist } from "./wire/read-plist.ts";

const now = Date.now();

async function vendorOf(organization: string) {
  const root = await createAuthority({ organization, now, bits: 2048 });
  const leaf = await createLeaf(readAuthority(root), { commonName: "MDM vendor", usage: "signer", now });
  return { certificatePem: leaf.certificatePem, keyPem: leaf.keyPem, chainPem: root.certificatePem };
}

test("openssl takes the request, and the vendor's signature over it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "reeve-csr-"));
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): string =>
    execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  try {
    const [{ requestPem, keyPem }, vendor] = [await createPushRequest("Acme MDM"), await vendorOf("Root")];
    await writeFile(file("push.csr"), requestPem);
    await writeFile(file("push.key"), keyPem);
    expect(openssl("req", "-in", file("push.csr"), "-noout", "-subject", "-verify")).toContain("Acme MDM");
    const modulus = openssl("rsa", "-in", file("push.key"), "-noout", "-modulus");
    expect(openssl("req", "-in", file("push.csr"), "-noout", "-modulus")).toBe(modulus);

    const list = readPlist(Buffer.from(signPushRequest(requestPem, vendor), "base64")) as Record<
      string,
      string
    >;
    expect(Object.keys(list).toSorted()).toEqual([
      "PushCertCertificateChain",
      "PushCertRequestCSR",
      "PushCertSignature",
    ]);
    expect(list.PushCertCertificateChain?.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    await writeFile(file("vendor.pem"), vendor.certificatePem);
    await writeFile(file("vendor.pub"), openssl("x509", "-in", file("vendor.pem"), "-pubkey", "-noout"));
    await writeFile(file("request.der"), Buffer.from(list.PushCertRequestCSR ?? "", "base64"));
    await writeFile(file("signature"), Buffer.from(list.PushCertSignature ?? "", "base64"));
    const about = ["-sha256", "-verify", file("vendor.pub"), "-signature", file("signature")];
    expect(openssl("dgst", ...about, file("request.der"))).toContain("Verified OK");
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("what does not belong together is refused before Apple would", async () => {
  const [{ requestPem, keyPem }, vendor, other] = [
    await createPushRequest("Acme"),
    await vendorOf("Root"),
    await vendorOf("Other root"),
  ];
  const signWith = (change: Partial<typeof vendor>) => () =>
    signPushRequest(requestPem, { ...vendor, ...change });
  expect(signWith({ keyPem })).toThrow("the vendor's certificate and key do not match");
  expect(signWith({ chainPem: other.chainPem })).toThrow("the chain ends before its root");
  expect(signWith({ certificatePem: "x" })).toThrow("not a certificate in PEM form");
  expect(() => signPushRequest(keyPem, vendor)).toThrow("not a certificate request in PEM form");
});
