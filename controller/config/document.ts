import { known } from "../config.ts";
import { variableOf } from "./given.ts";
import type { Setting } from "./setting.ts";

/** The tables of docs/configuration.md, one per section. */
export function settingsTables(): string {
  const sections = Map.groupBy(known, ([name]) => name.split(".")[0] ?? "");
  return [...sections]
    .map(([section, entries]) => [`### ${section}`, "", ...table(entries)].join("\n"))
    .join("\n\n");
}

function table(entries: readonly (readonly [string, Setting<unknown>])[]): readonly string[] {
  const rows = entries.map(([name, setting]) => {
    const also = setting.isSecret ? ` or \`${name}File\`` : "";
    const what = `${setting.doc} Expected: ${setting.expects.replaceAll("|", "\\|")}.`;
    return `| \`${name}\`${also} | \`${variableOf(name)}\` | ${fallbackOf(setting)} | ${what} |`;
  });
  return ["| setting | variable | default | meaning |", "|---|---|---|---|", ...rows];
}

function fallbackOf({ fallback, expects }: Setting<unknown>): string {
  if (fallback === undefined) return "";
  if (Array.isArray(fallback)) return "none";
  if (typeof fallback === "object" && fallback !== null && "host" in fallback && "port" in fallback) {
    return `\`${fallback.host}:${fallback.port}\``;
  }
  if (expects.startsWith("a duration")) return `\`${inUnits(Number(fallback), durations)}\``;
  if (expects.startsWith("a size")) return `\`${inUnits(Number(fallback), sizes)}\``;
  if (expects.startsWith("a percentage")) return `\`${Number(fallback) * 100}%\``;
  return `\`${String(fallback)}\``;
}

const durations = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "m"],
  [1_000, "s"],
] as const;

const sizes = [
  [2 ** 30, "GiB"],
  [2 ** 20, "MiB"],
  [2 ** 10, "KiB"],
] as const;

function inUnits(value: number, units: readonly (readonly [number, string])[]): string {
  const [size, unit] = units.find(([each]) => value >= each && value % each === 0) ?? [1, ""];
  return `${value / size}${unit}`;
}
