import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome"];

/** The browser of this machine; undefined where there is none, which is said, and is an error in CI. */
export function browserHere(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync);
  if (found !== undefined) return found;
  if (process.env.CI !== undefined) throw new Error("no chromium on this machine: see .ci/run");
  process.stderr.write("NO BROWSER: the enrollment page is not looked at in a real one (install chromium)\n");
  return undefined;
}

/** A browser without a window in which `mdm.test` is a port of this host, with any certificate. */
export function openBrowser(executablePath: string, port: number): Promise<Browser> {
  const args = [`--host-resolver-rules=MAP mdm.test 127.0.0.1:${port}`, "--ignore-certificate-errors"];
  // Root has no sandbox to go into, as in a container.
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath, args: [...args, ...sandbox, "--disable-gpu"] });
}
