import { withdrawnAmong } from "../../store/android-acts.ts";
import type { AndroidPorts } from "./ports.ts";

/** Of these acts those whose manifest stands in the revision in force no more; none while no revision is in force. */
export async function withdrawnActs(
  { store, declaredActs }: Pick<AndroidPorts, "store" | "declaredActs">,
  acts: readonly string[],
): Promise<ReadonlySet<string>> {
  const declared = declaredActs();
  return declared === undefined ? new Set() : withdrawnAmong(store, acts, declared);
}
