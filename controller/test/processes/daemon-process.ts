import { type ChildOptions, type Finished, type RunningChild, startChild } from "./child-process.ts";
import { eventually } from "./eventually.ts";

export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

/** A daemon in a process of its own. */
export interface DaemonProcess extends RunningChild {
  readonly log: () => readonly LogLine[];
  readonly deviceUrl: string;
  readonly adminUrl: string;
  /** SIGTERM, and the end. */
  readonly stop: () => Promise<Finished>;
}

const startMs = 90_000;

/** Starts `reeve run` and waits until its own log says that it is ready. Throws with what it wrote when it ends before. */
export async function startDaemonProcess(
  entry: string,
  config: string,
  options: ChildOptions,
): Promise<DaemonProcess> {
  const child = startChild(entry, ["run", "--config", config], options);
  const log = (): readonly LogLine[] => linesOf(child.stderr());
  try {
    await eventually(
      "the daemon is ready",
      () => !child.isRunning() || log().some((line) => line.event === "daemon.ready"),
      { limitMs: startMs, state: () => child.stderr() },
    );
    if (!child.isRunning()) throw new Error(`the daemon ended: ${child.stderr()}${child.stdout()}`);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return {
    ...child,
    log,
    deviceUrl: listening(log(), "device"),
    adminUrl: listening(log(), "admin"),
    stop: () => {
      child.kill("SIGTERM");
      return child.finished;
    },
  };
}

function listening(log: readonly LogLine[], plane: string): string {
  const line = log.find(
    (one) => one.event === "daemon.listening" && one.plane === plane && String(one.url).startsWith("http"),
  );
  return String(line?.url);
}

function linesOf(text: string): LogLine[] {
  return text.split("\n").flatMap((line) => {
    if (!line.startsWith("{")) return [];
    try {
      return [JSON.parse(line) as LogLine];
    } catch {
      return [];
    }
  });
}
