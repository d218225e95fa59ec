import { withdrawnAmong } from "../../store/android-acts.ts";
import type { AndroidPorts } from "./ports.ts";

/** Of these acts those that a person withdrew, or whose manifest stands in the revision in force no more. */
export async function withdrawnActs(
  { store, declaredActs }: Pick<AndroidPorts, "store" | "declaredActs">,
  acts: readonly string[],
): Promise<ReadonlySet<string>> {
  return withdrawnAmong(store, acts, declaredActs());
}
