import { identitiesOf } from "../core/persons.ts";
import { UserError } from "../errors.ts";
import { lift } from "../store/control.ts";
import { type Person, say } from "./control.ts";
import type { Looking } from "./view-devices.ts";

/**
 * Lets what erases devices sooner go out. True when two approvers have said so, or one in `solo`; false when another
 * one must. Throws UserError when nothing waits for that.
 */
export async function resumeArmed(looking: Looking, by: Person): Promise<boolean> {
  const at = looking.clock();
  const latch = { name: "armed", reason: "resumed", by: by.person ?? by.name, at };
  const lifting = await lift(looking.store, latch);
  if (lifting === "not-engaged") throw new UserError("not-stopped", "armed: nothing to resume");
  await say(looking, "resumed", lifting === "lifted" ? "armed" : "armed; another approver is needed", by);
  looking.reconciler.reconsider();
  return lifting === "lifted";
}

/**
 * Lifts the breaker over the approver's connection. True when it is lifted; false when another person must want it as
 * well, because nobody can tell who is behind it. Throws UserError for somebody who is behind it.
 */
export async function resetBreaker(looking: Looking, reason: string, by: Person): Promise<boolean> {
  const at = looking.clock();
  const identities = identitiesOf([by.name, ...(by.identities ?? [])]);
  const latch = { name: "breaker", reason, by: by.person ?? by.name, identities, at };
  const lifting = await lift(looking.store, latch);
  if (lifting === "own")
    throw new UserError(
      "breaker-own",
      "whoever is behind it does not lift the breaker: another approver does",
    );
  if (lifting === "not-engaged") throw new UserError("not-stopped", "the breaker is not engaged");
  await say(
    looking,
    "breaker.reset",
    `${reason}${lifting === "lifted" ? "" : "; another approver is needed"}`,
    by,
  );
  looking.reconciler.reconsider();
  return lifting === "lifted";
}
