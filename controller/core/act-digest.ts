import { canonical, sha256 } from "./canonical.ts";
import type { Verb } from "./intent.ts";

/** What an approval binds to besides the devices. Times are epoch ms. */
export interface DigestedAct {
  /** `KIND/NAME@GENERATION`. */
  readonly name: string;
  /** What the manifest asked for. */
  readonly content: unknown;
  readonly author: string;
  /** Signatures or a token say who the author is; else the commits do. */
  readonly verified?: boolean;
  /** How many persons other than the author must approve. */
  readonly approvals: number;
  readonly expiresAt: number;
}

export interface DigestedTarget {
  readonly device: string;
  readonly epoch: number;
  readonly verb: Verb;
  readonly parameters: unknown;
}

/**
 * The digest of an act with its frozen targets, which an approval names. The gate in the database computes the same
 * from its tables (`reeve.act_digest`). The order of the targets does not matter; device ids are ASCII.
 */
export function actDigest(act: DigestedAct, targets: readonly DigestedTarget[]): string {
  const sorted = [...targets].sort((a, b) => order(a.device, b.device) || a.epoch - b.epoch);
  const fields = [
    act.name,
    canonical(act.content),
    act.author,
    act.verified === true ? "verified" : "claimed",
    String(act.approvals),
    String(act.expiresAt),
  ];
  for (const target of sorted) {
    fields.push(target.device, String(target.epoch), target.verb, canonical(target.parameters));
  }
  return sha256(`reeve act 2\n${fields.map(field).join("")}`);
}

// Length-prefixed, so that no two different lists of fields give the same text.
function field(value: string): string {
  return `${new TextEncoder().encode(value).length}:${value},`;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
