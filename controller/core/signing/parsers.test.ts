import fc from "fast-check";
import { expect, test } from "vitest";
import { armor, commitText, header, sshKinds, sshSigner } from "../../git/signatures/test-signers.ts";
import { parseCommit } from "./commit-object.ts";
import { parseOpenpgpKey } from "./openpgp-key.ts";
import { parseSshKey } from "./ssh-key.ts";
import { parseSshSignature } from "./ssh-signature.ts";

const signers = sshKinds.map((kind) => sshSigner(kind));

test("a signature of SSH that is cut, lengthened or changed in a byte is read as another or not at all", () => {
  const blobs = signers.map(({ sign }) => Buffer.from(sign("x").split("\n").slice(1, -1).join(""), "base64"));
  fc.assert(
    fc.property(
      fc.constantFrom(...blobs),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (blob, where, change) => {
        const at = where % blob.length;
        expect(parseSshSignature(armor(blob.subarray(0, at))).ok).toBe(false);
        expect(parseSshSignature(armor(Buffer.concat([blob, Buffer.from([change])]))).ok).toBe(false);
        const changed = Buffer.from(blob);
        changed[at] = (changed[at] ?? 0) ^ change;
        const [before, after] = [parseSshSignature(armor(blob)), parseSshSignature(armor(changed))];
        if (after.ok) expect(after.value).not.toEqual(before.ok ? before.value : undefined);
      },
    ),
  );
});

test("whatever text there is, the parsers answer", () => {
  const framed = fc
    .string({ unit: "binary", maxLength: 400 })
    .map((text) => armor(Buffer.from(`SSHSIG${text}`, "latin1")));
  const pgp = fc
    .uint8Array({ maxLength: 200 })
    .map(
      (bytes) =>
        `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${Buffer.from(bytes).toString("base64")}\n-----END PGP PUBLIC KEY BLOCK-----`,
    );
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), framed, pgp), fc.uint8Array(), (text, bytes) => {
      for (const parse of [parseSshKey, parseSshSignature, parseOpenpgpKey])
        expect(typeof parse(text).ok).toBe("boolean");
      expect(parseCommit(bytes, "sha1").ok).toBe(false);
    }),
  );
});

test("a commit is taken apart so that its parts make it again, and no header is lost", async () => {
  const name = fc.stringMatching(/^[^<>\n\0]{0,20}$/).map((text) => text.trim());
  const extra = fc.constantFrom("", header("x-note", "one\ntwo\n\nthree"), "encoding UTF-8");
  await fc.assert(
    fc.asyncProperty(name, fc.string({ maxLength: 60 }), extra, async (author, message, more) => {
      const plain = await commitText({ author: `${author} <a@acme.example>`, message });
      const object = more === "" ? plain : plain.replace("\n\n", () => `\n${more}\n\n`);
      const signed = object.replace(
        "\n\n",
        () => `\n${header("gpgsig", "-----BEGIN X\n\nyz\n-----END X")}\n\n`,
      );
      const parsed = parseCommit(Buffer.from(signed), "sha1");
      if (!parsed.ok) return expect.unreachable(`${parsed.why}: ${signed}`);
      expect(Buffer.from(parsed.value.payload).toString()).toBe(object);
      expect(parsed.value.signature).toBe("-----BEGIN X\n\nyz\n-----END X");
      expect(parsed.value.author).toMatchObject({ name: author, email: "a@acme.example" });
    }),
  );
});

test("keys that are weak, private or of no known sort are refused, and say so", () => {
  const weak = sshSigner("ssh-rsa", 1024).line;
  const cases: readonly (readonly [string, string])[] = [
    [weak, "an RSA key has 2048 to 16384 bits, and this one 1024"],
    ["ssh-dss AAAAB3NzaC1kc3M=", "DSA is too weak"],
    ["ssh-ed25519-cert-v01@openssh.com AAAA", "certificates of SSH are not supported"],
    ["-----BEGIN OPENSSH PRIVATE KEY-----\nx", "this is a private key"],
    ["ssh-ed25519", "it ends too early"],
    ["ssh-ed25519 !!!!", "base64"],
    [(signers[0]?.line ?? "").replace("ssh-ed25519 ", "ssh-rsa "), "it says that it is ssh-rsa"],
    ['from="10.0.0.1" ssh-ed25519 AAAA', "expected a public key of SSH"],
    [`${signers[0]?.line}\n${signers[1]?.line}`, "expected one public key on one line"],
  ];
  for (const [line, says] of cases) {
    const read = parseSshKey(line);
    expect(read.ok ? "read" : read.why, line).toContain(says);
  }
  for (const { line } of signers) expect(parseSshKey(line).ok).toBe(true);
});
