import { type RolloutVersions, thresholdsOf, whole } from "../core/rollout.ts";

/** A piece of a statement, and the values it needs. */
export interface WavesSql {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/**
 * What a device sees of the rollouts under way, as `wavesOf` (core/seen-policies.ts) says it; null while none is. The
 * values are numbered from `first`. A fleet that nothing is rolled out to costs nothing more.
 */
export function wavesIn(
  rollouts: readonly RolloutVersions[] | undefined,
  device: string,
  first: number,
): WavesSql {
  if (rollouts === undefined || rollouts.length === 0) return { sql: "null::text", values: [] };
  const parts = rollouts.map((_, index) => {
    const at = first + 2 * index;
    return `width_bucket(reeve.wave_position($${at}, ${device}), $${at + 1}::bytea[])`;
  });
  const values = rollouts.flatMap(({ seed, layers }) => [seed, thresholdsOf(layers).map(bytesOf)]);
  return { sql: `concat_ws('.', ${parts.join(", ")})`, values };
}

/** A position as the store compares it; `whole` comes after all that there are. */
export function bytesOf(position: number): string {
  return position >= whole ? "\\xffffffffffffff" : `\\x${position.toString(16).padStart(12, "0")}`;
}
