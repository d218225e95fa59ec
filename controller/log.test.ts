import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Retry, UserError } from "./errors.ts";
import { type EventName, logEvents } from "./log/events.ts";
import { plainText } from "./log/plain-text.ts";
import { captureConsole, createLog, type LogOptions } from "./log.ts";

function recording(options: LogOptions = {}) {
  const lines: string[] = [];
  const log = createLog({ level: "debug", clock: () => 0, write: (line) => lines.push(line), ...options });
  return { log, lines, records: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe("an event", () => {
  test("has its level, its time and its fields", () => {
    const { log, lines } = recording();
    log.event("revision.in-force", { revision: "9d03e11", manifests: 41, durationMs: 12.34567 });
    expect(lines).toEqual([
      '{"level":"info","time":"1970-01-01T00:00:00.000Z","event":"revision.in-force","revision":"9d03e11","manifests":41,"durationMs":12.346}\n',
    ]);
  });

  test("has no field that it does not know, and no object in any that it does", () => {
    const { log, lines, records } = recording();
    const body = { password: "canary", toString: () => "canary", toJSON: () => "canary" };
    const hostile = { revision: body, manifests: "canary", durationMs: Number.NaN, password: "canary" };
    log.event("revision.in-force", hostile as never);
    expect(lines.join()).not.toContain("canary");
    expect(Object.keys(records()[0] ?? {})).toEqual(["level", "time", "event", "revision"]);
  });

  test("below the level is not written", () => {
    const { log, lines } = recording({ level: "warn" });
    log.event("source.polled", {});
    log.event("source.changed", {});
    log.event("source.failed", {});
    expect(lines).toHaveLength(1);
  });

  test("of any kind, with any text, is one line that a terminal can show", () => {
    const names = fc.constantFrom(...(Object.keys(logEvents) as EventName[]));
    fc.assert(
      fc.property(names, fc.string({ unit: "binary", maxLength: 400 }), (name, text) => {
        const { log, lines, records } = recording();
        const fields = Object.keys(logEvents[name].fields).map((field) => [field, text]);
        log.event(name, Object.fromEntries(fields));
        log.failure(name, new Error(text));
        expect(lines).toHaveLength(2);
        for (const line of lines)
          expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028]/u);
        for (const value of Object.values(records()[0] ?? {}))
          expect(String(value).length).toBeLessThanOrEqual(200);
      }),
      { seed: 20_261_126 },
    );
  });
});

describe("an error", () => {
  test("that was expected has no stack, a bug has one without its message", () => {
    const { log, records } = recording();
    log.failure("source.failed", new Retry("source-unreachable", "no network"), {
      source: "https://git.example/p",
    });
    log.failure("loop.failed", new TypeError("x is undefined", { cause: new Error("because") }), {
      part: "tick",
    });
    log.failure("loop.failed", { password: "canary" });

    const [expected, bug, odd] = records();
    expect(expected).toMatchObject({ error: "Retry", code: "source-unreachable", message: "no network" });
    expect(expected).not.toHaveProperty("stack");
    expect(bug).toMatchObject({ error: "TypeError", message: "x is undefined: because", part: "tick" });
    expect(bug?.stack).toMatch(/^at .*log\.test\.ts/);
    expect(String(bug?.stack)).not.toContain("undefined");
    expect(JSON.stringify(odd)).not.toContain("canary");
  });

  test("with properties of its own does not show them", () => {
    const { log, lines } = recording();
    const error = Object.assign(new UserError("bad", "bad"), {
      detail: "canary",
      config: { auth: "canary" },
    });
    log.failure("loop.failed", error);
    expect(lines.join()).not.toContain("canary");
  });
});

describe("a line that would show a secret", () => {
  test.each([
    ["-----BEGIN PRIVATE KEY-----MIIB", "pem"],
    ["AGE-SECRET-KEY-1QQQQ", "age-key"],
    ["connect postgres://reeve:hunter2@db/reeve", "credentials-in-url"],
    ["Authorization: Bearer abcdefghijklmnopqrst", "bearer-token"],
  ])("%s is withheld and reported", (text, why) => {
    const { log, lines, records } = recording();
    log.event("source.failed", { source: text });
    log.failure("loop.failed", new Error(text));
    expect(records()).toMatchObject([
      { level: "error", event: "log.withheld", of: "source.failed", why },
      { level: "error", event: "log.withheld", of: "loop.failed", why },
    ]);
    expect(lines.join()).not.toContain(text.slice(-8));
  });

  test("also when it is one that the configuration holds, however it is written", () => {
    const { log, lines } = recording();
    const secret = 'p"ss wörd/4711';
    log.guard(secret);
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")]) {
      log.event("source.failed", { source: `it said ${form} to us` });
    }
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toContain("log.withheld");
  });

  test("is not one with an address or an ordinary word in it", () => {
    const { log, lines } = recording();
    log.guard("short");
    for (const source of ["https://git.example/p.git", "ssh://git@git.example:22/p", "short", "13:45 a@b"]) {
      log.event("source.failed", { source });
    }
    expect(lines.join()).not.toContain("withheld");
  });
});

test("what a library prints goes through the log, without its objects", () => {
  const { log, records } = recording();
  const restore = captureConsole(log);
  try {
    console.error("[xmldom error]\t%s", "bad\nline", { password: "canary" });
    console.log(new Error("oops"));
  } finally {
    restore();
  }
  expect(records()).toMatchObject([
    { event: "console.line", text: "[xmldom error] bad line [object]" },
    { event: "console.line", text: "oops" },
  ]);
});

test("plain text keeps what people write", () => {
  expect(plainText("Größe 📱 日本語")).toBe("Größe 📱 日本語");
  expect(plainText("a\r\n\u001b[31mb\u202ec")).toBe("a [31mb c");
  expect(plainText("x".repeat(300), 10)).toBe(`${"x".repeat(9)}…`);
});
