import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sourceCaps } from "../core/source-tree.ts";
import { debounce, openDirectory } from "./directory.ts";
import type { Timers } from "./wake.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reeve-dir-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function save(path: string, content: string): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), content);
}

test("the revision follows the content, and nothing else", async () => {
  save("a.yaml", "1");
  const source = openDirectory({ folder, clock: () => 1_000 });
  const first = await source.poll();

  save("a.yaml", "1");
  save(".git/HEAD", "ref: x");
  save("node_modules/x/y.yaml", "z");
  expect((await source.poll()).revision).toBe(first.revision);
  save("a.yaml", "2");
  const second = await source.poll();
  renameSync(join(folder, "a.yaml"), join(folder, "b.yaml"));
  const third = await source.poll();

  expect(new Set([first.revision, second.revision, third.revision]).size).toBe(3);
  expect([...(await third.tree()).entries.keys()]).toEqual(["b.yaml"]);
  expect(third).toMatchObject({ at: 1_000, rewritten: false, author: "watched folder" });
  expect(await source.lookUp(first.revision)).toMatchObject({ at: 1_000 });
});

test("links are named and never followed, large files are not read", async () => {
  save("deep/a.yaml", "1");
  symlinkSync("/etc/passwd", join(folder, "passwd.yaml"));
  symlinkSync("/etc", join(folder, "etc"));
  symlinkSync("..", join(folder, "deep", "loop"));
  save("huge.yaml", "x".repeat(sourceCaps.yamlBytes + 1));

  const { entries } = await (await openDirectory({ folder }).poll()).tree();

  expect(Object.fromEntries(entries)).toMatchObject({
    "deep/a.yaml": { type: "file" },
    "deep/loop": { type: "symlink" },
    etc: { type: "symlink" },
    "huge.yaml": { type: "too-large", size: sourceCaps.yamlBytes + 1 },
    "passwd.yaml": { type: "symlink" },
  });
  expect(entries.size).toBe(5);
});

test("names that differ only in case are a problem, and neither is read", async () => {
  save("A.yaml", "1");
  save("a.yaml", "2");
  const tree = await (await openDirectory({ folder }).poll()).tree();
  expect(tree.entries.size).toBe(0);
  expect(tree.problems).toMatchObject([{ rule: "refused-path" }, { rule: "refused-path" }]);
});

test("a folder that is missing, or is a file, is the user's to fix", async () => {
  save("file", "x");
  for (const name of ["none", "file"]) {
    await expect(openDirectory({ folder: join(folder, name) }).poll()).rejects.toMatchObject({
      name: "UserError",
      code: "source-directory",
    });
  }
});

test("a burst of saves is one hint, and endless saving does not hide it", () => {
  const { timers, advance } = fakeTimers();
  let hints = 0;
  const burst = debounce(() => hints++, 100, timers);

  for (let save = 0; save < 5; save++) {
    burst.touch();
    advance(50);
  }
  expect(hints).toBe(0);
  advance(100);
  expect(hints).toBe(1);
  for (let save = 0; save < 25; save++) {
    burst.touch();
    advance(50);
  }
  expect(hints).toBe(2);
  burst.stop();
  advance(10_000);
  expect(hints).toBe(2);
});

test("saves in the watched folder are noticed, at any depth", async () => {
  save("a.yaml", "1");
  const source = openDirectory({ folder, quietMs: 20 });
  const stop = new AbortController();
  const hints = source.changes(stop.signal)[Symbol.asyncIterator]();
  await hints.next();
  const before = (await source.poll()).revision;

  save("new/deep/b.yaml", "2");
  await hints.next();
  let after = (await source.poll()).revision;
  while (after === before) {
    await hints.next();
    after = (await source.poll()).revision;
  }

  expect(after).not.toBe(before);
  const last = hints.next();
  await source.close();
  expect((await last).done).toBe(true);
  stop.abort();
});

function fakeTimers(): { timers: Timers; advance: (ms: number) => void } {
  let now = 0;
  const pending = new Map<object, { at: number; action: () => void }>();
  return {
    timers: {
      set(action, ms) {
        const key = {};
        pending.set(key, { at: now + ms, action });
        return key;
      },
      clear: (timer) => void pending.delete(timer as object),
    },
    advance(ms) {
      now += ms;
      for (const [key, { at, action }] of [...pending]) {
        if (at > now) continue;
        pending.delete(key);
        action();
      }
    },
  };
}
