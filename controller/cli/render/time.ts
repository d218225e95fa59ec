const units = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
] as const;

/** A length of time in its largest unit, such as `3 d`, `2 h`, `5 min`, `40 s`; below ten seconds `0.3 s`. */
export function timespan(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 9.95) return `${Math.round(seconds * 10) / 10} s`;
  const whole = Math.round(seconds);
  const [size, unit] = units.find(([each]) => whole >= each) ?? [1, "s"];
  return `${Math.floor(whole / size)} ${unit}`;
}

/** The two largest units, such as `1 h 20 min`, for what is awaited. */
export function longTimespan(ms: number): string {
  const seconds = Math.round(Math.max(0, ms) / 1_000);
  const first = units.findIndex(([size]) => seconds >= size);
  if (first < 0) return "0 s";
  const [size, unit] = units[first] ?? [1, "s"];
  const next = units[first + 1];
  const rest = next === undefined ? 0 : Math.floor((seconds % size) / next[0]);
  return `${Math.floor(seconds / size)} ${unit}${rest > 0 && next !== undefined ? ` ${rest} ${next[1]}` : ""}`;
}

/** `3 d ago`, `just now` below two seconds, `never` when it did not happen; what lies ahead is `in 5 min`. */
export function ago(at: number | undefined, now: number): string {
  if (at === undefined) return "never";
  const ms = now - at;
  if (Math.abs(ms) < 2_000) return "just now";
  const seconds = Math.round(Math.abs(ms) / 1_000) * 1_000;
  const text = seconds < 10_000 ? `${seconds / 1_000} s` : timespan(seconds);
  return ms > 0 ? `${text} ago` : `in ${text}`;
}
