import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as sample from "./sample-views.ts";
import { type Answers, runReeve, startTestDaemon } from "./test-daemon.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reeve-quarantine-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function ask(argv: readonly string[], answers: Answers) {
  await using daemon = await startTestDaemon(answers);
  const ran = await runReeve(["quarantine", ...argv, "--server", daemon.url], { cwd: folder });
  return { ...ran, asked: daemon.asked };
}

const entry = { id: 7, at: sample.now, source: "checkin 0123456789ab", reason: "not a plist", size: 60_000 };

test("the list names the device where it is known, and how to look on", async () => {
  const messages = [
    { ...entry, device: "d-1", name: "IPAD-0417" },
    { ...entry, id: 6, reason: sample.hostileName },
  ];

  const { out, asked } = await ask(["--source", "checkin", "--before", "9"], {
    "GET /v1/quarantine": { messages },
  });

  expect(asked[0]?.query).toEqual({ source: "checkin", before: "9" });
  expect(out).toContain("7  2026-11-20 12:00:00Z  IPAD-0417             60,000  not a plist");
  expect(out).toContain("reeve quarantine show ID");
  expect(out).not.toMatch(/[\u001b\u202e]/u);
});

test("one message is text that steers no terminal, even where the daemon lets it through", async () => {
  const view = { ...entry, kept: 48_128, text: "<dict>\n\u001b[31m</dict>" };

  const { out } = await ask(["show", "7"], { "GET /v1/quarantine/7": view });

  expect(out).toContain("60,000 bytes, of which the first 48,128 are kept");
  expect(out).toContain("<dict>\n\\u{1b}[31m</dict>\n");
});

test("its bytes go to a file that only its owner reads, and nowhere else", async () => {
  const raw = Buffer.from([0, 27, 255]);
  const answers = { "POST /v1/quarantine/7/take": { raw: raw.toString("base64") } };

  const refused = await ask(["show", "7", "--raw"], answers);
  const taken = await ask(["show", "7", "--raw", "--out", "seven.bin"], answers);

  expect(refused).toMatchObject({ code: 3, out: "", asked: [] });
  expect(taken).toMatchObject({ code: 0, out: "" });
  expect(await readFile(join(folder, "seven.bin"))).toEqual(raw);
  expect((await stat(join(folder, "seven.bin"))).mode & 0o077).toBe(0);
});

test("forgetting names messages, or says that it means all", async () => {
  const answers = { "POST /v1/quarantine/forget": { forgotten: 2 } };

  expect((await ask(["forget"], answers)).code).toBe(3);
  expect((await ask(["forget", "7", "--all"], answers)).code).toBe(3);
  const some = await ask(["forget", "7", "6"], answers);
  expect(some.asked[0]?.body).toEqual({ ids: [7, 6] });
  expect(some.out).toBe("Forgotten: 2 messages\n");
  expect((await ask(["forget", "--all"], answers)).asked[0]?.body).toEqual({ all: true });
});
