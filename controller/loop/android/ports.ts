import type { Content } from "../../core/granted.ts";
import type { Clock } from "../../core/ports.ts";
import type { Store } from "../../store/open.ts";
import type { EnrollmentPolicies } from "../enrollment-policies.ts";
import type { Secrets } from "../secrets.ts";
import type { Management } from "./management.ts";
import type { Operations } from "./operations.ts";
import type { TokenCalls } from "./token-calls.ts";

/** What keeping an enterprise of Google's as declared works with. */
export interface AndroidPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly google: Management;
  readonly operations: Operations;
  readonly tokens: TokenCalls;
  /** Google's name of the enterprise: `enterprises/LC…`. */
  readonly enterprise: string;
  /** The names that acts of the revision in force have and had; undefined while none is in force. */
  readonly declaredActs: () => readonly string[] | undefined;
  readonly contentOf: (digest: string) => Promise<Content | undefined>;
  readonly secrets: () => Secrets;
  /** Nothing is written and nobody is moved while the kill switch is on. */
  readonly isHalted: () => boolean;
  /** Called when devices reported facts that may give them another place in the policies. */
  readonly onChange: () => void;
  /** What the policies say of enrollment; undefined before a revision is in force. */
  readonly policies: () => EnrollmentPolicies | undefined;
  readonly onError: (doing: string, error: unknown) => void;
}
