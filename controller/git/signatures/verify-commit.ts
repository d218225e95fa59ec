import type { CommitObject } from "../../core/signing/commit-object.ts";
import type { Verdict } from "../../core/signing/judge-range.ts";
import { type Signer, type SigningKey, whyNot } from "../../core/signing/signers.ts";
import { parseSshSignature } from "../../core/signing/ssh-signature.ts";
import { createOpenpgpVerifier } from "./verify-openpgp.ts";
import { sshFault } from "./verify-ssh.ts";

/** Who stands for a commit. `now` is epoch ms. */
export type CommitVerifier = (commit: CommitObject, now: number) => Promise<Verdict>;

/** Verifies commits with the keys of these signers. It starts no program and asks nobody. */
export function createCommitVerifier(signers: readonly Signer[]): CommitVerifier {
  const owned = signers.flatMap((signer) => signer.keys.map((key) => ({ signer, key })));
  const ssh = new Map(
    owned.flatMap((one) => (one.key.kind === "ssh" ? [[one.key.key.blob, one] as const] : [])),
  );
  const openpgp = new Map(
    owned.flatMap((one) => (one.key.kind === "openpgp" ? [[one.key.key.fingerprint, one] as const] : [])),
  );
  const verifyOpenpgp = createOpenpgpVerifier(
    owned.flatMap(({ key }) => (key.kind === "openpgp" ? [key.key] : [])),
  );

  function bySsh(armored: string, commit: CommitObject, now: number): Verdict {
    const read = parseSshSignature(armored);
    if (!read.ok) return refused(`its signature cannot be read: ${read.why}`);
    const owner = ssh.get(read.value.key.blob);
    if (owner === undefined)
      return refused(`its key ${read.value.key.fingerprint} belongs to nobody in persons`);
    const fault = sshFault(read.value, commit.payload);
    return fault === undefined ? judged(owner, commit, now) : refused(fault);
  }

  async function byOpenpgp(armored: string, commit: CommitObject, now: number): Promise<Verdict> {
    const answer = await verifyOpenpgp(armored, commit.payload, now);
    if (!answer.ok) return refused(answer.why);
    const owner = openpgp.get(answer.fingerprint);
    return owner === undefined ? refused("its key belongs to nobody in persons") : judged(owner, commit, now);
  }

  return async (commit, now) => {
    const { signature = "" } = commit;
    if (signature === "") return refused("it is not signed");
    if (signature.startsWith("-----BEGIN SSH ")) return bySsh(signature, commit, now);
    if (signature.startsWith("-----BEGIN PGP ")) return byOpenpgp(signature, commit, now);
    if (signature.startsWith("-----BEGIN SIGNED MESSAGE"))
      return refused(
        "it is signed with an X.509 certificate, which is not supported: sign with SSH or OpenPGP",
      );
    return refused("its signature is of no sort that is known");
  };
}

function judged(owner: { signer: Signer; key: SigningKey }, commit: CommitObject, now: number): Verdict {
  const { signer, key } = owner;
  const why = whyNot(key, commit.committer.at, now);
  if (why !== undefined) return refused(`${signer.name} signed it, but ${why}`);
  return signer.platform ? { type: "platform", name: signer.name } : { type: "signed", person: signer.name };
}

function refused(why: string): Verdict {
  return { type: "refused", why };
}
