import { Retry, UserError } from "../errors.ts";
import type { Remote } from "./remote.ts";
import { GitFailure } from "./run-git.ts";

/** The copy on our disk is broken, or a killed git left its lock: fetching afresh helps. */
export function isDamage(error: unknown): boolean {
  return error instanceof GitFailure && damage.test(error.message);
}

/** A failure of git as what somebody must do: `UserError` when a setting or a right is wrong, else `Retry`. */
export function understood(error: unknown, remote: Remote): unknown {
  if (!(error instanceof GitFailure)) return error;
  const said = `the policy repository ${remote.url} cannot be read: ${error.message}`;
  const meaning = meanings.find(({ says }) => says.test(error.message));
  if (meaning === undefined) return new Retry("source-unreachable", said);
  return new UserError(meaning.code, said, { hint: meaning.hint });
}

const damage =
  /\.lock'|(bad|missing) object|not a git repository: |corrupt|loose object|packfile|bad ref|object file|invalid index-pack|is not what the tree says/i;

const meanings = [
  { says: /spawn \S+ ENOENT/, code: "git-missing", hint: "Install git, or put it into PATH." },
  {
    says: /not our ref|unadvertised object/i,
    code: "source-ref",
    hint: "The repository does not have that commit. Check source.commit.",
  },
  {
    says: /authentication failed|could not read (user|pass)|permission denied|returned error: 40[13]/i,
    code: "source-access",
    hint: "Check the credentials and their rights.",
  },
  {
    says: /host key verification failed/i,
    code: "source-host-key",
    hint: "Put the host's key into the file of source.knownHostsFile.",
  },
  {
    says: /returned error: 30[12378]|unable to update url base from redirection/i,
    code: "source-redirect",
    hint: "Credentials are not sent to where a redirect points. Set source.url to the address itself.",
  },
  {
    says: /certificate/i,
    code: "source-certificate",
    hint: "Give the authority of the server's certificate with source.caFile.",
  },
  {
    says: /not found|does not appear to be a git repository|returned error: 404/i,
    code: "source-not-found",
    hint: "Check source.url.",
  },
] as const;
