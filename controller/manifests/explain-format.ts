import type { ErrorObject } from "ajv";
import { showValue } from "../core/check/describe-value.ts";
import { didYouMean } from "../core/check/nearest.ts";
import type { Finding } from "./explain-error.ts";
import type { Path } from "./paths.ts";
import type { Schema } from "./schemas.ts";

interface Explained {
  readonly rule: string;
  readonly what: string;
  readonly expected: string;
}

const shapes: Readonly<Record<string, Explained>> = {
  Name: {
    rule: "bad-name",
    what: "name",
    expected: "a DNS label: lower-case letters, digits and hyphens, at most 63, such as wifi-corp.",
  },
  Duration: {
    rule: "bad-duration",
    what: "duration",
    expected: "a whole number and s, m, h or d, at most 3650d, such as 90s, 15m, 4h or 7d.",
  },
  Percent: {
    rule: "bad-percent",
    what: "percentage",
    expected: "a number from 0% to 100% with its sign, such as 10%.",
  },
  TimeZone: {
    rule: "unknown-time-zone",
    what: "time zone",
    expected: "a name of the IANA database, such as Europe/Berlin.",
  },
  Timestamp: {
    rule: "bad-time",
    what: "time",
    expected: "RFC 3339 with an offset, such as 2026-11-20T09:00:00+01:00.",
  },
  Date: { rule: "bad-date", what: "day", expected: "a day such as 2026-11-20." },
  TimeOfDay: {
    rule: "bad-time-of-day",
    what: "time of day",
    expected: '00:00 to 23:59, in quotes, such as "19:00".',
  },
  Cron: {
    rule: "bad-cron",
    what: "cron pattern",
    expected: "five fields (minute, hour, day of month, month, day of week), such as 0 3 7 * *.",
  },
  Email: { rule: "bad-email", what: "e-mail address", expected: "an address such as anna@acme.example." },
  HttpsUrlOrSecret: {
    rule: "bad-url",
    what: "address",
    expected: "an address that begins with https://, or ${secret:NAME/KEY}.",
  },
  HttpsUrl: { rule: "bad-url", what: "address", expected: "an address that begins with https://." },
  ItemRef: { rule: "bad-reference", what: "reference", expected: "Profile/NAME or App/NAME." },
};

/** Errors of format, length and range; every other keyword ends here as well. */
export function explainFormat(path: Path, error: ErrorObject): Finding {
  const schema = (error.parentSchema ?? {}) as Schema;
  if (error.keyword === "format" || error.keyword === "pattern") return format(path, error, schema);
  if (error.keyword === "minimum" || error.keyword === "maximum") return range(path, error, schema);
  return size(path, error, schema);
}

function format(path: Path, error: ErrorObject, schema: Schema): Finding {
  const shape = shapes[shapeOf(error, schema)];
  const found = showValue(error.data);
  if (shape === undefined) {
    const detail = [schema.description ?? "", example(schema)].filter((line) => line !== "");
    return { rule: "bad-format", path, message: `not in the expected form: ${found}`, detail };
  }
  const zone =
    shape.rule === "unknown-time-zone"
      ? didYouMean(String(error.data), Intl.supportedValuesOf("timeZone"))
      : "";
  return {
    rule: shape.rule,
    path,
    message: `not a ${shape.what}: ${found}`.replace("a e-", "an e-").replace("a address", "an address"),
    detail: [`expected ${shape.expected}${zone}`],
  };
}

function shapeOf(error: ErrorObject, schema: Schema): string {
  return error.params.format === "reeve-window-zone" ? "TimeZone" : (schema.title ?? "");
}

function example(schema: Schema): string {
  const [first] = schema.examples ?? [];
  return first === undefined
    ? ""
    : `For example ${typeof first === "string" ? first : JSON.stringify(first)}.`;
}

function range(path: Path, error: ErrorObject, schema: Schema): Finding {
  const bounds = [schema.minimum, schema.maximum].filter((bound) => bound !== undefined).join(" to ");
  return {
    rule: "out-of-range",
    path,
    message: `out of range: ${showValue(error.data)}`,
    detail: [`expected ${bounds}.`],
  };
}

function size(path: Path, error: ErrorObject, schema: Schema): Finding {
  const limit = String(error.params.limit ?? "");
  if (error.keyword === "minProperties" && schema.title === "Match")
    return {
      rule: "empty-selector",
      path,
      message: "an empty selector",
      detail: ["expected at least one fact. To hit every device, write all: true in a target."],
    };
  if (schema.title === "Act") return act(path, error, schema);
  const unit = error.keyword.endsWith("Items")
    ? "entries"
    : error.keyword.endsWith("Length")
      ? "characters"
      : "fields";
  const few = error.keyword.startsWith("min");
  return {
    rule: few ? "too-short" : "too-long",
    path,
    message: `${few ? "too few" : "too many"} ${unit}`,
    detail: [`expected at ${few ? "least" : "most"} ${limit}.`],
  };
}

function act(path: Path, error: ErrorObject, schema: Schema): Finding {
  const verbs = Object.keys(schema.properties ?? {});
  const few = error.keyword === "minProperties";
  return {
    rule: few ? "missing-field" : "exclusive-fields",
    path,
    message: few ? "no act is given" : "more than one act is given",
    detail: [`Exactly one of ${verbs.join(", ")}.`],
  };
}
