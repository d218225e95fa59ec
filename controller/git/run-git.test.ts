import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseRemote } from "./remote.ts";
import { createGit, type GitOptions } from "./run-git.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reeve-git-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A git that runs this script instead. */
function fakeGit(script: string, options: Partial<GitOptions> = {}) {
  const binary = join(folder, "git");
  writeFileSync(binary, `#!/bin/sh\n${script}\n`);
  chmodSync(binary, 0o755);
  const remote = parseRemote("https://bot:canary-4711@git.example/p.git", {});
  return createGit({ folder, remote, binary, signal: new AbortController().signal, ...options });
}

test("git runs in surroundings of ours: one protocol, no prompt, no user's settings, no credentials in arguments", async () => {
  const before = { ...process.env };
  Object.assign(process.env, {
    GIT_SSH_COMMAND: "evil",
    GIT_DIR: "/evil",
    EDITOR: "evil",
    LD_PRELOAD_X: "evil",
  });
  try {
    const git = fakeGit('echo "ARGS $*"; env', { ssh: { keyFile: "/k's", knownHostsFile: "/known" } });
    const lines = (await git.text(["ls-remote", "--", "https://git.example/p.git"])).split("\n");
    const env = Object.fromEntries(lines.slice(1).map((line) => line.split(/=(.*)/s).slice(0, 2)));

    expect(lines[0]).toBe("ARGS ls-remote -- https://git.example/p.git");
    expect(env).toMatchObject({
      HOME: folder,
      GIT_DIR: folder,
      GIT_ALLOW_PROTOCOL: "https",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
    });
    expect(env.GIT_SSH_COMMAND).toContain("-oBatchMode=yes -oStrictHostKeyChecking=yes");
    expect(env.GIT_SSH_COMMAND).toContain(`-i '/k'\\''s'`);
    expect(Object.values(env).join()).not.toContain("evil");
    const settings = new Map(
      Array.from({ length: Number(env.GIT_CONFIG_COUNT) }, (_, index) => [
        env[`GIT_CONFIG_KEY_${index}`],
        env[`GIT_CONFIG_VALUE_${index}`],
      ]),
    );
    expect(settings.get("core.hooksPath")).toBe("/dev/null");
    expect(settings.get("credential.helper")).toBe("");
    expect(settings.get("http.followRedirects")).toBe("false");
    expect(settings.get("http.extraHeader")).toBe(`Authorization: Basic ${btoa("bot:canary-4711")}`);
  } finally {
    process.env = before;
  }
});

test("an error keeps what git said, without credentials and control characters", async () => {
  const git = fakeGit(
    'printf "fatal: https://bot:canary-4711@git.example/p.git \\033[31mgone\\n" >&2; exit 128',
  );
  await expect(git.text(["ls-remote"])).rejects.toMatchObject({
    name: "GitFailure",
    message: "fatal: https://git.example/p.git [31mgone",
  });
});

test("a failure is a failure even when git says nothing, or says it on standard output", async () => {
  await expect(fakeGit("exit 1").text(["x"])).rejects.toThrow("exit code 1 and said nothing");
  await expect(fakeGit("echo fine; exit 7").text(["x"])).rejects.toThrow("exit code 7");
  await expect(fakeGit("kill -9 $$").text(["x"])).rejects.toMatchObject({ name: "GitFailure" });
});

test("more output than allowed, and more time than allowed, end it", async () => {
  const endless = fakeGit("yes");
  await expect(endless.text(["x"], { maxBytes: 100_000 })).rejects.toThrow("more than it may");
  const hanging = fakeGit("exec sleep 30");
  await expect(hanging.text(["x"], { timeoutMs: 100 })).rejects.toMatchObject({ code: "source-timeout" });
});

test("large output arrives whole", async () => {
  const git = fakeGit("cat");
  const input = "0123456789abcdef".repeat(300_000);
  expect((await git.catFile(["--batch"], { input })).toString("latin1")).toBe(input);
});
