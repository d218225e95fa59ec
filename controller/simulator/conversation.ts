import { checkShape, isKnown } from "./command-shapes.ts";
import { execute, type Parts } from "./commands.ts";
import type { ErrorItem } from "./faults.ts";
import type { Answer } from "./machine.ts";
import { isDict, type PlistDict, readPlist } from "./plist.ts";
import { tell } from "./talk.ts";

/** A result that may still have to reach the server. */
type Report = { readonly uuid: string; readonly requestType: string; readonly message: PlistDict };
type Executed = {
  readonly report: Report;
  readonly lost: boolean;
  readonly afterwards?: () => Promise<void>;
};
type Command = { readonly uuid: string; readonly requestType: string; readonly content: PlistDict };

export type Conversation = {
  /** Connects: a result that is still unsent or Idle, then commands until there are none. */
  connect(): Promise<void>;
  /** Whether a result, or a connection that failed, still waits to be made good. */
  isOwing(): boolean;
  /** After what made the device say NotNow has passed: polls if NotNow was its last word. */
  reconsider(): void;
  /** Forgets everything, as an erase does. */
  forget(): void;
};

const RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 600_000;
/** On one connection; a server that goes on for ever would stop a test for ever. */
const MOST_COMMANDS = 1_000;

/** The command channel of one device (Apple: MDM protocol, “Implementing Device Management”). */
export function openConversation(
  parts: Parts & { readonly canTalk: () => boolean; readonly dropped: () => void },
): Conversation {
  const { machine } = parts;
  const { world, faults, log } = machine;
  const accepted = new Map<string, string>();
  let unsent: Report | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let failures = 0;
  let lastWord = "";
  let planned: { readonly at: number; readonly cancel: () => void } | undefined;

  function connect(): Promise<void> {
    again = running !== undefined;
    running ??= world.run(talk).finally(() => {
      running = undefined;
    });
    return running;
  }
  async function talk(): Promise<void> {
    do {
      again = false;
      await connection();
    } while (again);
  }
  async function connection(): Promise<void> {
    const { enrollment } = machine.state;
    let report = unsent;
    let afterwards: (() => Promise<void>) | undefined;
    if (enrollment === undefined || !parts.canTalk()) return;
    log({ type: "connected" });
    for (let count = 0; ; count++) {
      const command = await exchange(report);
      await afterwards?.();
      if (command === undefined || machine.state.enrollment !== enrollment) return;
      if (count >= MOST_COMMANDS)
        return log({ type: "violation", rule: "endless", detail: `${count} commands` });
      const executed = await perform(command);
      report = executed.report;
      afterwards = executed.afterwards;
      if (executed.lost) return void (await afterwards?.());
    }
  }

  /** Sends a result, or Idle, and takes the command that comes back. */
  async function exchange(report: Report | undefined): Promise<Command | undefined> {
    const isDoubled = report !== undefined && faults.take("duplicate", report.requestType) !== undefined;
    const first = await send(report);
    const body = isDoubled && first !== undefined ? await send(report) : first;
    if (body === undefined || (report !== undefined && isAnswerLost(report))) return undefined;
    return understand(body);
  }
  async function send(report: Report | undefined): Promise<Buffer | undefined> {
    const { enrollment } = machine.state;
    if (enrollment === undefined) return undefined;
    if (!parts.canTalk()) return failed(report, "offline");
    const idle = { Status: "Idle", ...machine.ids };
    const answer = await tell(machine, enrollment, "command", report?.message ?? idle);
    if (answer.outcome === "unenroll") return void parts.dropped();
    if (answer.outcome === "failed") return failed(report, answer.reason);
    delivered(report);
    return answer.body;
  }
  function failed(report: Report | undefined, reason: string): undefined {
    unsent = report;
    failures++;
    log({ type: "unreachable", reason });
    connectIn(Math.min(RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS));
  }
  function delivered(report: Report | undefined): void {
    failures = 0;
    unsent = undefined;
    lastWord = String(report?.message.Status ?? "Idle");
    if (report === undefined) return;
    const { uuid, requestType } = report;
    log({ type: "answered", uuid, requestType, status: lastWord });
    if (lastWord !== "NotNow") accepted.set(uuid, requestType);
  }
  function isAnswerLost(report: Report): boolean {
    const fault = faults.take("lose-answer", report.requestType);
    if (fault === undefined) return false;
    log({ type: "reply-lost", uuid: report.uuid, requestType: report.requestType, reached: true });
    unsent = report;
    connectIn(fault.reconnectMs ?? RETRY_MS);
    return true;
  }

  /** Reads what the server wants next; whatever is wrong with it goes into the ledger. */
  function understand(body: Buffer): Command | undefined {
    if (body.length === 0) {
      if (lastWord === "NotNow") pollWhenReady();
      return undefined;
    }
    const read = readCommand(body);
    if (typeof read === "string") {
      log({ type: "violation", rule: "malformed-command", detail: read });
      return undefined;
    }
    const before = accepted.get(read.uuid);
    if (before !== undefined)
      log({
        type: "violation",
        rule: "answered-before",
        detail: `${before} ${read.uuid} was answered already`,
      });
    return read;
  }
  function pollWhenReady(): void {
    const until = faults.notNowUntil();
    if (until !== undefined) connectIn(until - world.now());
  }

  async function perform(command: Command): Promise<Executed> {
    const { uuid, requestType } = command;
    log({ type: "command", uuid, requestType });
    const subject = command.content.Identifier;
    const slow = faults.take("slow", requestType);
    if (slow !== undefined) await world.sleep(slow.ms);
    const answer = (await afflicted(requestType, subject)) ?? (await comply(command));
    if (answer.effect !== undefined) log({ type: "executed", uuid, requestType, effect: answer.effect });
    const report = { uuid, requestType, message: messageOf(machine.ids, uuid, answer) };
    return {
      report,
      lost: isReplyLost(report),
      ...(answer.afterwards !== undefined ? { afterwards: answer.afterwards } : {}),
    };
  }
  async function afflicted(requestType: string, identifier: unknown): Promise<Answer | undefined> {
    const subject = typeof identifier === "string" ? identifier : undefined;
    if (faults.take("not-now", requestType) !== undefined) return { status: "NotNow" };
    if (faults.take("format-error", requestType) !== undefined) return { status: "CommandFormatError" };
    const error = faults.take("error", requestType, subject);
    return error === undefined ? undefined : { status: "Error", chain: error.chain ?? SCRIPTED };
  }
  async function comply(command: Command): Promise<Answer> {
    if (!isKnown(command.requestType, machine.hardware.platform))
      log({ type: "violation", rule: "unknown-request", detail: command.requestType });
    const problems = checkShape(command.content, machine.hardware.platform);
    for (const { detail } of problems) log({ type: "violation", rule: "command-shape", detail });
    if (problems.some((problem) => problem.fatal)) return { status: "CommandFormatError" };
    return execute(parts, command.content);
  }
  function isReplyLost(report: Report): boolean {
    const fault = faults.take("lose-reply", report.requestType);
    if (fault === undefined) return false;
    log({ type: "reply-lost", uuid: report.uuid, requestType: report.requestType, reached: false });
    unsent = fault.next === "repeat" ? report : undefined;
    connectIn(fault.reconnectMs ?? RETRY_MS);
    return true;
  }

  function connectIn(ms: number): void {
    const at = world.now() + ms;
    if (planned !== undefined && planned.at <= at) return;
    planned?.cancel();
    const cancel = world.after(ms, () => {
      planned = undefined;
      // Not awaited: a connection that is under way may be waiting for time to pass.
      void connect();
    });
    planned = { at, cancel };
  }
  return {
    connect,
    isOwing: () => unsent !== undefined || failures > 0,
    reconsider: () => {
      if (lastWord === "NotNow") connectIn(0);
    },
    forget: () => {
      unsent = undefined;
      failures = 0;
      lastWord = "";
      accepted.clear();
      planned?.cancel();
      planned = undefined;
    },
  };
}

const SCRIPTED: readonly ErrorItem[] = [
  { domain: "MCInstallationErrorDomain", code: 4001, description: "The operation could not be completed" },
];

function readCommand(body: Buffer): Command | string {
  try {
    const root = readPlist(body);
    if (!isDict(root)) return "the root is not a dictionary";
    const { CommandUUID: uuid, Command: content } = root;
    if (typeof uuid !== "string" || uuid === "") return "there is no CommandUUID";
    if (!isDict(content) || typeof content.RequestType !== "string")
      return "there is no Command with a RequestType";
    return { uuid, requestType: content.RequestType, content };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function messageOf(ids: PlistDict, uuid: string, answer: Answer): PlistDict {
  const chain = (answer.chain ?? []).map((item) => ({
    ErrorCode: item.code,
    ErrorDomain: item.domain,
    LocalizedDescription: item.description,
    USEnglishDescription: item.description,
  }));
  return {
    ...answer.body,
    CommandUUID: uuid,
    ...(chain.length > 0 ? { ErrorChain: chain } : {}),
    Status: answer.status,
    ...ids,
  };
}
