import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import type { ReportDevice, ReportHead, ReportLine, ReportTotals } from "../loop/report-views.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { renderReport } from "./render/report.ts";
import {
  deviceLine,
  devicesHead,
  findingLines,
  findingsHead,
  groupLine,
  groupsHead,
} from "./render/report-csv.ts";
import { mostOnPage, reportPage } from "./render/report-page.ts";
import { formatVersion, type Session } from "./session.ts";
import { openFile, type Sink, standardOutput } from "./sink.ts";

/** What makes a file, or an answer, of a report that comes line by line. */
interface Writer {
  readonly device: (device: ReportDevice, head: ReportHead) => Promise<void>;
  readonly end: (totals: ReportTotals, head: ReportHead) => Promise<void>;
}

export type ReportFormat = "text" | "json" | "csv" | "html";

/** The evidence in one format, to standard output or a file; or, with `directory`, in all of them, with the time in their names. */
export async function report(
  session: Session,
  wish: { readonly group?: string | undefined; readonly days?: number | undefined },
  format: ReportFormat,
  directory: string | undefined,
): Promise<ExitCode> {
  const lines = (await session.client()).lines("/v1/report", wish) as AsyncGenerator<ReportLine>;
  const first = (await lines.next()).value as ReportLine | undefined;
  if (first === undefined || !("head" in first)) throw brokenOff();
  const { head } = first;
  await using sinks = new AsyncDisposableStack();
  const to = async (path: string | undefined): Promise<Sink> =>
    sinks.use(path === undefined ? standardOutput(session.io) : await openFile(session.io.cwd, path));
  const written: string[] = session.out === undefined ? [] : [session.out];
  const named = async (rest: string): Promise<Sink> => {
    const path = join(directory ?? "", `reeve-report-${nameOf(head.at)}${rest}`);
    written.push(path);
    return to(path);
  };
  if (directory !== undefined) await makeFolder(session, directory);
  const writers =
    directory === undefined
      ? [writerOf[format](await to(session.out), session)]
      : [
          jsonWriter(await named(".json")),
          pageWriter(await named(".html")),
          devicesWriter(await named("-devices.csv")),
          findingsWriter(await named("-findings.csv")),
          groupsWriter(await named("-groups.csv")),
          textWriter(standardOutput(session.io), session),
        ];
  let totals: ReportTotals | undefined;
  for await (const line of lines) {
    if ("device" in line) for (const writer of writers) await writer.device(line.device, head);
    if ("totals" in line) totals = line.totals;
  }
  if (totals === undefined) throw brokenOff();
  for (const writer of writers) await writer.end(totals, head);
  await sinks.disposeAsync();
  for (const path of written) session.io.err(`Written: ${path}\n`);
  return exitCodes.inOrder;
}

function brokenOff(): UserError {
  return new UserError("server", "the daemon broke off before the end of the report");
}

async function makeFolder(session: Session, directory: string): Promise<void> {
  await mkdir(resolve(session.io.cwd, directory), { recursive: true, mode: 0o700 }).catch(
    (cause: NodeJS.ErrnoException) => {
      throw new UserError("unwritable", `cannot make ${directory}: ${cause.code ?? "unknown error"}`, {
        cause,
      });
    },
  );
}

/** `20261126T193005Z`. */
function nameOf(at: number): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
}

const writerOf: Readonly<Record<ReportFormat, (sink: Sink, session: Session) => Writer>> = {
  text: textWriter,
  json: (sink) => jsonWriter(sink),
  csv: (sink) => devicesWriter(sink),
  html: (sink) => pageWriter(sink),
};

const nothing = async (): Promise<void> => {};

function textWriter(sink: Sink, { look }: Session): Writer {
  return { device: nothing, end: (totals, head) => sink.write(renderReport(head, totals, look)) };
}

function jsonWriter(sink: Sink): Writer {
  let isFirst = true;
  const begin = (head: ReportHead): string => {
    if (!isFirst) return ",\n";
    isFirst = false;
    return `${JSON.stringify({ formatVersion, ...head }).slice(0, -1)},"devices":[\n`;
  };
  return {
    device: (device, head) => sink.write(`${begin(head)}${JSON.stringify(device)}`),
    end: (totals, head) =>
      sink.write(`${isFirst ? begin(head) : "\n"}],${JSON.stringify(totals).slice(1)}\n`),
  };
}

function devicesWriter(sink: Sink): Writer {
  return listWriter(sink, devicesHead, (device, head) => deviceLine(device, head.timeZone));
}

function findingsWriter(sink: Sink): Writer {
  return listWriter(sink, findingsHead, (device, head) => findingLines(device, head.timeZone));
}

function listWriter(
  sink: Sink,
  titles: string,
  lineOf: (device: ReportDevice, head: ReportHead) => string,
): Writer {
  let before = titles;
  const write = (text: string): Promise<void> => {
    const all = `${before}${text}`;
    before = "";
    return sink.write(all);
  };
  return { device: (device, head) => write(lineOf(device, head)), end: () => write("") };
}

function groupsWriter(sink: Sink): Writer {
  return {
    device: nothing,
    end: ({ total, groups }) => sink.write([groupsHead, ...[total, ...groups].map(groupLine)].join("")),
  };
}

/** Those that need a look stand first; of the others as many as there is room for. */
function pageWriter(sink: Sink): Writer {
  const first: ReportDevice[] = [];
  const others: ReportDevice[] = [];
  return {
    async device(device) {
      const list = device.verdict === "compliant" && device.acts.length === 0 ? others : first;
      if (list.length < mostOnPage) list.push(device);
    },
    end: (totals, head) => sink.write(reportPage(head, [...first, ...others].slice(0, mostOnPage), totals)),
  };
}
