import { fork } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { cpus, loadavg, totalmem } from "node:os";
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { describe } from "../errors.ts";
import { type Figure, type Report, renderMarkdown, renderReport } from "./figure.ts";
import type { Measurement } from "./measure.ts";
import { committing } from "./measure-commit.ts";
import { endpoint } from "./measure-endpoint.ts";
import { fleets } from "./measure-fleet.ts";
import { planning, validating } from "./measure-planning.ts";

const usage = `npm run bench [-- --only NAME] [-- -o json] [-- --quick]

Measures reeve on this machine, prints a table and writes bench-results.json.
  --only NAME     one measurement, or all whose names begin like this; may be repeated
  -o, --output    text (default), json or markdown: standard output is the report alone
  --quick         small and short: shows that it works, not how fast it is
  --list          the names
`;

const options = {
  only: { type: "string", multiple: true, default: [] as string[] },
  output: { type: "string", short: "o", default: "text" },
  quick: { type: "boolean", default: false },
  list: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} satisfies ParseArgsOptionsConfig;

const measurements: readonly Measurement[] = [validating, ...planning, ...fleets, ...committing, ...endpoint];

process.exitCode = process.send === undefined ? await main() : await measureHere();

async function main(): Promise<number> {
  try {
    const { values } = parseArgs({ options, allowPositionals: false });
    if (values.help) process.stdout.write(usage);
    if (values.list)
      for (const { name, about } of measurements) process.stdout.write(`${name.padEnd(22)} ${about}\n`);
    if (values.help || values.list) return 0;
    const { only } = values;
    if (!["text", "json", "markdown"].includes(values.output))
      throw new Error("--output is text, json or markdown");
    const chosen = measurements.filter(
      ({ name }) => only.length === 0 || only.some((one) => name.startsWith(one)),
    );
    if (chosen.length === 0)
      throw new Error(`no measurement is called ${only.join(" or ")}; --list names them`);
    const report = await measure(chosen, values.quick, keep);
    process.stdout.write(renderAs(values.output, report));
    return 0;
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    return 3;
  }
}

/** The file holds what is measured so far: who ends a long run keeps the figures it had. */
async function keep(report: Report): Promise<void> {
  await writeFile("bench-results.json", `${JSON.stringify(report, null, 2)}\n`);
}

function renderAs(output: string, report: Report): string {
  if (output === "json") return `${JSON.stringify(report, null, 2)}\n`;
  return output === "markdown" ? renderMarkdown(report) : `\n${renderReport(report)}`;
}

async function measure(
  chosen: readonly Measurement[],
  quick: boolean,
  keep: (report: Report) => Promise<void>,
): Promise<Report> {
  const loadBefore = loadavg()[0] ?? 0;
  const figures: Figure[] = [];
  const memory = Math.round(totalmem() / 1024 ** 3);
  const machine = `${cpus().length} cores of ${cpus()[0]?.model ?? "?"}, ${memory} GiB`;
  const report = (): Report => ({
    machine,
    node: process.version,
    at: new Date().toISOString(),
    loadBefore,
    quick,
    figures,
  });
  for (const { name, about } of chosen) {
    process.stderr.write(`${name}: ${about} (load ${loadavg()[0]?.toFixed(1)})\n`);
    const measured = await inChild(name, quick);
    for (const { name: figure, value, unit } of measured)
      process.stderr.write(`  ${figure}: ${value} ${unit}\n`);
    figures.push(...measured);
    await keep(report());
  }
  return report();
}

/** Each measurement has a process of its own: its memory is what it needs itself. */
function inChild(name: string, quick: boolean): Promise<readonly Figure[]> {
  return new Promise((resolve, reject) => {
    let figures: readonly Figure[] | undefined;
    const child = fork(import.meta.filename, ["--only", name, ...(quick ? ["--quick"] : [])], {
      execArgv: [...process.execArgv, "--expose-gc"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    child.on("message", (message) => {
      figures = message as readonly Figure[];
    });
    child.on("exit", (code) => {
      if (figures === undefined) reject(new Error(`${name} ended with ${code} and without figures`));
      else resolve(figures);
    });
  });
}

async function measureHere(): Promise<number> {
  const { values } = parseArgs({ options, allowPositionals: false });
  const measurement = measurements.find(({ name }) => name === values.only[0]);
  const say = (line: string): void => void process.stderr.write(`  ${line}\n`);
  const figures = await measurement?.run({ quick: values.quick, say });
  process.send?.(figures);
  process.disconnect();
  return 0;
}
