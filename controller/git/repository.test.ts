import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sourceCaps } from "../core/source-tree.ts";
import { describe as inWords } from "../errors.ts";
import { type BareRepository, makeBareRepository, serveRepository } from "./remote-fixture.ts";
import { openRepository, type RepositoryOptions } from "./repository.ts";
import { nextPoll } from "./source.ts";

let folder: string;
let bare: BareRepository;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reeve-mirror-"));
  bare = makeBareRepository();
});

afterEach(() => {
  bare[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

function open(options: Partial<RepositoryOptions> = {}) {
  return openRepository({
    url: bare.url,
    folder,
    branch: "main",
    intervalMs: 60_000,
    allow: { file: true },
    ...options,
  });
}

function text(entry: unknown): string {
  const { bytes } = entry as { bytes: Uint8Array };
  return Buffer.from(bytes).toString("utf8");
}

async function failure(work: Promise<unknown>): Promise<Error & { code?: string; hint?: string }> {
  return work.then(
    () => expect.unreachable("it succeeded"),
    (error: unknown) => error as Error,
  );
}

describe("a repository over file://", () => {
  test("gives the commit, who made it and its files", async () => {
    const commit = bare.commit(
      { "a.yaml": "a: 1\n", "b/c.yaml": "c" },
      { message: "Passcode 8\n\nlong text" },
    );

    const snapshot = await open().poll();
    const tree = await snapshot.tree();

    expect(snapshot).toMatchObject({
      revision: commit,
      author: "It Lead",
      authorEmail: "it-lead@acme.example",
      message: "Passcode 8",
      at: 1_780_000_000_000,
      rewritten: false,
    });
    expect([...tree.entries.keys()]).toEqual(["a.yaml", "b/c.yaml"]);
    expect(text(tree.entries.get("a.yaml"))).toBe("a: 1\n");
    expect(tree.revision).toBe(commit);
    expect(tree.problems).toEqual([]);
  });

  test("a pushed commit is seen, and a tree is read once", async () => {
    bare.commit({ "a.yaml": "1" });
    const source = open();
    const first = await source.poll();
    const second = bare.commit({ "a.yaml": "2" });

    const next = await source.poll();

    expect(next.revision).toBe(second);
    expect(next.rewritten).toBe(false);
    expect(text((await next.tree()).entries.get("a.yaml"))).toBe("2");
    expect(await next.tree()).toBe(await next.tree());
    expect(text((await first.tree()).entries.get("a.yaml"))).toBe("1");
  });

  test("names the authors and committers of all commits since the revision before, or of the whole history", async () => {
    const first = bare.commit({ "a.yaml": "1" }, { author: "Ada", email: "ada@acme.example" });
    const forge = "Forge <forge@acme.example>";
    bare.commit({ "a.yaml": "2" }, { author: "Bob", email: "bob@acme.example", committer: forge });
    bare.commit({ "a.yaml": "3" }, { author: "Cy", email: "cy@acme.example" });
    const later = ["Bob", "Cy", "Forge", "bob@acme.example", "cy@acme.example", "forge@acme.example"];

    expect((await open().poll(first)).persons).toEqual(later);
    const all = ["Ada", ...later, "ada@acme.example"].toSorted();
    expect((await open().poll()).persons).toEqual(all);
    expect((await open().poll("0".repeat(40))).persons).toEqual(all);
  });

  test("a forced push and a rewind are marked as rewritten, also after a restart", async () => {
    const first = bare.commit({ "a.yaml": "1" });
    const second = bare.commit({ "a.yaml": "2" });
    const source = open();
    await source.poll();
    bare.commit({ "a.yaml": "3" }, { parent: null });

    expect((await source.poll()).rewritten).toBe(true);
    expect((await source.poll()).rewritten).toBe(false);
    expect((await open().poll(second)).rewritten).toBe(true);
    bare.git(["update-ref", "refs/heads/main", first]);
    expect((await open().poll(second)).rewritten).toBe(true);
    expect((await open().poll("0".repeat(40))).rewritten).toBe(true);
    expect((await open().poll("a content hash")).rewritten).toBe(true);
  });

  test("who made a revision can be asked later", async () => {
    const first = bare.commit({ "a.yaml": "1" }, { author: "Ada", message: "First" });
    bare.commit({ "a.yaml": "2" });
    const source = open();
    await source.poll();

    expect(await source.lookUp(first)).toMatchObject({ author: "Ada", message: "First" });
    expect(await source.lookUp("--output=/tmp/x")).toBeUndefined();
    expect(await source.lookUp("f".repeat(40))).toBeUndefined();
  });

  test("a folder of it can be the root", async () => {
    bare.commit({ "README.md": "x", "mdm/policies/a.yaml": "a", "mdm/policies/deep/b.yaml": "b" });

    const snapshot = await open({ path: "./mdm/policies/" }).poll();

    expect([...(await snapshot.tree()).entries.keys()]).toEqual(["a.yaml", "deep/b.yaml"]);
    const error = await failure(
      open({ path: "mdm/none" })
        .poll()
        .then((found) => found.tree()),
    );
    expect(error).toMatchObject({ name: "UserError", code: "source-path" });
    expect(error.message).toContain('no folder "mdm/none"');
  });

  test("tags, commits and the remote's own HEAD can be followed", async () => {
    const first = bare.commit({ "a.yaml": "1" });
    bare.git(["-c", "user.name=x", "-c", "user.email=x@x", "tag", "-a", "-m", "one", "v1", first]);
    const second = bare.commit({ "a.yaml": "2" });

    const polls = [{ tag: "v1" }, { commit: first }, {}].map(async (choice) => {
      const { branch: _, ...rest } = {
        branch: "main",
        url: bare.url,
        folder,
        intervalMs: 1,
        allow: { file: true },
      };
      return (await openRepository({ ...rest, ...choice, folder: mkdtempSync(join(folder, "m-")) }).poll())
        .revision;
    });

    expect(await Promise.all(polls)).toEqual([first, first, second]);
  });

  test("an empty repository, a missing branch and a missing repository are told apart", async () => {
    expect(await failure(open().poll())).toMatchObject({ name: "Retry", code: "source-empty" });
    bare.commit({ "a.yaml": "1" }, { branch: "master" });
    const missing = await failure(open().poll());
    expect(missing).toMatchObject({ name: "UserError", code: "source-ref" });
    expect(missing.hint).toContain("Found: master.");
    expect(await failure(open({ url: "file:///nowhere/at/all" }).poll())).toMatchObject({
      code: "source-not-found",
    });
  });

  test("a commit without files is an empty tree, not an error", async () => {
    bare.commit({});
    expect((await (await open().poll()).tree()).entries.size).toBe(0);
  });

  test("repositories in SHA-256 work", async () => {
    using modern = makeBareRepository("sha256");
    const commit = modern.commit({ "a.yaml": "1" });

    const snapshot = await open({ url: modern.url }).poll();

    expect(snapshot.revision).toBe(commit);
    expect(commit).toHaveLength(64);
    expect(text((await snapshot.tree()).entries.get("a.yaml"))).toBe("1");
    modern.commit({ "a.yaml": "2" });
    expect((await open({ url: modern.url }).poll(commit)).rewritten).toBe(false);
  });
});

describe("hostile content", () => {
  test("links, submodules and large files are named and not read", async () => {
    bare.commit({
      "link.yaml": { mode: "120000", content: "/etc/passwd" },
      module: { mode: "160000", content: "1".repeat(40) },
      "script.yaml": { mode: "100755", content: "ok" },
      "huge.yaml": "x".repeat(sourceCaps.yamlBytes + 1),
      ".gitmodules": '[submodule "m"]\n\tpath = module\n\turl = ext::sh -c touch% /tmp/reeve-pwned\n',
    });

    const { entries } = await (await open().poll()).tree();

    expect(entries.get("link.yaml")).toEqual({ type: "symlink" });
    expect(entries.get("module")).toEqual({ type: "submodule" });
    expect(entries.get("huge.yaml")).toEqual({ type: "too-large", size: sourceCaps.yamlBytes + 1 });
    expect(text(entries.get("script.yaml"))).toBe("ok");
    expect(entries.has(".gitmodules")).toBe(false);
    expect(existsSync("/tmp/reeve-pwned")).toBe(false);
  });

  test("paths that escape, collide or cannot be shown are problems, and nothing is read for them", async () => {
    bare.commit({
      "../up.yaml": "x",
      "a\nb.yaml": "x",
      "rtl\u202eyaml.exe": "x",
      "Same.yaml": "1",
      "same.yaml": "2",
      "caf\u00e9.yaml": "composed",
      "cafe\u0301.yaml": "decomposed",
      "back\\slash.yaml": "x",
      "C:evil.yaml": "x",
      "good.yaml": "good",
    });

    const { entries, problems = [] } = await (await open().poll()).tree();

    expect([...entries.keys()]).toEqual(["good.yaml"]);
    expect(problems.map((each) => each.rule)).toEqual(Array(9).fill("refused-path"));
    expect(problems.map((each) => each.origin.file).join()).not.toMatch(/[\n\u202e]/);
    expect(problems.find((each) => each.origin.file === "Same.yaml")?.message).toContain("same.yaml");
  });

  test("more files than allowed are a problem, not a read", async () => {
    const blob = bare.git(["hash-object", "-w", "--stdin"], "x");
    const names = Array.from(
      { length: sourceCaps.files + 10 },
      (_, index) => `f${String(index).padStart(5, "0")}`,
    );
    const tree = bare.git(["mktree"], names.map((name) => `100644 blob ${blob}\t${name}.yaml\n`).join(""));
    const commit = bare.git(
      ["hash-object", "-t", "commit", "-w", "--stdin"],
      `tree ${tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nmany\n`,
    );
    bare.git(["update-ref", "refs/heads/main", commit]);

    const found = await (await open().poll()).tree();

    expect(found.entries.size).toBe(sourceCaps.files);
    expect(found.problems).toMatchObject([{ rule: "source-too-large" }]);
  });

  test("a commit's text cannot steer a terminal", async () => {
    bare.commit({ a: "1" }, { message: "red \u001b[31m\u202eevil\rline", author: "Eve\u0007" });
    const snapshot = await open().poll();
    expect(`${snapshot.message}${snapshot.author}`).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test("no hook of the mirror or of the machine runs", async () => {
    bare.commit({ "a.yaml": "1" });
    const source = open();
    await source.poll();
    const [mirror = ""] = readdirSync(folder);
    const hooks = join(folder, mirror, "hooks");
    mkdirSync(hooks, { recursive: true });
    for (const name of ["reference-transaction", "post-checkout", "pre-auto-gc", "update", "post-update"]) {
      writeFileSync(join(hooks, name), `#!/bin/sh\ntouch ${folder}/ran\n`);
      chmodSync(join(hooks, name), 0o755);
    }
    bare.commit({ "a.yaml": "2" });

    await source.poll();

    expect(existsSync(join(folder, "ran"))).toBe(false);
    expect(existsSync(join(folder, mirror, "index"))).toBe(false);
  });
});

describe("over HTTP with git http-backend", () => {
  test("polls, fetches what is new, and sees a forced push", async () => {
    const served = await serveRepository(bare);
    try {
      bare.commit({ "a.yaml": "1" });
      const source = open({ url: served.url, allow: {} });
      await source.poll();
      const before = served.requests.length;
      await source.poll();
      expect(served.requests.slice(before).join()).not.toContain("packfile");
      const commit = bare.commit({ "a.yaml": "2" });

      const snapshot = await source.poll();

      expect(snapshot.revision).toBe(commit);
      expect(text((await snapshot.tree()).entries.get("a.yaml"))).toBe("2");
      bare.commit({ "a.yaml": "3" }, { parent: null });
      expect((await source.poll()).rewritten).toBe(true);
    } finally {
      await served.close();
    }
  });

  test("credentials reach the server, and never an error, a description, a file or an argument", async () => {
    const secret = "gh p+canary/4711";
    const authorization = `Basic ${Buffer.from(`bot:${secret}`).toString("base64")}`;
    const served = await serveRepository(bare, { authorization });
    bare.commit({ "a.yaml": "1" });
    const url = `http://bot:${encodeURIComponent(secret)}@127.0.0.1:${served.port}/policies.git`;
    const good = open({ url, allow: {} });

    expect((await good.poll()).author).toBe("It Lead");
    const wrong = await failure(open({ url: url.replace("bot", "bat"), allow: {} }).poll());
    await served.close();
    const gone = await failure(good.poll());

    expect(wrong).toMatchObject({ name: "UserError", code: "source-access" });
    expect(gone).toMatchObject({ name: "Retry", code: "source-unreachable" });
    const [mirror = ""] = readdirSync(folder);
    const config = readFileSync(join(folder, mirror, "config"), "utf8");
    for (const shown of [inWords(wrong), inWords(gone), good.describe(), JSON.stringify(good), config]) {
      expect(shown).not.toContain("canary");
      expect(shown).not.toContain(authorization.slice(6));
    }
  });

  test("a redirect is followed without credentials, and never with them", async () => {
    const served = await serveRepository(bare);
    const front = createServer((request, reply) => {
      const location = `http://127.0.0.1:${served.port}${request.url}`;
      reply.writeHead(302, { location }).end();
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => front.once("listening", resolve));
    const host = `127.0.0.1:${(front.address() as AddressInfo).port}`;
    bare.commit({ "a.yaml": "1" });

    const refused = await failure(
      open({ url: `http://bot:canary-1@${host}/policies.git`, allow: {} }).poll(),
    );
    const asked = served.requests.length;
    await open({ url: `http://${host}/policies.git`, allow: {} }).poll();

    expect(refused).toMatchObject({ name: "UserError", code: "source-redirect" });
    expect(asked).toBe(0);
    expect(served.requests.length).toBeGreaterThan(0);
    front.close();
    await served.close();
  });
});

describe("what goes wrong on our own disk", () => {
  test("a lock that a killed git left behind and a broken object are repaired by fetching afresh", async () => {
    bare.commit({ "a.yaml": "1" });
    await open().poll();
    const [mirror = ""] = readdirSync(folder);
    writeFileSync(join(folder, mirror, "refs", "reeve", "source.lock"), "");
    const second = bare.commit({ "a.yaml": "2" });
    expect((await open().poll()).revision).toBe(second);

    rmSync(join(folder, mirror, "objects"), { recursive: true });
    mkdirSync(join(folder, mirror, "objects"));
    expect((await open().poll()).revision).toBe(second);
  });

  test("a git that fails without a word is not taken for success", async () => {
    bare.commit({ "a.yaml": "1" });
    const binary = join(folder, "git");
    writeFileSync(binary, "#!/bin/sh\nexit 3\n");
    chmodSync(binary, 0o755);

    const error = await failure(open({ binary }).poll());

    expect(error).toMatchObject({ name: "Retry", code: "source-unreachable" });
    expect(error.message).toContain("exit code 3");
  });

  test("a machine without git, and a commit that is not there, are said in words", async () => {
    bare.commit({ "a.yaml": "1" });
    expect(await failure(open({ binary: "/nowhere/git" }).poll())).toMatchObject({ code: "git-missing" });
    expect(await failure(open({ commit: "a".repeat(40) }).poll())).toMatchObject({
      name: "UserError",
      code: "source-ref",
    });
  });

  test.runIf(process.getuid?.() === 0)(
    "a local repository of another user is read, because it was named",
    async () => {
      bare.commit({ "a.yaml": "1" });
      execFileSync("chown", ["-R", "nobody", bare.path]);
      expect((await (await open().poll()).tree()).entries.size).toBe(1);
    },
  );

  test("closing ends a git that hangs", async () => {
    const binary = join(folder, "git");
    writeFileSync(binary, "#!/bin/sh\nexec sleep 20\n");
    chmodSync(binary, 0o755);
    const source = open({ binary });
    const polling = failure(source.poll());

    await source.close();

    expect(await polling).toMatchObject({ name: "Retry", code: "source-closed" });
  });
});

describe("when to look", () => {
  test("the interval is spread by ten per cent either way", () => {
    expect([0, 0.5, 0.999_999].map((random) => nextPoll(60_000, random))).toEqual([54_000, 60_000, 66_000]);
  });

  test("hints come after each interval and when nudged, and end with the signal", async () => {
    const pauses: { ms: number; go: () => void }[] = [];
    const source = open({
      random: () => 0,
      sleep: (ms) => new Promise((go) => pauses.push({ ms, go })),
    });
    const stop = new AbortController();
    const hints = source.changes(stop.signal)[Symbol.asyncIterator]();

    const first = hints.next();
    pauses[0]?.go();
    expect((await first).done).toBe(false);
    expect(pauses[0]?.ms).toBe(54_000);
    source.nudge();
    source.nudge();
    expect((await hints.next()).done).toBe(false);
    const last = hints.next();
    stop.abort();
    expect((await last).done).toBe(true);
  });
});
