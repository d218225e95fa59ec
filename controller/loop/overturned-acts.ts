import type { Compiled } from "../core/compiled.ts";
import { type OpenAct, openActs } from "../store/acts.ts";
import type { Store } from "../store/open.ts";
import { withdrawAct } from "../store/withdrawals.ts";
import { actNames, isSame } from "./act-content.ts";
import type { Filing } from "./file-acts.ts";
import { withdrawnText } from "./withdrawn-text.ts";

/** An act of which something may still be sent, and that a policy set does not ask for, or not like that. */
export interface Overturned {
  readonly act: OpenAct;
  readonly why: string;
  /** The generation that is asked for instead, where there is one. */
  readonly generation?: number;
}

/** What a policy set takes away of the acts that commits asked for. What a person asked for no commit takes away. */
export async function overturned(store: Store, compiled: Compiled): Promise<readonly Overturned[]> {
  const declared = new Map(compiled.acts.flatMap((act) => actNames(act).map((name) => [name, act])));
  const generations = new Map(
    compiled.acts.flatMap((act) =>
      actNames(act).map((name) => [split(name).name, split(act.name).generation]),
    ),
  );
  return (await openActs(store)).flatMap((act) => {
    const now = declared.get(act.name);
    if (act.revision === undefined || (now !== undefined && isSame(now, act))) return [];
    if (now !== undefined) return [{ act, why: "its manifest changed" }];
    const generation = generations.get(split(act.name).name);
    return generation === undefined
      ? [{ act, why: "its manifest was withdrawn" }]
      : [{ act, why: `its manifest says generation ${generation}`, generation }];
  });
}

/** What was not sent yet of an act whose manifest went or changed is cancelled, whoever had approved it. */
export async function cancelOverturned(
  store: Store,
  compiled: Compiled,
  filing: Pick<Filing, "author" | "at">,
): Promise<void> {
  for (const { act, why, generation } of await overturned(store, compiled)) {
    const isReplaced = generation !== undefined && generation > split(act.name).generation;
    const again = isReplaced ? "" : "; to ask for it again, raise its generation";
    const wish = { act: act.id, by: filing.author, note: why, at: filing.at };
    await withdrawAct(store, wish, (done) => {
      const message = `${why}: ${withdrawnText(done)}${again}`;
      return [{ type: "act.cancelled", at: filing.at, subject: act.name, message, by: filing.author }];
    });
  }
}

function split(name: string): { readonly name: string; readonly generation: number } {
  const at = name.lastIndexOf("@");
  return { name: name.slice(0, at), generation: Number(name.slice(at + 1)) };
}
