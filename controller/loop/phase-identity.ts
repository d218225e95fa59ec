import type { Json } from "../core/canonical.ts";

/** How an identity is marked that only asks for the next profile of an enrollment in phases. */
export const phaseForm = { phase: "identity" } as const;

/** True for such an identity: it enrolls nothing by itself, or one invitation would let two devices in. */
export function isOfPhase(form: Json | undefined): boolean {
  return typeof form === "object" && form !== null && "phase" in form;
}
