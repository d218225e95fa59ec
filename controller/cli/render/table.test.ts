import fc from "fast-check";
import { expect, test } from "vitest";
import { lookFor, table } from "./table.ts";
import { ago, longTimespan, timespan } from "./time.ts";
import { truncated, widthOf } from "./width.ts";

const look = { now: 0, width: 100, color: false };

test("numbers stand right with their thousands apart, lines have no blanks at their end", () => {
  const columns = [{ title: "group" }, { title: "devices" }, { title: "note" }];
  const rows = [
    ["ipads-berlin", 12010, undefined],
    ["営業部", 7, "two columns each"],
  ];
  expect(table(columns, rows, look)).toBe(
    [
      "group         devices  note",
      "ipads-berlin   12,010",
      "営業部              7  two columns each",
      "",
    ].join("\n"),
  );
});

test("a table is never wider than the terminal, whatever devices are called", () => {
  const columns = [{ title: "name", min: 8 }, { title: "n" }, { title: "text", min: 10 }];
  const row = fc.tuple(
    fc.string({ unit: "binary" }),
    fc.nat(),
    fc.string({ unit: "grapheme", maxLength: 300 }),
  );
  fc.assert(
    fc.property(fc.array(row, { maxLength: 5 }), fc.integer({ min: 60, max: 120 }), (rows, width) => {
      const lines = table(columns, rows, { ...look, width }).split("\n");
      expect(lines).toHaveLength(rows.length + 2);
      for (const line of lines) {
        expect(widthOf(line)).toBeLessThanOrEqual(width);
        expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
      }
    }),
    { seed: 20_261_126 },
  );
});

test("what is cut ends in an ellipsis, at a whole character", () => {
  expect(truncated("abcdef", 4)).toBe("abc…");
  expect(truncated("日本語テキスト", 6)).toBe("日本…");
  expect(truncated("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 3)).toBe("👩‍👩‍👧‍👦…");
  expect([widthOf("Größe"), widthOf("e\u0301"), widthOf("📱"), widthOf("\u001b[31mred\u001b[0m")]).toEqual([
    5, 1, 2, 3,
  ]);
});

test("colours are for terminals, and for those who want them", () => {
  expect(lookFor({ isTTY: true, columns: 140 }, 5, {})).toEqual({ now: 5, width: 140, color: true });
  expect(lookFor({}, 5, {})).toEqual({ now: 5, width: 100, color: false });
  expect(lookFor({ isTTY: true }, 5, { NO_COLOR: "1", FORCE_COLOR: "1" }).color).toBe(false);
  expect(lookFor({}, 5, { FORCE_COLOR: "1" }).color).toBe(true);
  expect(lookFor({ isTTY: true }, 5, { TERM: "dumb" }).color).toBe(false);
});

test.each([
  [300, "0.3 s", "0 s"],
  [4_000, "4 s", "4 s"],
  [59_900, "1 min", "1 min"],
  [90_000, "1 min", "1 min 30 s"],
  [4_800_000, "1 h", "1 h 20 min"],
  [259_200_000, "3 d", "3 d"],
])("%d ms is %s, or %s", (ms, short, long) => {
  expect([timespan(ms), longTimespan(ms)]).toEqual([short, long]);
});

test("how long ago it was is told in one unit", () => {
  const now = 1_000_000_000;
  expect(ago(now - 4_300, now)).toBe("4 s ago");
  expect(ago(now - 259_200_000, now)).toBe("3 d ago");
  expect(ago(now + 300_000, now)).toBe("in 5 min");
  expect(ago(now - 500, now)).toBe("just now");
  expect(ago(undefined, now)).toBe("never");
});
