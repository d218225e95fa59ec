import { format } from "node:util";
import { pino } from "pino";
import { describe, isExpected } from "./errors.ts";
import { type EventName, type FieldKind, type FieldsOf, type Level, logEvents } from "./log/events.ts";
import { plainText } from "./log/plain-text.ts";
import { createWithholder } from "./log/withhold.ts";

export interface Log {
  /** Writes one of the known events with its known fields; anything else in `fields` is left out. */
  readonly event: <N extends EventName>(name: N, fields?: FieldsOf<N>) => void;
  /** The same with an error: its kind, code and message chain, and for a bug where it happened. */
  readonly failure: <N extends EventName>(name: N, error: unknown, fields?: FieldsOf<N>) => void;
  /** No line may contain this text from now on. */
  readonly guard: (secret: string) => void;
}

export interface LogOptions {
  readonly level?: Level;
  /** Where finished lines go; standard error when absent. */
  readonly write?: (line: string) => void;
  readonly clock?: () => number;
}

/** A log of JSON lines that cannot hold a secret by its shape, and whose finished lines are searched for one. */
export function createLog(options: LogOptions = {}): Log {
  const { write = (line) => void process.stderr.write(line), clock = Date.now } = options;
  const withholder = createWithholder();
  const sink = {
    write(line: string): void {
      const why = withholder.reasonAgainst(line);
      if (why === undefined) write(line);
      else
        write(
          `${JSON.stringify({ ...opened("error", clock()), event: "log.withheld", of: eventOf(line), why })}\n`,
        );
    },
  };
  const logger = pino(
    {
      level: options.level ?? "info",
      base: null,
      timestamp: () => `,"time":"${new Date(clock()).toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    sink,
  );
  return {
    guard: withholder.guard,
    event(name, fields) {
      logger[logEvents[name].level]({ event: name, ...allowed(name, fields) });
    },
    failure(name, error, fields) {
      logger[logEvents[name].level]({ event: name, ...allowed(name, fields), ...told(error) });
    },
  };
}

/** Sends what libraries write to the console through the log; the returned function gives the console back. */
export function captureConsole(log: Log): () => void {
  const names = ["log", "info", "warn", "error", "debug", "trace", "dir"] as const;
  const originals = names.map((name) => [name, console[name]] as const);
  let busy = false;
  for (const name of names) {
    console[name] = (...values: unknown[]) => {
      // A sink that writes to the console itself must not come back here.
      if (busy) return;
      busy = true;
      try {
        log.event("console.line", { text: format(...values.map(printable)) });
      } finally {
        busy = false;
      }
    };
  }
  return () => {
    for (const [name, original] of originals) console[name] = original;
  };
}

function allowed(name: EventName, fields: object | undefined): Record<string, unknown> {
  const given = (fields ?? {}) as Readonly<Record<string, unknown>>;
  const found: Record<string, unknown> = {};
  for (const [field, kind] of Object.entries<FieldKind>(logEvents[name].fields)) {
    const value = Object.hasOwn(given, field) ? scalar(kind, given[field]) : undefined;
    if (value !== undefined) found[field] = value;
  }
  return found;
}

const lengths = { id: 160, code: 60, text: 200 } as const;

/** Only what the kind says: an object where a text belongs is not printed, whatever its `toString` says. */
function scalar(kind: FieldKind, value: unknown): number | boolean | string | undefined {
  if (value === undefined) return undefined;
  if (kind === "number")
    return typeof value === "number" && Number.isFinite(value) ? round(value) : undefined;
  if (kind === "flag") return typeof value === "boolean" ? value : undefined;
  return typeof value === "string" ? plainText(value, lengths[kind]) : "[not a text]";
}

function told(error: unknown): Record<string, string> {
  if (!(error instanceof Error)) return { error: "something that is no error was thrown" };
  const expected = isExpected(error);
  const code =
    "code" in error && typeof error.code === "string" ? { code: plainText(error.code, lengths.code) } : {};
  const message = plainText(describe(error), 500);
  return {
    error: plainText(error.name, 60),
    ...code,
    message,
    ...(expected ? {} : { stack: frames(error) }),
  };
}

/** Where it happened, without the message, which the first lines of a stack repeat. */
function frames(error: Error): string {
  const lines = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return lines
    .slice(0, 12)
    .map((line) => plainText(line))
    .join("\n");
}

function printable(value: unknown): unknown {
  if (value instanceof Error) return describe(value);
  return typeof value === "object" && value !== null ? "[object]" : value;
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

function opened(level: Level, now: number) {
  return { level, time: new Date(now).toISOString() };
}

function eventOf(line: string): string {
  return /"event":"([a-z.-]+)"/.exec(line)?.[1] ?? "unknown";
}
