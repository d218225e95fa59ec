import type { PublishedHead } from "../core/check-chain.ts";
import { UserError } from "../errors.ts";
import type { HeadView } from "../http/seal-routes.ts";
import type { Verification } from "../loop/verify-events.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { renderHead, renderVerification } from "./render/seals.ts";
import { readTextAt, type Session } from "./session.ts";

/** Checks the whole history; exit code 1 when something of it was changed, is missing or was added. */
export async function verifyEvents(session: Session, head: string | undefined): Promise<ExitCode> {
  const heads = head === undefined ? [] : await headsOf(session, head);
  const client = await session.client();
  let found: Verification | undefined;
  for await (const line of client.lines("/v1/events/verify", {}, { heads }))
    if ("flaws" in line) found = line as Verification;
  if (found === undefined) throw new UserError("server", `${client.where} broke off before the end`);
  const view = { ...found, publishedHeads: heads.length };
  await session.show(view, renderVerification);
  return found.flawed === 0 ? exitCodes.inOrder : exitCodes.problems;
}

/** The newest seal, to be kept elsewhere. */
export async function eventsHead(session: Session): Promise<ExitCode> {
  const view = await (await session.client()).get<HeadView>("/v1/events/head");
  await session.show(view, renderHead);
  return exitCodes.inOrder;
}

const mostHeads = 10_000;

/** `N:HASH` or `HASH`, or all of them that stand in a file: what `events head` printed, or a log of the daemon. */
async function headsOf(session: Session, word: string): Promise<readonly PublishedHead[]> {
  const isHead = /^(\d{1,15}:)?[0-9a-f]{64}$/i.test(word);
  const text = isHead ? word : await readTextAt(session.io.cwd, word, "file of heads");
  const found = new Map<string, PublishedHead>();
  for (const [, n, hash = ""] of text.matchAll(isHead ? anyHead : numbered))
    found.set(hash, {
      ...(n === undefined ? {} : { n: Number(n) }),
      hash: hash.toLowerCase(),
    } as PublishedHead);
  if (found.size === 0)
    throw new UserError("no-head", `${word} holds no head such as 17:3f2a…, with 64 hexadecimal digits`, {
      hint: "`reeve events head` prints one, and the daemon's log has one an hour.",
    });
  return [...found.values()].slice(-mostHeads);
}

const anyHead = /(?:(\d{1,15}):)?\b([0-9a-f]{64})\b/gi;
const numbered = /\b(\d{1,15}):([0-9a-f]{64})\b/gi;
