import { UserError } from "../errors.ts";
import { knownActs } from "../store/acts.ts";
import { findUnsent } from "../store/approvals.ts";
import { findFiled, type Withdrawn, withdrawAct } from "../store/withdrawals.ts";
import type { Person } from "./control.ts";
import type { Looking } from "./view-devices.ts";
import { withdrawnText } from "./withdrawn-text.ts";

export interface WithdrawView extends Withdrawn {
  readonly act: string;
}

/**
 * Ends an act for a person, whoever asked for it: what was not sent never is, and under this name and generation it
 * never runs again, whatever the repository says. Throws UserError when there is no such act, or nothing of it to end.
 */
export async function withdrawDirectly(
  looking: Looking,
  word: string,
  reason: string,
  by: Person,
): Promise<WithdrawView> {
  const act = await find(looking, word);
  if (act === undefined)
    throw new UserError("no-such-act", `there is no act ${word.slice(0, 128)}`, {
      hint: "Name it as `reeve holds` or `reeve operations` show it: `Operation/NAME@1`, `Direct/…`, or its digest.",
    });
  const at = looking.clock();
  const done = await withdrawAct(looking.store, { act: act.id, by: by.name, note: reason, at }, (ended) => {
    if (isNothing(ended)) return [];
    const message = `${reason}: ${withdrawnText(ended)}`;
    return [{ type: "act.cancelled", at, message, by: by.name, subject: act.name }];
  });
  if (isNothing(done)) throw new UserError("act-over", `${act.name}: nothing of it is left to be withdrawn`);
  return { act: act.name, ...done };
}

function isNothing({ cancelled, stopped, sent }: Withdrawn): boolean {
  return cancelled + stopped + sent === 0;
}

async function find(
  { store }: Looking,
  word: string,
): Promise<{ readonly id: string; readonly name: string } | undefined> {
  const id = (await knownActs(store, [word])).get(word);
  if (id !== undefined) return { id, name: word };
  const hold = await findUnsent(store, word);
  return hold === undefined ? findFiled(store, word) : { id: hold.act, name: hold.name };
}
