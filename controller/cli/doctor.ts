import type { Config } from "../config.ts";
import { describe, UserError } from "../errors.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { type Look, paint } from "./render/look.ts";
import { clean, pad, wrap } from "./render/text.ts";
import type { Session } from "./session.ts";

/** What one check found, and what to do about it. */
export interface Finding {
  readonly check: string;
  readonly status: "pass" | "warn" | "fail";
  readonly says: string;
  readonly hint?: string;
}

/** What is looked at. */
export interface Patient {
  readonly config: Config;
  /** Epoch ms by this host's clock. */
  readonly now: () => number;
  /** Nothing beyond this host is asked. */
  readonly offline: boolean;
  /** Asks the daemon's API; rejects when none answers. */
  readonly ask: <View>(path: string) => Promise<View>;
}

/** Looks at everything that a new operator gets wrong. Exit code 1 when something has failed. */
export async function doctor(session: Session, offline: boolean): Promise<ExitCode> {
  const findings = await examine(session, offline);
  await session.show({ checks: findings }, ({ checks }, look) => render(checks, look));
  return findings.some((one) => one.status === "fail") ? exitCodes.problems : exitCodes.inOrder;
}

async function examine(session: Session, offline: boolean): Promise<readonly Finding[]> {
  let config: Config;
  try {
    config = await session.loadConfig();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return [{ check: "configuration", status: "fail", says: describe(error), ...hint }];
  }
  const ask = async <View>(path: string): Promise<View> => (await session.client()).get<View>(path);
  const read: Finding = { check: "configuration", status: "pass", says: "every setting is understood" };
  return [read, ...(await session.examine({ config, now: session.io.now, offline, ask }))];
}

const marks = { pass: ["ok  ", "green"], warn: ["WARN", "yellow"], fail: ["FAIL", "red"] } as const;

function render(findings: readonly Finding[], look: Look): string {
  const width = Math.max(...findings.map((one) => one.check.length)) + 2;
  const indent = " ".repeat(6 + width);
  const lines = findings.flatMap(({ check, status, says, hint }) => {
    const [mark, color] = marks[status];
    const text = wrap(clean(says), look.width - indent.length);
    const todo = hint === undefined ? [] : wrap(`-> ${clean(hint)}`, look.width - indent.length);
    const [first = "", ...rest] = [...text, ...todo];
    return [
      `${paint(look, color, mark)}  ${pad(check, width)}${first}`,
      ...rest.map((line) => indent + line),
    ];
  });
  const count = (status: Finding["status"]): number => findings.filter((one) => one.status === status).length;
  const sum = `${count("pass")} in order, ${count("warn")} to look at, ${count("fail")} wrong.`;
  return `${[...lines, "", sum].join("\n")}\n`;
}
