import type { Finding, Patient } from "../../cli/doctor.ts";
import { sha256 } from "../../core/canonical.ts";
import { isLoopback } from "../../core/loopback.ts";
import { filingOf } from "../filing.ts";

/** Who can approve, whether enough of them can, and whether the admin plane keeps tokens to itself. */
export async function checkPersons({ config }: Patient): Promise<readonly Finding[]> {
  const { admin, persons } = config;
  const check = "persons";
  const approvers = persons.filter(({ role, tokens }) => role === "approver" && tokens.length > 0).length;
  const hasKeys = persons.some(({ keys, platform }) => keys.length > 0 && !platform);
  const { approvals, verifiedApprovals } = filingOf(config);
  const needed = config.reconcile.solo ? 1 : hasKeys ? verifiedApprovals : approvals;
  const findings: Finding[] = [];
  if (approvers === 0)
    findings.push({
      check,
      status: "fail",
      says: "nobody is an approver: a halt could be ended only by a restart",
      hint: "Give a person a token of their own: openssl rand -base64 32 > NAME.token, then persons.",
    });
  else if (approvers < needed)
    findings.push({
      check,
      status: "warn",
      says: `${needed} approvals are needed, and ${approvers} can approve: nothing that destroys will ever be approved`,
      hint: hasKeys
        ? "Configure further approvers, or lower reconcile.approvals."
        : "Configure further approvers, or let persons sign their commits (sshKeys): then one is enough.",
    });
  else if (approvers === 1 && !config.reconcile.solo)
    findings.push({
      check,
      status: "warn",
      says: "there is one approver: nobody can approve what that person asks for",
      hint: "Give a second person the role approver, or set reconcile.solo (docs/one-admin.md).",
    });
  else
    findings.push({
      check,
      status: "pass",
      says: `${persons.length} ${persons.length === 1 ? "person" : "persons"}, ${approvers} of them approving`,
    });
  const weak = persons.filter(({ tokens }) => tokens.some((hash) => guessable.has(hash)));
  if (weak.length > 0)
    findings.push({
      check,
      status: "fail",
      says: `the token of ${weak.map(({ name }) => name).join(", ")} is one that anybody guesses`,
      hint: "openssl rand -base64 32",
    });
  const { host } = admin.listen;
  if (!isLoopback(host) && admin.tls.certFile === undefined)
    findings.push({
      check: "admin plane",
      status: "warn",
      says: `it listens on ${host} without TLS: tokens cross the network in clear`,
      hint: "Set admin.tls, or listen on 127.0.0.1 behind a proxy that ends TLS.",
    });
  return findings;
}

const words = ["", "\n", "secret", "password", "changeme", "admin", "token", "TOKEN"];
const guessable: ReadonlySet<string> = new Set(words.map(sha256));
