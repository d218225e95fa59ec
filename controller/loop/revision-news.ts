import type { Compiled } from "../core/compiled.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { Snapshot } from "../git/source.ts";

/** A revision that came into force, or was refused. */
export type RevisionNews =
  | {
      readonly type: "in-force";
      readonly snapshot: Pick<Snapshot, "revision" | "message" | "author">;
      readonly compiled: Compiled;
    }
  | {
      readonly type: "refused";
      readonly snapshot: Pick<Snapshot, "revision" | "message" | "author">;
      readonly diagnostics: readonly Diagnostic[];
    };
