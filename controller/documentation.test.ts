import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { runCommandLine } from "./cli/program.ts";

const root = join(import.meta.dirname, "..");
const pages = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\0")
  .filter((file) => file !== "" && existsSync(join(root, file)));
const text = (file: string): string => readFileSync(join(root, file), "utf8");

/** The anchors that a forge makes of a page's headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = text(page).matchAll(/^#{1,6} +(.+)$/gm);
  return new Set(
    [...headings].map(([, heading = ""]) =>
      heading
        .replace(/<[^>]+>/g, "")
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\- _]/gu, "")
        .trim()
        .replaceAll(" ", "-"),
    ),
  );
}

function withoutCode(page: string): string {
  return text(page)
    .replace(/^```[\s\S]*?^```/gm, "")
    .replace(/`[^`\n]*`/g, "");
}

test("every link leads somewhere", () => {
  const broken = pages.flatMap((page) =>
    [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
      if (/^(https?|mailto):/.test(link)) return [];
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(root, target))) return [`${page}: ${link}`];
      const known = anchor === undefined || !target.endsWith(".md") || anchorsOf(target).has(anchor);
      return known ? [] : [`${page}: ${link}`];
    }),
  );
  expect(broken).toEqual([]);
});

test("the index names every page", () => {
  const index = text("docs/README.md");
  const missing = pages.filter(
    (page) => page.startsWith("docs/") && page !== "docs/README.md" && !index.includes(`(${page.slice(5)})`),
  );
  expect(missing).toEqual([]);
});

/** A use of `reeve` in a page: its words up to the first flag, and its flags. */
interface Use {
  readonly page: string;
  readonly line: string;
  readonly words: readonly string[];
  readonly flags: readonly string[];
}

function usesIn(page: string): readonly Use[] {
  const blocks = [...text(page).matchAll(/^```[a-z]*\n([\s\S]*?)^```/gm)].flatMap(([, block = ""]) =>
    block.split("\n").map((line) => line.replace(/^\$ /, "")),
  );
  const prose = text(page).replace(/^```[\s\S]*?^```/gm, "");
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);
  return [...blocks, ...spans].flatMap((code) => {
    const command = /^(?:npx )?reeve ([a-z].*)$/.exec(code.trim())?.[1];
    // The name of an authority in the settings, and no verb.
    if (command === undefined || command === "device CA") return [];
    const [line = ""] = command.split(/ [|#>&] ?| {2,}|…|\\\|/);
    const words = line.split(" ").filter((word) => /^[a-z]+(-[a-z]+)*$/.test(word));
    const flags = [...line.matchAll(/(?<= )--?[a-z][a-z-]*/g)].map(([flag]) => flag);
    return [{ page, line, words, flags }];
  });
}

/** The help of `reeve a`, or of `reeve a b` when `b` is a verb below it. */
async function helpOf(words: readonly string[]): Promise<string> {
  let out = "";
  const io = {
    out: (part: string | Uint8Array) => {
      out += part;
    },
    err: () => {},
    env: {},
    cwd: root,
    now: () => 0,
    wait: async () => false,
    columns: 100,
    color: false,
    ask: undefined,
  };
  const fail = () => Promise.reject(new Error("help opens nothing"));
  const parts = {
    version: "0",
    loadConfig: fail,
    openOffline: fail,
    examine: fail,
    google: fail,
    runDaemon: fail,
  };
  await runCommandLine([...words, "--help"], io, parts);
  return out;
}

test("every command and flag that a page names exists", async () => {
  const uses = pages.flatMap(usesIn);
  expect(uses.length).toBeGreaterThan(50);
  const wrong: string[] = [];
  for (const { page, line, words, flags } of uses) {
    const [verb = "", below = ""] = words;
    const help = await helpOf([verb]);
    const deeper = new RegExp(`^  ${below}\\b`, "m").test(help.split("Commands:")[1] ?? "") && below !== "";
    const own = deeper ? await helpOf([verb, below]) : help;
    const isKnown = own.startsWith(`Usage: reeve ${deeper ? `${verb} ${below}` : verb} `);
    const known = new Set([...own.matchAll(/(?<=[ ,])--?[a-z][a-z-]*/g)].map(([flag]) => flag));
    if (!isKnown || flags.some((flag) => !known.has(flag))) wrong.push(`${page}: reeve ${line}`);
  }
  expect(wrong).toEqual([]);
});

test("every lesson names a test that is in the file it links, or says why it cannot occur", () => {
  const rows = text("docs/lessons.md")
    .split("\n")
    .filter((line) => /^\| (?!what went wrong)/.test(line));
  expect(rows.length).toBeGreaterThan(100);
  const wrong = rows.flatMap((row) => {
    const here = row.split(/(?<!\\)\|/)[2]?.trim() ?? "";
    const linked = [...here.matchAll(/\]\(([^)]+)\)((?:,? "[^"]+")*)/g)];
    if (linked.length === 0) return here.endsWith(".") ? [] : [row];
    return linked.flatMap(([, link = "", quoted = ""]) => {
      const titles = [...quoted.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => title);
      const source = text(join("docs", link));
      const missing = titles.filter((title) => !source.includes(title));
      return titles.length === 0 ? [`${link} names no test`] : missing.map((title) => `${link}: ${title}`);
    });
  });
  expect(wrong).toEqual([]);
});

test("the page on status has every reason, and no other", () => {
  const source = ["core/condition.ts", "core/held-reason.ts", "loop/view-lifecycle.ts"]
    .map((path) => text(`controller/${path}`))
    .join("");
  const reasons = new Set([...source.matchAll(/"([A-Z][a-z]+(?:[A-Z][a-z]+)*)"/g)].map(([, word]) => word));
  const page = text("docs/status.md");
  const told = [...page.matchAll(/^\| [A-Z][A-Za-z]+ \| (`[A-Za-z]+`(?:, `[A-Za-z]+`)*) \|/gm)].flatMap(
    ([, words = ""]) => words.replaceAll("`", "").split(", "),
  );
  expect(told.length).toBeGreaterThan(10);
  expect(told.filter((word) => !reasons.has(word))).toEqual([]);
  const conditions = ["Ready", "Reconciling", "Stalled", "Held", "Unreachable"];
  const used = [...source.matchAll(/reason: (?:[^,\n]*\? )?"([A-Za-z]+)"(?: : "([A-Za-z]+)")?/g)].flatMap(
    ([, a, b]) => [a, b].filter((word) => word !== undefined),
  );
  expect(used.filter((word) => !told.includes(word) && !conditions.includes(word ?? ""))).toEqual([]);
});
