import type { Compiled, CompiledExemption } from "../core/compiled.ts";
import { daysLeft, toTheMinute } from "../core/expiry.ts";
import { appendEventOnce } from "../store/events-once.ts";
import type { Store } from "../store/open.ts";
import type { StatusView } from "./views.ts";

type Exemptions = Pick<Compiled, "exemptions">;

/** So long before its end an exemption is spoken of. */
const soonMs = 7 * 86_400_000;

/** What this process has said: it does not ask the store again. */
const toldBy = new WeakMap<Store, Set<string>>();

/** Says of each exemption once, whoever says it, that it began, that it ends within a week, and that it has ended by `now`. */
export async function tellExemptions(
  store: Store,
  { exemptions }: Exemptions,
  now: number,
  at: number,
): Promise<void> {
  const told = toldBy.get(store) ?? new Set<string>();
  toldBy.set(store, told);
  for (const one of exemptions)
    for (const [type, message] of newsOf(one, now)) {
      // One that is extended begins another stretch, and one that was renewed is another one.
      const about = type === "exemption.began" ? one.from : one.until;
      const subject = about === 0 ? one.name : `${one.name} ${new Date(about).toISOString()}`;
      if (told.has(`${type} ${subject}`)) continue;
      await appendEventOnce(store, { type, subject, at, message });
      told.add(`${type} ${subject}`);
    }
}

function newsOf(one: CompiledExemption, now: number): readonly (readonly [string, string])[] {
  if (now < one.from) return [];
  const lifts = [...one.lift].sort().join(", ");
  const until = new Date(one.until).toISOString();
  if (now >= one.until) return [["exemption.expired", `${one.name} ended: ${lifts} is in force again`]];
  const soon = [["exemption.expiring", `${one.name} ends on ${until}, and ${lifts} comes back`]] as const;
  return [
    ["exemption.began", `${one.name} lifts ${lifts} until ${until}`],
    ...(one.until - now <= soonMs ? soon : []),
  ];
}

const mostShown = 5;

/** Exemptions that end within a week, the next first, and those that have ended and still stand in the repository. */
export function exemptionWarnings(compiled: Exemptions | undefined, now: number): StatusView["warnings"] {
  const all = (compiled?.exemptions ?? []).toSorted((a, b) => a.until - b.until);
  const ending = all.filter((one) => one.from <= now && now < one.until && one.until - now <= soonMs);
  const ended = all.filter((one) => one.until <= now);
  const more =
    ending.length > mostShown
      ? [{ message: `${ending.length - mostShown} more exemptions end within a week` }]
      : [];
  return [
    ...ending.slice(0, mostShown).map((one) => ({
      message: `${one.name} ends ${inDays(one.until, now)}, at ${toTheMinute(new Date(one.until).toISOString())}: it lifts ${[...one.lift].sort().join(", ")}`,
      hint: "what it lifts comes back by itself",
    })),
    ...more,
    ...(ended.length === 0
      ? []
      : [
          {
            message: `${ended.length === 1 ? "1 exemption has" : `${ended.length} exemptions have`} ended: ${ended
              .slice(0, mostShown)
              .map((one) => one.name)
              .join(", ")}${ended.length > mostShown ? " and more" : ""}`,
            hint:
              ended.length === 1
                ? "it lifts nothing any more: take it out of the repository"
                : "they lift nothing any more: take them out of the repository",
          },
        ]),
  ];
}

function inDays(until: number, now: number): string {
  const days = daysLeft(until, now);
  return days === 0 ? "within a day" : days === 1 ? "in 1 day" : `in ${days} days`;
}
