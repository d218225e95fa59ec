import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createAuthority, createLeaf, readAuthority } from "../apple/identity.ts";
import { signContent } from "../apple/wire/cms-write.ts";
import { openSigned } from "../simulator/cms.ts";
import { configuredSigner, signerWarnings } from "./profile-signer.ts";

const day = 86_400_000;
const now = Date.now();
const authorityPem = await createAuthority({ organization: "Acme", now, bits: 2048 });
const authority = readAuthority(authorityPem);
const leaf = await createLeaf(authority, { commonName: "profiles", usage: "signer", now, days: 90 });
const folder = mkdtempSync(join(tmpdir(), "reeve-signer-"));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const chained = file("chained.pem", `${leaf.certificatePem}\n${authorityPem.certificatePem}`);
const key = file("key.pem", leaf.keyPem);

test("the certificates after the first of the file go along, each once, for the device to find the root", async () => {
  const signer = configuredSigner(chained, key, file("chain.pem", authorityPem.certificatePem));
  const signed = await signContent(Buffer.from("profile"), signer, { now });

  expect(openSigned(signed).certificates.map((one) => one.subject.split("\n").at(-1))).toHaveLength(2);
  expect(signer.chain).toEqual([authority.certificate.raw]);
});

test("a key that is not that of the first certificate is told by the names of both files", () => {
  const reversed = file("reversed.pem", `${authorityPem.certificatePem}\n${leaf.certificatePem}`);

  expect(() => configuredSigner(reversed, key)).toThrow(
    expect.objectContaining({ code: "signing-key", message: expect.stringContaining("reversed.pem") }),
  );
  expect(() => configuredSigner(chained, file("no.pem", "nothing"))).toThrow(
    expect.objectContaining({ code: "signing-key" }),
  );
});

test("the end of the certificate is warned of a month ahead, and told when it has passed", () => {
  const signer = configuredSigner(chained, key);

  expect(signerWarnings(signer, now)).toEqual([]);
  expect(signerWarnings(signer, now + 70 * day)[0]?.message).toMatch(/expires in (19|20) days/);
  expect(signerWarnings(signer, now + 100 * day)[0]?.message).toMatch(/expired \d+ days ago/);
});
