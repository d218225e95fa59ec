import { Cron } from "croner";
import { parseDuration } from "../core/duration.ts";

const tenYearsMs = 3650 * 86_400_000;

/** True for a duration of at most 3650 days. */
export function isDuration(text: string): boolean {
  const ms = parseDuration(text);
  return ms !== undefined && ms > 0 && ms <= tenYearsMs;
}

const zones = new Map<string, boolean>();

/** True for a name of the IANA time zone database. */
export function isTimeZone(text: string): boolean {
  const known = zones.get(text);
  if (known !== undefined) return known;
  const valid = /^[A-Za-z][A-Za-z0-9_+/-]*$/.test(text) && tryZone(text);
  if (zones.size < 1_000) zones.set(text, valid);
  return valid;
}

/** True for five fields that croner reads; whether they ever fire is another question. */
export function isCron(text: string): boolean {
  if (text.trim() !== text || text.split(/\s+/).length !== 5) return false;
  try {
    new Cron(text, { paused: true, timezone: "UTC" });
    return true;
  } catch {
    return false;
  }
}

function tryZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
