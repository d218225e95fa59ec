import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** Files that are in the repository or about to be, so that nothing is found only after the commit. */
const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\0")
  .filter((file) => file !== "" && existsSync(join(root, file)));

const sources = files.filter((file) => file.startsWith("controller/") && file.endsWith(".ts"));
const text = (file: string): string => readFileSync(join(root, file), "utf8");

/** Tests, and what only tests and measurements import. */
function isTest(file: string): boolean {
  if (/\.test\.ts$|^controller\/(test|bench)\//.test(file)) return true;
  if (/^controller\/(apple\/fuzz|apple\/fixture|git\/remote-fixture|cli\/sample-views)/.test(file))
    return true;
  return /^(test-|contract|scripted-server|closing-line)/.test(basename(file));
}

/** The part of the house that a file belongs to: its folder, or its own name at the top. */
function partOf(file: string): string {
  return (file.split("/")[1] ?? "").replace(/\.ts$/, "");
}

interface Import {
  readonly from: string;
  readonly to: string;
}

function importsOf(file: string): readonly Import[] {
  const found = text(file).matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g);
  return [...found].map(([, to = ""]) => ({
    from: file,
    to: to.startsWith(".") ? normalize(join(dirname(file), to)) : to,
  }));
}

const imports = sources.flatMap(importsOf);
const shown = ({ from, to }: Import): string => `${from} imports ${to}`;

/** Who stands above whom. Parts of one rank do not know each other. */
const ranks: Readonly<Record<string, number>> = {
  errors: 0,
  core: 0,
  slices: 0,
  log: 1,
  config: 1,
  apple: 2,
  android: 2,
  git: 2,
  invitation: 2,
  notify: 2,
  store: 2,
  manifests: 2,
  simulator: 2,
  loop: 3,
  http: 4,
  cli: 5,
  assemble: 6,
  daemon: 7,
  demo: 8,
  main: 8,
};

test("imports run one way, and siblings do not know each other", () => {
  const parts = new Set(sources.filter((file) => !isTest(file)).map(partOf));
  expect([...parts].filter((part) => ranks[part] === undefined)).toEqual([]);
  const wrong = imports.filter(({ from, to }) => {
    if (isTest(from) || !to.startsWith("controller/") || partOf(from) === partOf(to)) return false;
    return (ranks[partOf(from)] ?? 0) <= (ranks[partOf(to)] ?? 0);
  });
  expect(wrong.map(shown)).toEqual([]);
});

test("only the demo, measurements and tests import the simulator, which imports nothing of ours but facts", () => {
  const users = imports.filter(
    ({ from, to }) =>
      to.startsWith("controller/simulator/") &&
      !isTest(from) &&
      !["simulator", "demo"].includes(partOf(from)),
  );
  expect(users.map(shown)).toEqual([]);
  // Key pairs of a run are shared by all tests; they carry nothing of ours. What Google's document says of its
  // interface is the same for both ends of the wire.
  const used = imports.filter(
    ({ from, to }) =>
      partOf(from) === "simulator" &&
      to.startsWith("controller/") &&
      partOf(to) !== "simulator" &&
      !(from.startsWith("controller/simulator/amapi/") && to.startsWith("controller/core/android-schema/")) &&
      !(isTest(from) && to === "controller/test/run-keys.ts"),
  );
  expect(used.map(shown)).toEqual([]);
});

test("what runs does not import tests", () => {
  const wrong = imports.filter(({ from, to }) => !isTest(from) && to.startsWith("controller/") && isTest(to));
  expect(wrong.map(shown)).toEqual([]);
});

test("what runs starts no program but git, and makes no code out of text", () => {
  const running = imports.filter(({ from }) => !isTest(from));
  const programs = running.filter(({ to }) => /^(node:)?(child_process|cluster|vm|repl|inspector)$/.test(to));
  expect(programs.map(shown)).toEqual([]);
  const git = running.filter(({ from, to }) => to === "simple-git" && partOf(from) !== "git");
  expect(git.map(shown)).toEqual([]);
  const code = /\beval\(|\bnew Function\(|\bsetTimeout\(\s*["'`]|\b(jsonwebtoken|jose)\b/;
  const found = sources.filter((file) => !isTest(file) && code.test(withoutComments(text(file))));
  expect(found).toEqual([]);
});

test("the core is pure: no waiting, clock, randomness, process or I/O", () => {
  const core = sources.filter((file) => file.startsWith("controller/core/") && !file.endsWith(".test.ts"));
  const impure =
    /\bawait\b|\basync\b|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.|\bperformance\.|\bfetch\(/;
  const found = core.flatMap((file) =>
    withoutComments(text(file))
      .split("\n")
      .filter((line) => impure.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
  const foreign = imports.filter(
    ({ from, to }) =>
      core.includes(from) &&
      !to.startsWith("controller/core/") &&
      to !== "croner" &&
      // Digests are functions of their input; nothing else of node:crypto is.
      !(
        to === "node:crypto" && /import \{ (createHash|hash)(, hash)? \} from "node:crypto"/.test(text(from))
      ),
  );
  expect(foreign.map(shown)).toEqual([]);
});

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

test("names say what a file is about", () => {
  const empty = /(^|-)(utils?|helpers?|common|misc|managers?|services?)(-|$)|^types$/;
  const words = (file: string): string[] => file.split("/").map((part) => part.replace(/\..*$/, ""));
  expect(sources.filter((file) => words(file).some((word) => empty.test(word)))).toEqual([]);
  const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.ts$/;
  expect(sources.filter((file) => !kebab.test(basename(file)))).toEqual([]);
});

test("no file is longer than 250 lines", () => {
  const long = sources
    .filter((file) => !isTest(file) && !file.includes("/generated/"))
    .map((file) => ({ file, lines: text(file).split("\n").length - 1 }))
    .filter(({ lines }) => lines > 250);
  expect(long).toEqual([]);
});

test("every exported function says what it leaves true", () => {
  const documented = ["core", "loop", "store", "apple", "git", "http"];
  const bare = sources
    .filter((file) => documented.includes(partOf(file)) && !isTest(file))
    .flatMap((file) => {
      const lines = text(file).split("\n");
      return lines.flatMap((line, index) =>
        /^export (async )?function /.test(line) && lines[index - 1]?.trimEnd().endsWith("*/") !== true
          ? [`${file}:${index + 1} ${line.trim()}`]
          : [],
      );
    });
  expect(bare).toEqual([]);
});

test("the project speaks of itself alone", () => {
  const own = ["package-lock.json", "LICENSE", "controller/architecture.test.ts"];
  // Machine paths, package registries, trackers and whoever typed this have no place in it.
  const foreign = [
    /\.\.\/shared\b/,
    /\/work\//,
    /(^|[\s"'`(=])\/(root|home|Users)\//,
    /registry\.npmjs|registry\.yarnpkg|artifactory|verdaccio|jfrog/i,
    /\b(issue|ticket|pull request|PR) ?#?\d+\b|\(#\d+\)/i,
    /\bclaude\b|anthropic|chatgpt|copilot|language model|\bAI[- ]generated/i,
    /\b(design|features|language|brief)\.md\b|\bdesign §/,
  ];
  const found = files
    .filter((file) => !own.includes(file) && !/\.(png|ico|p12|der)$/.test(file))
    .flatMap((file) =>
      text(file)
        .split("\n")
        .flatMap((line, index) =>
          foreign.some((pattern) => pattern.test(line)) ? [`${file}:${index + 1} ${line.slice(0, 120)}`] : [],
        ),
    );
  expect(found).toEqual([]);
});
