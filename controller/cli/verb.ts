import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { didYouMean, listed } from "../core/check/nearest.ts";
import { parseDuration } from "../core/duration.ts";

/** In which formats results can be had. */
export type ResultFormat = "text" | "json" | "jsonl" | "markdown" | "csv" | "html";

/** A command whose result can be had in these formats, and be written to a file. */
export function verb<const Format extends ResultFormat>(name: string, formats: readonly Format[]) {
  return new Command(name)
    .addOption(
      new Option("-o, --output <format>", "how the result is written")
        .choices(formats)
        .default(formats[0] as Format)
        .argParser<Format>((value) => oneOf(value, formats)),
    )
    .option("--out <file>", "write the result to a file")
    .option("--config <file>", "the configuration file (REEVE_CONFIG; else reeve.yaml, if there is one)")
    .option("--set <name=value>", "a setting of the configuration; may be repeated", keyValue);
}

/** The same for a verb that asks a daemon. */
export function askingVerb<const Format extends ResultFormat>(name: string, formats: readonly Format[]) {
  return verb(name, formats)
    .option("--server <url>", "a daemon elsewhere (REEVE_SERVER); else the one on this machine")
    .option("--token-file <file>", "the file that holds the token (REEVE_TOKEN_FILE, REEVE_TOKEN)")
    .option("--ca-file <file>", "PEM file of the authority of the server's certificate (REEVE_CA_FILE)");
}

export const plainFormats = ["text", "json"] as const;

/** An argument that is one of a few words. */
export function oneOf<const Word extends string>(value: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`Expected ${listed(words)}.${didYouMean(value, words)}`);
}

/** `KEY=VALUE`, gathered from every time the option is given. */
export function keyValue(
  value: string,
  previous: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const at = value.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Expected KEY=VALUE.");
  return { ...previous, [value.slice(0, at)]: value.slice(at + 1) };
}

/** A whole number from 1. */
export function positive(value: string): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("Expected a whole number from 1.");
}

/** A whole number from 0. */
export function fromZero(value: string): number {
  return value === "0" ? 0 : positive(value);
}

/** A duration such as `15m`, or `0s`, in ms. */
export function durationMs(value: string): number {
  const ms = parseDuration(value);
  if (ms !== undefined) return ms;
  throw new InvalidArgumentError("Expected a duration such as 15m or 0s.");
}

/** A duration such as `7d`, kept as it was written. */
export function durationText(value: string): string {
  if ((parseDuration(value) ?? 0) > 0) return value;
  throw new InvalidArgumentError("Expected a duration such as 4h or 7d.");
}

/** A time as results print it, as in RFC 3339, or in milliseconds since 1970. */
export function timeMs(value: string): number {
  const at = /^\d{1,15}$/.test(value) ? Number(value) : Date.parse(value);
  if (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d|^\d{1,15}$/.test(value) && !Number.isNaN(at)) return at;
  throw new InvalidArgumentError("Expected a time such as 2026-12-01T09:00:00Z.");
}

/** A time as `timeMs` takes it, or an age such as `2h`: so long before now. */
export function timeOrAge(value: string): (now: number) => number {
  const age = parseDuration(value);
  if (age !== undefined) return (now) => now - age;
  const at = timeMs(value);
  return () => at;
}

/** A text, gathered from every time the option is given. */
export function gathered(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}
