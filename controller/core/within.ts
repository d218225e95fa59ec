/** True for so long after a time. One that lies ahead was set by a clock that has been put back since. */
export function isWithin(ms: number, since: number, now: number): boolean {
  return now >= since && now - since < ms;
}
