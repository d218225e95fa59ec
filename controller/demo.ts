import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runDemo } from "./demo/run.ts";
import { describe } from "./errors.ts";

const usage = `npm start [-- --once] [-- -o json] [-- --directory DIR] [-- --policies DIR]

Runs reeve on embedded parts with a simulated fleet of thirty devices, Apple and Android.
  --once            stop when every device has settled; exit 0 when all are ready or held
  -o, --output      text (default) or json: standard output is the summary alone
  --directory DIR   where the embedded store lives (.reeve/demo); emptied at the start
  --policies DIR    the folder of policies (policies)
`;

const options = {
  once: { type: "boolean", default: false },
  output: { type: "string", short: "o", default: "text" },
  directory: { type: "string", default: ".reeve/demo" },
  policies: { type: "string", default: "policies" },
  help: { type: "boolean", short: "h", default: false },
} as const;

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const { values } = parseArgs({ options, allowPositionals: false });
    if (values.help) {
      process.stdout.write(usage);
      return 0;
    }
    if (values.output !== "text" && values.output !== "json") throw new Error("--output is text or json");
    const root = join(import.meta.dirname, "..");
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    return await runDemo({ ...values, output: values.output, version });
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    return 3;
  }
}
