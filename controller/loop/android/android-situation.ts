import type { ChannelRow } from "../../core/ports.ts";
import type { Situation } from "../../core/situation.ts";
import { situationOf } from "../converse.ts";

const none: ReadonlySet<string> = new Set();

/**
 * The situation of an Android device. It has no identity of reeve's that could end, and which acts the gate refused is
 * remembered where they are sent.
 */
export function androidSituation(row: ChannelRow): Situation {
  return situationOf(row, none, 0);
}
