import { finished, Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { Retry } from "../errors.ts";
import { failureOf } from "./failure.ts";

/** An answer that is written as it is made, and never held whole. */
export interface StreamedReply {
  readonly [streamedMark]: true;
  readonly contentType: string;
  readonly parts: AsyncIterable<string>;
}

const streamedMark = Symbol("streamed reply");

/** One JSON object on each line. What goes wrong on the way is the last line, as `error`. */
export function jsonLines(objects: AsyncIterable<object>): StreamedReply {
  return { [streamedMark]: true, contentType: jsonLinesType, parts: linesOf(objects) };
}

/** The content type of such lines. */
export const jsonLinesType = "application/x-ndjson";

/** Whether a handler answers in this way. */
export function isStreamed(result: unknown): result is StreamedReply {
  return typeof result === "object" && result !== null && streamedMark in result;
}

/** So many long answers are made for one person at once: each reads much of the store. */
export const mostAtOnce = 4;

/** Sends long answers, and to each person only so many at once: one more throws Retry. */
export function createStreams() {
  const open = new Map<string, number>();
  return async (reply: FastifyReply, streamed: StreamedReply, who: string): Promise<FastifyReply> => {
    const mine = open.get(who) ?? 0;
    if (mine >= mostAtOnce)
      throw new Retry("too-many-answers", `${mostAtOnce} long answers are under way already`, {
        afterMs: 10_000,
      });
    open.set(who, mine + 1);
    // Over as well when whoever asked has gone before the first part.
    finished(reply.raw, () => {
      const left = (open.get(who) ?? 1) - 1;
      if (left === 0) open.delete(who);
      else open.set(who, left);
    });
    return sendStreamed(reply, streamed);
  };
}

/** What goes wrong before the first part is an error as for any answer. */
async function sendStreamed(
  reply: FastifyReply,
  { contentType, parts }: StreamedReply,
): Promise<FastifyReply> {
  const made = parts[Symbol.asyncIterator]();
  const first = await made.next();
  return reply.header("content-type", `${contentType}; charset=utf-8`).send(Readable.from(all(first, made)));
}

async function* all(first: IteratorResult<string>, rest: AsyncIterator<string>): AsyncGenerator<string> {
  try {
    for (let part = first; part.done !== true; part = await rest.next()) yield part.value;
  } finally {
    await rest.return?.();
  }
}

const aboutBytes = 16_384;
/** Whoever waits hears something in between. */
const aboutMs = 2_000;

async function* linesOf(objects: AsyncIterable<object>): AsyncGenerator<string> {
  let lines = "";
  let isBegun = false;
  let written = performance.now();
  try {
    for await (const one of objects) {
      lines += `${JSON.stringify(one)}\n`;
      if (lines.length < aboutBytes && performance.now() - written < aboutMs) continue;
      yield lines;
      [lines, isBegun, written] = ["", true, performance.now()];
    }
  } catch (error) {
    if (!isBegun) throw error;
    const { code, message } = failureOf(error);
    lines += `${JSON.stringify({ error: { code, message } })}\n`;
  }
  yield lines;
}
