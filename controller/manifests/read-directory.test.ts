import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sourceCaps } from "../core/source-tree.ts";
import { readDirectory } from "./read-directory.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "reeve-directory-"));
});
afterEach(() => rmSync(root, { recursive: true }));

test("files are read by their path, links are noted and never followed, dot folders are left out", async () => {
  mkdirSync(join(root, "a"));
  mkdirSync(join(root, ".git"));
  writeFileSync(join(root, "a", "x.yaml"), "x");
  writeFileSync(join(root, ".git", "config"), "secret");
  symlinkSync("/etc", join(root, "etc"));
  symlinkSync("/etc/passwd", join(root, "a", "passwd.yaml"));
  const { entries, problems } = await readDirectory(root);

  expect([...entries]).toEqual([
    ["a/passwd.yaml", { type: "symlink" }],
    ["a/x.yaml", { type: "file", bytes: Buffer.from("x") }],
    ["etc", { type: "symlink" }],
  ]);
  expect(problems).toEqual([]);
});

test("what is over its cap is noted and not read", async () => {
  writeFileSync(join(root, "big.yaml"), "x".repeat(sourceCaps.yamlBytes + 1));
  writeFileSync(join(root, "just.yaml"), "x".repeat(sourceCaps.yamlBytes));
  const { entries } = await readDirectory(root);

  expect(entries.get("big.yaml")).toEqual({ type: "too-large", size: sourceCaps.yamlBytes + 1 });
  expect(entries.get("just.yaml")?.type).toBe("file");
});

test("too many files end the reading with a problem", async () => {
  for (let index = 0; index <= sourceCaps.files; index++) writeFileSync(join(root, `${index}.txt`), "");
  const { entries, problems } = await readDirectory(root);

  expect(entries.size).toBe(sourceCaps.files);
  expect(problems?.map(({ rule }) => rule)).toEqual(["too-many-files"]);
});

test("the revision follows the content and the names, and nothing else", async () => {
  writeFileSync(join(root, "a.yaml"), "1");
  const first = await readDirectory(root);
  writeFileSync(join(root, "a.yaml"), "1");
  const same = await readDirectory(root);
  writeFileSync(join(root, "a.yaml"), "2");
  const other = await readDirectory(root);

  expect(same.revision).toBe(first.revision);
  expect(other.revision).not.toBe(first.revision);
});

test("a directory that is not there is the user's mistake", async () => {
  await expect(readDirectory(join(root, "none"))).rejects.toThrow(/is not a directory/);
});
