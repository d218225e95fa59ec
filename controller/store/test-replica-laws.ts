import { day, type Filed, hour, minute, type Seen, type Sent } from "./test-replica-orders.ts";

/** What the gate is set to in this test. */
export const limits = {
  budget: 2,
  windowMs: 20 * minute,
  daily: 8,
  disruptive: 3,
  coolOffMs: 15 * minute,
  canary: 2,
};

/** The sentences of what went out against a law of the gate; none when all is well. */
export function broken({ sends, approvals, acts, stopped, putOff }: Seen): string[] {
  const first = sends.filter(({ again }) => !again);
  const destroyed = first.filter(({ act }) => act.destroys);
  const givenFor = (one: Sent) =>
    approvals.filter(({ act, at }) => act === one.act && at <= one.at && at > one.at - day);
  /** When each person first approved, of whom enough are needed. */
  const persons = (one: Sent): number[] => {
    const firsts = new Map<string, number>();
    for (const { person, glass, at } of givenFor(one))
      if (!glass && !firsts.has(person)) firsts.set(person, at);
    return [...firsts.values()].sort((a, b) => a - b);
  };
  const since = (one: Sent) => persons(one)[one.act.needs - 1];
  const isByGlass = (one: Sent) => givenFor(one).some((given) => given.glass);
  const unapproved = first.filter((one) => !one.act.destroys && since(one) === undefined && !isByGlass(one));
  const glass = destroyed.filter((one) => since(one) === undefined);
  /** A device that put it off has not carried it out: under another id it goes by approvals that came since then. */
  const isApprovedSince = (before: Sent, one: Sent): boolean => {
    const fresh = givenFor(one).filter(({ at }) => at > before.at);
    return one.act.needs > 0 && new Set(fresh.map(({ person }) => person)).size >= one.act.needs;
  };
  const others = (one: Sent) => first.filter(({ act }) => act === one.act);

  return [
    ...tooMany("destroyed within the window", destroyed, limits.windowMs, limits.budget),
    ...tooMany("destroyed within a day", destroyed, day, limits.daily),
    ...tooMany("disrupted without an approval within an hour", unapproved, hour, limits.disruptive),
    ...tooMany("destroyed by break-glass within a day", glass, day, 1),
    ...first
      .filter((one, at) => {
        const before = first.slice(0, at).findLast((other) => isSame(other, one));
        return before !== undefined && !(putOff.has(before.command) && isApprovedSince(before, one));
      })
      .map((one) => `${told(one)} in epoch ${one.epoch} once more`),
    ...glass.filter((one) => !isByGlass(one)).map((one) => `${told(one)} without its approvals`),
    ...destroyed
      .filter((one) => one.act.targets.length > 1 && one.at - (since(one) ?? -Infinity) < limits.coolOffMs)
      .map((one) => `${told(one)} before it had cooled off`),
    ...sends
      .filter(({ act, moment }) => act.withdrawn !== undefined && moment > act.withdrawn)
      .map((one) => `${told(one)} after it was withdrawn`),
    ...sends
      .filter(({ moment }) => stopped.has(moment))
      .map((one) => `${told(one)} while the breaker was on`),
    ...destroyed
      .filter((one) => isAheadOfCanary(one, others(one)))
      .map((one) => `${told(one)} before it was known what became of the first`),
    ...(acts.length > 0 ? [] : ["nothing was asked for"]),
  ];
}

function isAheadOfCanary(one: Sent, others: readonly Sent[]): boolean {
  const [canary] = others;
  if (canary === undefined || canary === one || one.act.targets.length <= limits.canary) return false;
  return one.at - canary.at < hour && (one.act.executed ?? Infinity) > one.moment;
}

/** In every window that ends with one of them. */
function tooMany(what: string, those: readonly Sent[], windowMs: number, most: number): string[] {
  return those.flatMap((last) => {
    const within = those.filter(({ at }) => at <= last.at && at > last.at - windowMs);
    return within.length > most
      ? [`${within.length} ${what} that ends with ${told(last)}; ${most} may be`]
      : [];
  });
}

function isSame(one: Sent, other: Sent): boolean {
  return one.act === other.act && one.n === other.n && one.epoch === other.epoch;
}

function told({
  act,
  n,
  moment,
}: {
  readonly act: Filed;
  readonly n: number;
  readonly moment: number;
}): string {
  return `${act.id} to device ${n} at moment ${moment}`;
}
