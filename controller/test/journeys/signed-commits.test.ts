import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SignatureMode } from "../../core/signing/signatures.ts";
import type { Signer } from "../../core/signing/signers.ts";
import { parseSshKey } from "../../core/signing/ssh-key.ts";
import { UserError } from "../../errors.ts";
import { type CommitOptions, makeBareRepository } from "../../git/remote-fixture.ts";
import { openRepository } from "../../git/repository.ts";
import { sshSigner } from "../../git/signatures/test-signers.ts";
import type { Snapshot } from "../../git/source.ts";
import { createAccess, hashToken } from "../../http/access.ts";
import { approveHold } from "../../loop/control.ts";
import { actDirectly } from "../../loop/direct-act.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { listRevisions } from "../../store/revisions.ts";
import { install, storesOfSuite } from "../installation.ts";
import { baseline, deprovision, device, type Files, passcode } from "../manifests.ts";

const stores = await storesOfSuite();
const keys = { lea: sshSigner("ssh-ed25519"), bob: sshSigner("ssh-ed25519") };
const access = createAccess(
  [
    { name: "lea", tokens: ["lea-1", "lea-2"], emails: ["lea.roth@acme.example"] },
    { name: "bob", tokens: ["bob-1"], emails: ["bob@acme.example"] },
    { name: "cyd", tokens: ["cyd-1"], emails: ["lea.private@home.example"] },
  ].map((one) => ({ ...one, role: "approver", tokens: one.tokens.map(hashToken) })),
);
const quiet: Files = {
  ...baseline,
  "devices.yaml": ["one", "two", "three"]
    .map((name, index) => device(name, `SIM-${index + 1}`, "ownership: company"))
    .join("---\n"),
};

test.each(stores)(
  "on $name what a person signed needs one approval by another, and what nobody signed two",
  async (store) => {
    await using signed = await houseWith(store, "off");
    const { house } = signed;
    signed.push(quiet, { sign: keys.lea.sign, author: "Lea Roth", email: "lea.roth@acme.example" });
    await house.enroll();
    await house.settle();
    const wipe = (name: string, target: string): Files => ({
      [`${name}.yaml`]: deprovision(name, `devices: [${target}]`),
    });
    // She signs what names somebody else as its author: he is no author for that, and does not approve it either.
    signed.push({ ...quiet, ...wipe("signed", "one") }, { sign: keys.lea.sign, author: "cyd" });
    await house.settle();
    expect(await viewHolds(house.looking)).toMatchObject([
      { act: "Deprovision/signed@1", author: "lea", verified: true, approvalsNeeded: 1 },
    ]);
    for (const token of ["lea-1", "lea-2", "cyd-1"])
      expect(await signed.approve("signed", token), token).toBe("approval-own-act");
    expect(await signed.approve("signed", "bob-1")).toBe("ready");
    await house.settle();
    expect(signed.erased()).toEqual(["SIM-1"]);

    const unsigned = { ...quiet, ...wipe("signed", "one"), ...wipe("unsigned", "two") };
    signed.push(unsigned, { author: "lea", email: "lea@elsewhere.example" });
    await house.settle();
    const [hold] = await viewHolds(house.looking);
    expect(hold).toMatchObject({ act: "Deprovision/unsigned@1", author: "lea", approvalsNeeded: 2 });
    expect(hold?.verified).toBeUndefined();
    expect(await signed.approve("unsigned", "lea-1")).toBe("approval-own-act");
    expect(await signed.approve("unsigned", "bob-1")).toBe("more-approvals-needed");
    expect(await signed.approve("unsigned", "bob-1")).toBe("more-approvals-needed");
    await house.settle();
    expect(signed.erased()).toEqual(["SIM-1"]);
    expect(await signed.approve("unsigned", "cyd-1")).toBe("ready");
    await house.settle();
    expect(signed.erased()).toEqual(["SIM-1", "SIM-2"]);

    // A token says who asks as well as a signature does.
    const wish = { act: { wipe: {} }, reason: "sold", expiresInMs: 3_600_000, key: "0123456789abcdef" };
    await actDirectly(house.looking, "SIM-3", wish, signed.person("bob-1"));
    expect(await viewHolds(house.looking)).toMatchObject([
      { author: "bob", verified: true, approvalsNeeded: 1 },
    ]);

    const status = await viewStatus(house.looking, { source: "", warnings: [] });
    expect(status.inForce).toMatchObject({ author: "lea" });
    expect(status.inForce?.verified).toBeUndefined();
    expect((await listRevisions(house.store, 9)).map((one) => [one.author, one.verified])).toEqual([
      ["lea", false],
      ["lea", true],
      ["lea", true],
    ]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name an unsigned commit behind a signed merge keeps the revision out, and status says which",
  async (store) => {
    await using signed = await houseWith(store, "every");
    const { house } = signed;
    const first = signed.push(quiet, { sign: keys.lea.sign, author: "lea" });
    await house.enroll();
    await house.settle();
    const weaker = { ...quiet, "passcode.yaml": passcode(4) };
    const smuggled = signed.push(weaker, { branch: "topic", parent: first, author: "Mallory" });
    signed.push(weaker, { parents: [first, smuggled], sign: keys.lea.sign, author: "lea" });
    await house.settle();
    const status = await viewStatus(house.looking, { source: "", warnings: [] });
    expect(status.inForce).toMatchObject({ revision: first, author: "lea", verified: true });
    expect(status.refused?.diagnostics).toMatchObject([
      {
        rule: "signature",
        message: `commit ${smuggled.slice(0, 12)} of Mallory: it is not signed`,
        detail: [expect.stringContaining("the one before stays"), expect.stringContaining("sign it anew")],
      },
    ]);
    const has = () => house.device("SIM-1").snapshot().profiles["reeve.profile.passcode"]?.payloads[0];
    expect(has()).toMatchObject({ minLength: 6 });

    // To go back to before the bad commit takes nothing that was in force back: the signed fix goes on from it.
    signed.push(
      { ...quiet, "passcode.yaml": passcode(9) },
      { parents: [first], sign: keys.bob.sign, author: "bob" },
    );
    await house.settle();
    expect(has()).toMatchObject({ minLength: 9 });
    const view = await viewExplanation(house.looking, "SIM-1", undefined);
    expect(view.items.find(({ key }) => key === "Profile/passcode")).toMatchObject({
      author: "bob",
      verified: true,
    });

    signed.rewind(first);
    await house.settle();
    const rewound = await viewStatus(house.looking, { source: "", warnings: [] });
    expect(rewound.refused?.diagnostics[0]).toMatchObject({
      message: expect.stringContaining("does not descend from the revision in force"),
      detail: [expect.anything(), expect.stringContaining("git revert")],
    });
    expect(has()).toMatchObject({ minLength: 9 });
    expect(house.fleet.violations()).toEqual([]);
  },
);

/** A house whose policies are in a real repository, and whose persons have keys and tokens. */
async function houseWith(store: Parameters<typeof install>[0]["stores"], signatures: SignatureMode) {
  const repository = makeBareRepository();
  const folder = await mkdtemp(join(tmpdir(), "reeve-journey-"));
  const signers = Object.entries(keys).map(([name, { line }]): Signer => {
    const key = parseSshKey(line);
    if (!key.ok) throw new Error(key.why);
    return { name, emails: [], platform: false, keys: [{ kind: "ssh", key: key.value }] };
  });
  const at = { now: (): number => 0 };
  const source = openRepository({
    url: repository.url,
    folder,
    intervalMs: 60_000,
    allow: { file: true },
    signing: { signers, clock: () => at.now() },
  });
  // Nothing comes between two pushes: git is asked once after each, and not in every round.
  let last: Promise<Snapshot> | undefined;
  const poll: typeof source.poll = (previous) => {
    last ??= source.poll(previous);
    return last;
  };
  const house = await install({
    stores: store,
    files: {},
    devices: ["SIM-1", "SIM-2", "SIM-3"].map(
      (serial) => ({ serial, platform: "ipados", name: serial }) as const,
    ),
    parts: { source: { ...source, poll }, signatures, approvals: 2, verifiedApprovals: 1 },
  });
  at.now = house.world.now;
  const person = (token: string) => {
    const identity = access.identify(`Bearer ${token}`);
    if (identity?.type !== "person") throw new Error(`${token} is nobody's`);
    return identity;
  };
  return {
    house,
    person,
    push: (files: Files, how: CommitOptions) => {
      last = undefined;
      return repository.commit(files, how);
    },
    rewind: (commit: string) => {
      last = undefined;
      repository.git(["update-ref", "refs/heads/main", commit]);
    },
    erased: () => house.fleet.devices.flatMap((one) => one.ledger.of("erased").map(() => one.serial)),
    approve: async (name: string, token: string): Promise<string> => {
      const hold = (await viewHolds(house.looking)).find(({ act }) => act.includes(`/${name}@`));
      return approveHold(house.looking, hold?.digest ?? "", person(token), undefined).then(
        ({ status }) => status,
        (error: unknown) => (error instanceof UserError ? error.code : String(error)),
      );
    },
    [Symbol.asyncDispose]: async () => {
      await source.close();
      await house[Symbol.asyncDispose]();
      repository[Symbol.dispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
