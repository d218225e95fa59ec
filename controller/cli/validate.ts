import { lstat, writeFile } from "node:fs/promises";
import { posix } from "node:path";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { SourceTree } from "../core/source-tree.ts";
import { describe, UserError } from "../errors.ts";
import { readDirectoryTree } from "../git/directory-tree.ts";
import { type LoadPorts, type LoadSummary, loadPolicySet } from "../manifests/load-policy-set.ts";
import { type DiagnosticFormat, renderDiagnostics } from "./render/diagnostics.ts";

export interface ValidateOptions extends LoadPorts {
  /** Each is a repository of its own; empty means `policies`, or the current directory where there is none. */
  readonly directories: readonly string[];
  readonly output: DiagnosticFormat;
  /** A file for the output; `text` of the result is then empty. */
  readonly out?: string;
}

/** Validates directories without network or credentials. Exit code 0 in order, 1 errors found, 3 could not run. */
export async function validate(
  options: ValidateOptions,
): Promise<{ readonly text: string; readonly exitCode: 0 | 1 | 3 }> {
  const started = performance.now();
  try {
    const loaded: Loaded[] = [];
    for (const directory of await directoriesOf(options)) loaded.push(await load(directory, options));
    const summary = loaded.map((one) => one.summary).reduce(sum);
    const report = {
      diagnostics: loaded.flatMap((one) => one.diagnostics),
      summary,
      durationMs: performance.now() - started,
      lineOf: (file: string, line: number) => lineIn(loaded, file, line),
    };
    const text = renderDiagnostics(report, options.output);
    if (options.out !== undefined) await writeOut(options.out, text);
    return { text: options.out === undefined ? text : "", exitCode: summary.errors > 0 ? 1 : 0 };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {
      text: `${[`reeve: ${error.message}`, ...(error.hint ?? "").split("\n")].filter(Boolean).join("\n")}\n`,
      exitCode: 3,
    };
  }
}

interface Loaded {
  readonly directory: string;
  readonly tree: SourceTree;
  readonly diagnostics: readonly Diagnostic[];
  readonly summary: LoadSummary;
}

async function directoriesOf(options: ValidateOptions): Promise<readonly string[]> {
  if (options.directories.length > 0) return options.directories;
  const policies = await lstat("policies").catch(() => undefined);
  return [policies?.isDirectory() === true ? "policies" : "."];
}

async function load(directory: string, options: ValidateOptions): Promise<Loaded> {
  const tree = await readDirectoryTree(directory);
  const { readProfileFile, now } = options;
  const { diagnostics, summary } = loadPolicySet(tree, {
    now,
    ...(readProfileFile === undefined ? {} : { readProfileFile }),
  });
  const inDirectory = diagnostics.map((diagnostic) => ({
    ...diagnostic,
    origin: { ...diagnostic.origin, file: pathIn(directory, diagnostic.origin.file) },
  }));
  return { directory, tree, diagnostics: inDirectory, summary };
}

/**
 * Below the directory as people type it. Below the current one where that is possible, because forges find a file only
 * by its path in the checkout.
 */
function pathIn(directory: string, file: string): string {
  const path = posix.join(directory, file);
  const inside = posix.relative(process.cwd(), path);
  return posix.isAbsolute(path) && inside !== "" && !/^\.\.(\/|$)/.test(inside) ? inside : path;
}

function lineIn(loaded: readonly Loaded[], file: string, line: number): string | undefined {
  for (const { directory, tree } of loaded) {
    const path = posix.relative(directory, file);
    const entry = tree.entries.get(path);
    if (entry?.type === "file") return linesOf(entry.bytes)[line - 1];
  }
  return undefined;
}

const split = new WeakMap<Uint8Array, readonly string[]>();

function linesOf(bytes: Uint8Array): readonly string[] {
  const lines = split.get(bytes) ?? new TextDecoder().decode(bytes).split(/\r?\n/);
  split.set(bytes, lines);
  return lines;
}

function sum(a: LoadSummary, b: LoadSummary): LoadSummary {
  return {
    manifests: a.manifests + b.manifests,
    files: a.files + b.files,
    valid: a.valid + b.valid,
    invalid: a.invalid + b.invalid,
    errors: a.errors + b.errors,
    warnings: a.warnings + b.warnings,
  };
}

async function writeOut(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((error: unknown) => {
    throw new UserError("unwritable", `cannot write ${path}: ${describe(error)}`, { cause: error });
  });
}
