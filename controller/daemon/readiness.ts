import type { Controller } from "../assemble.ts";
import type { Store } from "../store/open.ts";

/** Why the daemon should get no traffic now, for /readyz; nothing when it should. */
export async function readiness(store: Store, controller: Controller): Promise<readonly string[]> {
  const reasons: string[] = [];
  await store.query("select 1").catch(() => reasons.push("the database does not answer"));
  if (controller.reconciler.current() === undefined) reasons.push("no revision is in force yet");
  return reasons;
}
