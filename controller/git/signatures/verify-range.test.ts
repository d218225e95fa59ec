import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isVerified, refusedBy } from "../../core/signing/signatures.ts";
import type { Signer } from "../../core/signing/signers.ts";
import { parseSshKey } from "../../core/signing/ssh-key.ts";
import {
  type BareRepository,
  makeBareRepository,
  type ServedRepository,
  serveRepository,
} from "../remote-fixture.ts";
import { openRepository } from "../repository.ts";
import { sshSigner } from "./test-signers.ts";

const now = Date.parse("2026-11-27T12:00:00Z");
const keys = {
  lea: sshSigner("ssh-ed25519"),
  bob: sshSigner("ecdsa-sha2-nistp256"),
  forge: sshSigner("ssh-ed25519"),
};
const signers = Object.entries(keys).map(([name, { line }]): Signer => {
  const key = parseSshKey(line);
  if (!key.ok) throw new Error(key.why);
  const term = name === "bob" ? { notAfter: now + 1_000 } : {};
  return {
    name,
    emails: [`${name}@acme.example`],
    platform: name === "forge",
    keys: [{ kind: "ssh", key: key.value, ...term }],
  };
});

let repository: BareRepository;
let served: ServedRepository;
let folder: string;
beforeEach(async () => {
  repository = makeBareRepository();
  served = await serveRepository(repository);
  folder = mkdtempSync(join(tmpdir(), "reeve-signed-"));
});
afterEach(async () => {
  await served.close();
  repository[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const files = (content: string) => ({ "policy.yaml": content });
const by = (name: keyof typeof keys) => ({
  sign: keys[name].sign,
  author: name,
  email: `${name}@acme.example`,
});

/** What a source over real HTTP says of the newest commit. */
async function signaturesSince(previous?: string, signedFrom?: string, commit?: string) {
  const signing = { signers, clock: () => now, ...(signedFrom === undefined ? {} : { signedFrom }) };
  const pin = commit === undefined ? {} : { commit };
  const source = openRepository({ url: served.url, folder, intervalMs: 60_000, signing, ...pin });
  try {
    const snapshot = await source.poll(previous);
    const found = await snapshot.signatures?.();
    if (found === undefined) throw new Error("no signatures were looked at");
    const { revision } = snapshot;
    const refused = refusedBy("every", found, revision).map((one) => `${one.commit} ${one.by}: ${one.why}`);
    return {
      ...found,
      revision,
      every: refused,
      head: refusedBy("head", found, revision).length,
      verified: isVerified(found),
    };
  } finally {
    await source.close();
  }
}

test("every commit since the revision in force counts, along every parent of a merge", async () => {
  const first = repository.commit(files("1"), { author: "Mallory" });
  const second = repository.commit(files("2"), by("lea"));
  expect(await signaturesSince(first)).toMatchObject({
    verified: true,
    author: "lea",
    every: [],
    head: 0,
    identities: ["lea", "lea@acme.example"],
  });
  expect((await signaturesSince()).every).toEqual([`${first} Mallory: it is not signed`]);

  const smuggled = repository.commit(files("x"), { branch: "topic", parent: second, author: "Mallory" });
  const innocent = repository.commit(files("2"), { branch: "topic", ...by("bob") });
  repository.commit(files("2"), { parents: [second, innocent], ...by("lea") });
  const merged = await signaturesSince(second);
  expect(merged.every).toEqual([`${smuggled} Mallory: it is not signed`]);
  expect(merged).toMatchObject({ head: 0, verified: false, author: "lea", signers: ["bob", "lea"] });
  expect(merged.claims).toContain("Mallory");

  const next = repository.commit(files("3"), by("bob"));
  const after = await signaturesSince(merged.revision);
  expect(after).toMatchObject({ verified: true, every: [], revision: next });
});

test("a forge's merge of a branch that is up to date counts for its signer, and one that changes something does not", async () => {
  const first = repository.commit(files("1"), by("lea"));
  const topic = repository.commit(files("2"), { branch: "topic", parent: first, ...by("lea") });
  const merge = { parents: [first, topic], sign: keys.forge.sign, author: "bob" };
  repository.commit(files("2"), merge);
  expect(await signaturesSince(first)).toMatchObject({ verified: true, author: "lea", signers: ["lea"] });
  expect((await signaturesSince(first)).claims).not.toContain("bob");
  repository.commit(files("edited on a page"), merge);
  expect(await signaturesSince(first)).toMatchObject({ verified: false, head: 1 });
});

test("a history that does not go on is refused, unless the configuration names where it begins anew", async () => {
  const old = repository.commit(files("1"), by("lea"));
  const inForce = repository.commit(files("2"), by("lea"));
  await signaturesSince(old);
  repository.git(["update-ref", "refs/heads/main", old]);
  const rewound = await signaturesSince(inForce);
  expect(rewound).toMatchObject({ problem: "rewritten", head: 1, verified: false });
  // An older commit of the same history, named when signing began, is no consent to go back to it or past it.
  const other = repository.commit(files("3"), by("lea"));
  expect(await signaturesSince(inForce, old)).toMatchObject({ problem: "rewritten", verified: false });
  expect(await signaturesSince(inForce, other)).toMatchObject({
    every: [],
    head: 0,
    isAnchor: true,
    verified: false,
  });
  repository.commit(files("4"), by("lea"));
  expect(await signaturesSince(inForce, other)).toMatchObject({
    every: [],
    head: 0,
    verified: false,
    isCut: true,
  });
});

test("where signing began is no way back: whoever pushes needs a key for it, also when what was in force is gone", async () => {
  const began = repository.commit(files("1"));
  const withdrawn = repository.commit(files("2"), by("lea"));
  const inForce = repository.commit(files("3"), by("lea"));
  await signaturesSince();
  const refused = {
    problem: "rewritten",
    every: expect.arrayContaining([expect.stringContaining("does not descend from the revision in force")]),
    verified: false,
  };
  for (const older of [began, withdrawn]) {
    repository.git(["update-ref", "refs/heads/main", older]);
    const rewound = await signaturesSince(inForce, began);
    expect(rewound).toMatchObject(refused);
    expect(rewound.head).toBeGreaterThan(0);
    // The configuration that stays at it says no more: a new commit takes back what came since.
    expect(await signaturesSince(inForce, began, older)).toMatchObject(refused);
  }
  repository.git(["update-ref", "refs/heads/main", began]);
  const gone = "f".repeat(40);
  expect(await signaturesSince(gone)).toMatchObject(refused);
  expect(await signaturesSince(gone, began)).toMatchObject(refused);
  // Nobody who pushes moves a source that stays at a commit.
  expect(await signaturesSince(gone, withdrawn, began)).toMatchObject(refused);
  expect(await signaturesSince(gone, began, began)).toMatchObject({ every: [], head: 0, isCut: true });
});

test("the first look takes the whole history, or what came after the commit that the configuration names", async () => {
  const unsigned = repository.commit(files("1"));
  const last = repository.commit(files("2"), by("lea"));
  expect((await signaturesSince()).every).toHaveLength(1);
  expect(await signaturesSince(undefined, unsigned)).toMatchObject({ every: [], head: 0, isCut: true });
  expect(await signaturesSince(undefined, "e".repeat(40))).toMatchObject({ problem: "no-anchor", head: 0 });
  // Where the copy ends before the history does nothing is vouched for.
  const [mirror = ""] = readdirSync(folder);
  writeFileSync(join(folder, mirror, "shallow"), `${last}\n`);
  const cut = await signaturesSince();
  expect(cut).toMatchObject({ problem: "incomplete", verified: false });
  expect(cut.every[0]).toContain("its history is not complete here");
});
