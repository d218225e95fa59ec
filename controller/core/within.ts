/** Clocks of replicas differ by less. */
const toleranceMs = 10 * 60_000;

/** True of a time that only a wrong clock can have set. */
export function isAhead(at: number, now: number): boolean {
  return at > now + toleranceMs;
}

/** True for so long after a time. One that lies ahead was set by a clock that has been put back since. */
export function isWithin(ms: number, since: number, now: number): boolean {
  return now >= since && now - since < ms;
}
