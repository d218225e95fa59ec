import type { ExplainedItem } from "../core/explain.ts";

/** A user of a Mac or of a Shared iPad. */
export interface UserView {
  readonly channel: string;
  readonly name: string;
  readonly lastSeenAt: number;
}

export interface UserExplainView extends UserView {
  readonly items: readonly ExplainedItem[];
  readonly next: string;
}
