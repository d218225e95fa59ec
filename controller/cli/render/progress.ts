import { clip } from "./text.ts";

/** Where progress is shown: standard error, so that results in a pipe stay clean. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly write: (text: string) => unknown;
}

export interface Progress {
  readonly update: (done: number, total: number, label: string) => void;
  /** Prints a line above the bar. */
  readonly note: (line: string) => void;
  /** Removes the bar, or prints the last state as a line. */
  readonly end: () => void;
}

/**
 * A bar that is redrawn at most ten times a second on a terminal. Elsewhere a line whenever another tenth of the work
 * is done or the label changes, at most one in a second.
 */
export function createProgress(stream: ProgressStream, clock: () => number): Progress {
  return stream.isTTY ? bar(stream, clock) : lines(stream, clock);
}

/** `[████████············]  40%  12/30  label` in at most `width` columns. */
export function barText(done: number, total: number, label: string, width: number): string {
  const share = total <= 0 ? 0 : Math.min(1, Math.max(0, done / total));
  const full = Math.floor(share * 20);
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  const text = `[${"█".repeat(full)}${"·".repeat(20 - full)}] ${percent}  ${done}/${total}  ${label}`;
  return clip(text, width);
}

const erase = "\r\u001b[2K";

function bar(stream: ProgressStream, clock: () => number): Progress {
  let drawn = Number.NEGATIVE_INFINITY;
  let current = "";
  const draw = () => stream.write(`${erase}${current}`);
  return {
    update(done, total, label) {
      current = barText(done, total, label, (stream.columns ?? 80) - 1);
      if (clock() - drawn < 100 && done < total) return;
      drawn = clock();
      draw();
    },
    note(line) {
      stream.write(`${erase}${line}\n`);
      draw();
    },
    end() {
      current = "";
      stream.write(erase);
    },
  };
}

function lines(stream: ProgressStream, clock: () => number): Progress {
  let printed = Number.NEGATIVE_INFINITY;
  let last = "";
  let pending = "";
  const print = (text: string) => {
    stream.write(`${text}\n`);
    printed = clock();
    last = text;
    pending = "";
  };
  let step = "";
  return {
    update(done, total, label) {
      const text = `${label} ${done}/${total}`;
      const tenth = `${total <= 0 ? 0 : Math.floor((10 * done) / total)} ${label}`;
      if (tenth !== step && clock() - printed >= 1_000) {
        step = tenth;
        print(text);
      } else pending = text;
    },
    note: (line) => void stream.write(`${line}\n`),
    end() {
      if (pending !== "" && pending !== last) print(pending);
    },
  };
}
