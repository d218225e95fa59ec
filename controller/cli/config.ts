import { describeConfig } from "../config.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { grid } from "./render/grid.ts";
import type { Session } from "./session.ts";

/** Every setting with the value that is in effect; secrets are masked where they are read. */
export async function config(session: Session): Promise<ExitCode> {
  const settings = describeConfig(await session.loadConfig());
  const view = { settings: Object.fromEntries(settings.map(({ name, value }) => [name, value])) };
  const columns = [{}, { min: 20, cut: "start" as const }];
  await session.show(view, (_view, look) => {
    const rows = settings.map(({ name, value }) => [name, value === "" ? "-" : value]);
    return `${grid(columns, rows, look).join("\n")}\n`;
  });
  return exitCodes.inOrder;
}
