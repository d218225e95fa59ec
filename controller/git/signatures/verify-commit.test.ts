import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseCommit } from "../../core/signing/commit-object.ts";
import type { Verdict } from "../../core/signing/judge-range.ts";
import { parseOpenpgpKey } from "../../core/signing/openpgp-key.ts";
import type { KeyTerm, Signer, SigningKey } from "../../core/signing/signers.ts";
import { parseSshKey } from "../../core/signing/ssh-key.ts";
import {
  armor,
  type Crooked,
  commitText,
  header,
  type SshKind,
  sshKinds,
  sshSigner,
} from "./test-signers.ts";
import { createCommitVerifier } from "./verify-commit.ts";

/** Commits that git, ssh-keygen and GnuPG made. */
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, "recorded-commits.json"), "utf8")) as {
  readonly keys: Readonly<Record<string, string>>;
  readonly openpgp: Readonly<Record<string, string>>;
  readonly commits: Readonly<Record<string, { readonly id: string; readonly object: string }>>;
};
const now = Date.parse("2026-11-27T12:00:00Z");
const day = 86_400_000;

function sshKey(line: string, term: KeyTerm = {}): SigningKey {
  const key = parseSshKey(line);
  if (!key.ok) throw new Error(key.why);
  return { kind: "ssh", key: key.value, ...term };
}

function openpgpKey(armored: string, term: KeyTerm = {}): SigningKey {
  const key = parseOpenpgpKey(armored);
  if (!key.ok) throw new Error(key.why);
  return { kind: "openpgp", key: key.value, ...term };
}

function person(name: string, ...keys: readonly SigningKey[]): Signer {
  return { name, emails: [`${name}@acme.example`], platform: false, keys };
}

const openpgp = {
  lea: recorded.openpgp.lea ?? "",
  bob: recorded.openpgp.bob ?? "",
};
const lea = person(
  "lea",
  ...Object.values(recorded.keys).map((line) => sshKey(line)),
  openpgpKey(openpgp.lea),
);
const bob = person("bob", openpgpKey(openpgp.bob));

async function verdict(
  object: string,
  signers: readonly Signer[] = [lea, bob],
  at = now,
  format: "sha1" | "sha256" = "sha1",
): Promise<string> {
  const commit = parseCommit(Buffer.from(object, "latin1"), format);
  return commit.ok
    ? told(await createCommitVerifier(signers)(commit.value, at))
    : `unreadable: ${commit.why}`;
}

function told(found: Verdict): string {
  return found.type === "refused" ? found.why : found.type === "signed" ? found.person : found.name;
}

const objectOf = (name: string): string => recorded.commits[name]?.object ?? "";

describe("what git made", () => {
  const makers: readonly (readonly [string, string])[] = [
    ...["ed25519", "p256", "p384", "p521", "rsa", "encoding", "mergetag"].map(
      (name) => [name, "lea"] as const,
    ),
    ["openpgpEd25519", "lea"],
    ["openpgpRsa", "bob"],
  ];
  test.each(makers)("%s is by %s", async (name, who) => {
    expect(await verdict(objectOf(name))).toBe(who);
  });

  test("of a repository of SHA-256 as well, and not the one for the other", async () => {
    expect(await verdict(objectOf("sha256"), [lea], now, "sha256")).toBe("lea");
    expect(await verdict(objectOf("sha256").replace(/[0-9a-f]{64}/, "a".repeat(40)), [lea])).toContain(
      '"gpgsig-sha256" belongs to another sort of repository',
    );
  });

  test("unsigned is nobody's, and a signature of a merged tag is none of the merge", async () => {
    expect(await verdict(objectOf("unsigned"))).toBe("it is not signed");
    const merge = objectOf("mergetag");
    const bare = merge.replace(/^gpgsig (.*\n)( .*\n)*/m, "");
    expect(bare).toContain("SSH SIGNATURE");
    expect(await verdict(bare)).toBe("it is not signed");
  });

  test.each(["p256", "rsa", "openpgpEd25519", "openpgpRsa"])(
    "%s changed in any part is nobody's",
    async (name) => {
      const object = objectOf(name);
      for (const changed of [
        object.replace(/^tree ..../, "tree 0000"),
        object.replace(/^parent ..../m, "parent 0000"),
        object.replace("author Lea", "author Leo"),
        object.replace(
          "committer Lea Roth <lea.roth@acme.example> 1795165200",
          "committer Lea Roth <lea.roth@acme.example> 1795165201",
        ),
        `${object} `,
        object.replace(/^gpgsig /m, "x-note added\ngpgsig "),
      ]) {
        expect(changed).not.toBe(object);
        expect(await verdict(changed)).toMatch(/not one over this commit|signature is not good/);
      }
    },
  );

  test("by somebody who is not declared is nobody's", async () => {
    expect(await verdict(objectOf("ed25519"), [bob])).toMatch(/^its key SHA256:\S{43} belongs to nobody/);
    expect(await verdict(objectOf("openpgpEd25519"), [bob])).toMatch(
      /^its key [0-9A-F]{16} belongs to nobody/,
    );
  });

  test("counts only while the key is good now, and at the time that the commit claims", async () => {
    const committed = Date.parse("2026-11-20T09:00:00Z");
    const cases: readonly (readonly [KeyTerm, string])[] = [
      [{ notBefore: committed, notAfter: now + 1 }, "lea"],
      [{ notAfter: now }, "lea signed it, but the key ended at 2026-11-27"],
      [{ notBefore: now + day }, "lea signed it, but the key begins at 2026-11-28"],
      [{ notBefore: committed + 1 }, "lea signed it, but the commit is dated 2026-11-20, before"],
      [{ revoked: "" }, "lea signed it, but the key is revoked"],
      [{ revoked: "laptop lost", notAfter: now + day }, "the key is revoked (laptop lost)"],
    ];
    for (const [term, says] of cases) {
      const signers = [
        person("lea", sshKey(recorded.keys.ed25519 ?? "", term), openpgpKey(openpgp.lea, term)),
      ];
      expect(await verdict(objectOf("ed25519"), signers)).toContain(says);
      expect(await verdict(objectOf("openpgpEd25519"), signers)).toContain(says);
    }
  });
});

describe("what nobody should make", () => {
  const alice = sshSigner("ssh-ed25519");
  const mallory = sshSigner("ssh-ed25519");
  const signers = [person("alice", sshKey(alice.line))];
  const crooked = (how: Crooked): Promise<string> => commitText({}, (payload) => alice.sign(payload, how));

  test.each(sshKinds)("%s is verified, with either hash", async (kind) => {
    const one = sshSigner(kind);
    for (const hash of ["sha256", "sha512"] as const) {
      const object = await commitText({}, (payload) => one.sign(payload, { hash }));
      expect(await verdict(object, [person("alice", sshKey(one.line))])).toBe("alice");
      const other = object.replace("A change", "Another");
      expect(await verdict(other, [person("alice", sshKey(one.line))])).toContain("not one over this commit");
    }
  });

  const tokens: readonly SshKind[] = ["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"];
  test.each(tokens)("%s without a touch does not count", async (kind) => {
    const one = sshSigner(kind);
    const object = await commitText({}, (payload) => one.sign(payload, { flags: 0 }));
    expect(await verdict(object, [person("alice", sshKey(one.line))])).toBe(
      "nobody touched the security key",
    );
  });

  test.each([
    [{ namespace: "file" }, 'made for "file", and not for Git'],
    [{ namespace: "" }, 'made for ""'],
    [{ namespace: "git\0" }, "a name in it is not one"],
    [{ reserved: "x" }, "its reserved field is not empty"],
    [{ version: 2 }, "its version is not 1"],
    [{ hashName: "sha1" }, "sha1 is not a hash for it"],
    [{ hash: "sha256", hashName: "sha512" }, "not one over this commit"],
    [{ scheme: "ssh-rsa" }, "its scheme is not its key's"],
    [{ scheme: "sk-ssh-ed25519@openssh.com" }, "its scheme is not its key's"],
    [{ after: Buffer.from("x") }, "something follows its end"],
    [{ publicKey: mallory.publicKey }, "belongs to nobody"],
  ] satisfies readonly (readonly [Crooked, string])[])("%j is refused", async (how, says) => {
    expect(await verdict(await crooked(how), signers)).toContain(says);
  });

  test("another's signature under a declared key's name is refused", async () => {
    const object = await commitText({}, (payload) => mallory.sign(payload, { publicKey: alice.publicKey }));
    expect(await verdict(object, signers)).toContain("not one over this commit");
  });

  test("a second signature of Ed25519 that is made out of the first one is refused", async () => {
    const order = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
    const object = await commitText({}, (payload) => {
      const blob = Buffer.from(alice.sign(payload).split("\n").slice(1, -1).join(""), "base64");
      const scalar = blob.subarray(-32);
      const moved = BigInt(`0x${Buffer.from(scalar).reverse().toString("hex")}`) + order;
      Buffer.from(moved.toString(16).padStart(64, "0"), "hex").reverse().copy(scalar);
      return armor(blob);
    });
    expect(await verdict(object, signers)).toContain("not one over this commit");
  });

  test("SHA-1 of RSA is refused", async () => {
    const rsa = sshSigner("ssh-rsa");
    const object = await commitText({}, (payload) => rsa.sign(payload, { scheme: "ssh-rsa" }));
    expect(await verdict(object, [person("alice", sshKey(rsa.line))])).toContain("SHA-1, which is too weak");
  });

  test("two signatures, headers twice or out of order, and text that looks like one are refused", async () => {
    const good = await commitText({}, (payload) => alice.sign(payload));
    expect(await verdict(good, signers)).toBe("alice");
    const signature = alice.sign("something else");
    const cases: readonly (readonly [string, string])[] = [
      [good.replace("gpgsig ", `${header("gpgsig", signature)}\ngpgsig `), "it has two signatures"],
      [good.replace("\n\n", `\n${header("gpgsig", signature)}\n\n`), "it has two signatures"],
      [good.replace("\n\n", `\ntree ${"0".repeat(40)}\n\n`), 'second header "tree"'],
      [good.replace("\n\n", `\nparent ${"0".repeat(40)}\n\n`), 'second header "parent"'],
      [good.replace("gpgsig ", "author Bob <b@acme.example> 1 +0000\ngpgsig "), 'second header "author"'],
      [good.replace("\n\n", "\nencoding x\nencoding y\n\n"), 'second header "encoding"'],
      [good.replace("gpgsig ", "gpgsig-sha256 "), "another sort of repository"],
      [good.replace("\nauthor", "\n author"), "unreadable"],
      [good.replace("gpgsig ", "no-value\ngpgsig "), "a line of its headers is none"],
      [good.replace("author Lea", "author Lea\0"), "zero byte"],
      [good.replace("\n\nA change\n", `\n\n${header("gpgsig", signature)}\n`), "not one over this commit"],
      [`${await commitText({ message: header("gpgsig", signature) })}`, "it is not signed"],
      [good.replace("SSH SIGNATURE-----\n", "SSH SIGNATURE-----\n \n"), "base64"],
      [good.replace(/^gpgsig (.*\n)( .*\n)*/m, "gpgsig hello\n"), "of no sort that is known"],
      [
        good.replace(/^gpgsig (.*\n)( .*\n)*/m, "gpgsig -----BEGIN SIGNED MESSAGE-----\n x\n"),
        "X.509 certificate, which is not supported",
      ],
      [good.replace(/^gpgsig (.*\n)( .*\n)*/m, "gpgsig -----BEGIN PGP MESSAGE-----\n x\n"), "not framed"],
      ["", "unreadable"],
      ["tree", "unreadable"],
    ];
    for (const [object, says] of cases) expect(await verdict(object, signers), object).toContain(says);
  });
});

describe("OpenPGP", () => {
  test("an expired key that signs a commit dated back, a weak hash and text signatures are refused", async () => {
    const pgp = await import("openpgp");
    const made = new Date("2026-01-01T00:00:00Z");
    const { privateKey, publicKey } = await pgp.generateKey({
      userIDs: [{ name: "Old", email: "old@acme.example" }],
      type: "ecc",
      curve: "ed25519Legacy",
      date: made,
      keyExpirationTime: 30 * 86_400,
      format: "object",
    });
    const signers = [person("old", openpgpKey(publicKey.armor()))];
    const signed = (date: Date, how: { text?: boolean; hash?: number } = {}) =>
      commitText({ at: date.getTime() / 1000 }, async (payload) => {
        const message =
          how.text === true
            ? await pgp.createMessage({ text: payload })
            : await pgp.createMessage({ binary: Buffer.from(payload) });
        return String(
          await pgp.sign({
            message,
            signingKeys: privateKey,
            detached: true,
            date,
            ...(how.hash === undefined
              ? {}
              : {
                  config: {
                    preferredHashAlgorithm: how.hash,
                    rejectHashAlgorithms: new Set<number>(),
                    rejectMessageHashAlgorithms: new Set<number>(),
                  },
                }),
          }),
        );
      });
    const inTime = new Date("2026-01-10T00:00:00Z");
    const good = await signed(inTime);
    expect(await verdict(good, signers, Date.parse("2026-01-11T00:00:00Z"))).toBe("old");
    expect(await verdict(good, signers, now)).toMatch(/signature is not good: .*expired/);
    expect(await verdict(good, signers, Date.parse("2026-01-09T00:00:00Z"))).toContain("is not good");
    expect(await verdict(await signed(inTime, { text: true }), signers, inTime.getTime())).toContain(
      "not one over plain bytes",
    );
  });

  test("two signatures in one, and one that is none, are refused", async () => {
    const object = objectOf("openpgpRsa");
    const armored = /gpgsig ((?:.*\n)(?: .*\n)*)/.exec(object)?.[1]?.replaceAll("\n ", "\n") ?? "";
    const pgp = await import("openpgp");
    const one = await pgp.readSignature({ armoredSignature: armored });
    one.packets.push(...one.packets);
    const twice = object.replace(/^gpgsig (.*\n)( .*\n)*/m, `${header("gpgsig", one.armor())}\n`);
    expect(await verdict(twice)).toContain("not one signature");
    const broken = object.replace(
      /^gpgsig (.*\n)( .*\n)*/m,
      "gpgsig -----BEGIN PGP SIGNATURE-----\n \n AAAA\n",
    );
    expect(await verdict(broken)).toContain("it cannot be read");
  });
});
