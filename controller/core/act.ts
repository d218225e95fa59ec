import type { Section } from "./granted.ts";
import type { Verb } from "./intent.ts";

/** One device's part of an act that was frozen at admission. */
export interface ActTarget {
  readonly act: string;
  /** `Operation/NAME@GENERATION` or `Deprovision/NAME@GENERATION`. */
  readonly name: string;
  readonly verb: Verb;
  /** Parameters for the platform's command; may hold templates of secrets. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** `held`: a guard waits for an approval. `ready`: may be sent. The rest is over. */
  readonly status:
    | "held"
    | "ready"
    | "sent"
    | "executed"
    | "failed"
    | "unknown"
    | "expired"
    | "cancelled"
    | "refused";
  readonly destructive: boolean;
  /** A part of the mark that it was filed with: with it nobody can tell the id of its command before it has left. */
  readonly mark?: string | null;
  readonly expiresAt: number;
  /** When its target was frozen. */
  readonly frozenAt: number;
  /** Of one that is `sent`: the command that the gate let go and that nobody has answered. Nothing else goes again. */
  readonly released?: string | null;
  /** Of one that is `ready`: why the gate has not let it go yet. */
  readonly note?: string;
}

/** One device's part of an act goes over into another status. */
export interface ActChange {
  readonly act: string;
  readonly status: ActTarget["status"];
  readonly note?: string;
}

/** The sections of Audit Now: device, security and application inventory. */
export const auditSections: readonly Section[] = ["device", "security", "applications"];
