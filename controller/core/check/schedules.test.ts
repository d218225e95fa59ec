import { expect, test } from "vitest";
import { loadPolicySet } from "../../manifests/load-policy-set.ts";

const now = Date.parse("2026-11-20T12:00:00Z");

function problems(when: string): readonly string[] {
  const text = `apiVersion: reeve/v1\nkind: InventorySchedule\nmetadata: {name: s}\nspec: {collect: [device], ${when}}\n`;
  const entries = new Map([["a.yaml", { type: "file" as const, bytes: Buffer.from(text) }]]);
  return loadPolicySet({ revision: "r", entries }, { now })
    .diagnostics.filter(({ severity }) => severity === "error")
    .map(
      ({ rule, subject, message }) =>
        `${rule} ${subject.replace("InventorySchedule/s spec.", "")}: ${message}`,
    );
}

test.each<readonly [string, readonly string[]]>([
  ["every: 15m", []],
  ["every: 14m", ["out-of-range every: too often: every 14m"]],
  ["every: 1d, spread: 1d", []],
  ["every: 1d, spread: 25h", ["spread-beyond-schedule spread: spread 25h is longer than every 1d"]],
  ["cron: '*/15 * * * *'", []],
  ["cron: '* * * * *', spread: 7d", ["out-of-range cron: too often: two rounds are 1m apart"]],
  // Once a day is often enough, and twice within five minutes is not.
  ["cron: '0,5 3 * * *'", ["out-of-range cron: too often: two rounds are 5m apart"]],
  ["cron: '0,5 3 29 2 *'", ["out-of-range cron: too often: two rounds are 5m apart"]],
  ["cron: '0 3 * * Mon', spread: 7d", []],
  [
    "cron: '0 3 * * Mon,Thu', spread: 7d",
    ["spread-beyond-schedule spread: spread 7d is longer than the 3d between two rounds"],
  ],
  // A day of spring has 23 hours, and no half past two.
  ["cron: '30 2 * * *', timeZone: Europe/Berlin, spread: 1d", []],
  ["cron: '0 0 30 2 *'", ["schedule-never-fires cron: this schedule never fires"]],
  [
    "cron: '0 3 7 * *', spread: 4h, maxAge: 30d",
    ["schedule-outlives-max-age maxAge: maxAge 30d is over before the next report is due"],
  ],
])("%s", (when, expected) => {
  expect(problems(when)).toEqual(expected);
});
