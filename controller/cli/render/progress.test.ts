import { expect, test } from "vitest";
import { barText, createProgress } from "./progress.ts";

function stream(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 60, write: (text: string) => void written.push(text), written };
}

test("a bar says how far it is, in the width there is", () => {
  expect(barText(12, 30, "installing", 80)).toBe("[████████············]  40%  12/30  installing");
  expect(barText(0, 0, "nothing", 80)).toContain("0%  0/0");
  expect(barText(5, 3, "more", 80)).toContain("100%");
  expect(barText(1, 2, "x".repeat(100), 40)).toHaveLength(40);
});

test("on a terminal the bar is redrawn in place, at most ten times a second, and goes away", () => {
  const target = stream(true);
  let now = 0;
  const progress = createProgress(target, () => now);
  for (let done = 0; done < 10; done++) {
    progress.update(done, 10, "working");
    now += 30;
  }
  const drawn = target.written.length;
  progress.note("a device left");
  progress.end();
  expect(drawn).toBe(3);
  expect(target.written.every((text) => text.startsWith("\r\u001b[2K"))).toBe(true);
  expect(target.written[drawn]).toContain("a device left\n");
  expect(target.written.at(-1)).toBe("\r\u001b[2K");
});

test("elsewhere it is plain lines, few of them, and the last state is among them", () => {
  const target = stream(false);
  let now = 0;
  const progress = createProgress(target, () => now);
  for (let done = 0; done <= 1_000; done++) {
    progress.update(done, 1_000, "verified");
    now += 10;
  }
  progress.end();
  expect(target.written.join("")).not.toMatch(/\r|\u001b/);
  expect(target.written.length).toBeLessThanOrEqual(12);
  expect(target.written[0]).toBe("verified 0/1000\n");
  expect(target.written.at(-1)).toBe("verified 1000/1000\n");
});
