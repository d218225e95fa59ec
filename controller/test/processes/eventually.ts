import { setTimeout as pause } from "node:timers/promises";

/** Looks until there is something to see, and gives it. Throws with what was seen last when it takes too long. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  options: { readonly limitMs?: number; readonly state?: () => unknown } = {},
): Promise<T> {
  const until = Date.now() + (options.limitMs ?? 40_000);
  for (let problem = ""; ; ) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
    } catch (error) {
      problem = `; ${String(error)}`;
    }
    if (Date.now() > until) {
      const state = options.state === undefined ? "" : `\n${JSON.stringify(await options.state(), null, 1)}`;
      throw new Error(`it did not happen in time: ${what}${problem}${state}`);
    }
    await pause(20);
  }
}
