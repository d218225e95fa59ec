import { UserError } from "../errors.ts";
import type { Looking } from "./view-devices.ts";

/** The name of a policy as people write it, `mobile` or `Policy/mobile`. Throws UserError for one that is not declared. */
export function namedPolicy({ reconciler }: Pick<Looking, "reconciler">, given: string): string {
  const name = given.replace(/^Policy\//, "");
  const declared = reconciler.current()?.compiled.policies;
  const isKnown = declared === undefined || declared.some((one) => one.name === name);
  if (isKnown || reconciler.rollouts.all().has(name)) return name;
  throw new UserError("no-such-policy", `the revision in force declares no Policy/${name}`, {
    hint: "`reeve rollout status --all` lists the policies that have waves.",
  });
}
