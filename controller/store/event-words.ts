import { randomBytes } from "node:crypto";
import type { Event } from "../core/ledger.ts";
import type { Db } from "./db.ts";

interface Word {
  readonly token: string;
  readonly word: string;
  readonly device?: string | undefined;
}

/** Events as the history keeps them: in place of each personal word a token that says nothing, and the words. */
export function apart(events: readonly Event[]): {
  readonly told: readonly Event[];
  readonly words: readonly Word[];
} {
  const words: Word[] = [];
  const told = events.map(({ words: named = [], ...event }) => {
    let { message } = event;
    // The longest first: one may be a part of another.
    for (const word of [...new Set(named)].sort((a, b) => b.length - a.length)) {
      if (word === "" || !message.includes(word)) continue;
      const token = randomBytes(8).toString("hex");
      words.push({ token, word, device: event.device });
      message = message.replaceAll(word, `{word ${token}}`);
    }
    return { ...event, message };
  });
  return { told, words };
}

const tokens = /\{word ([0-9a-f]{16})\}/g;

/** Events for people, with their words; what was erased shows as that. */
export async function withWords<T extends Event>(db: Db, events: readonly T[]): Promise<T[]> {
  const named = events.flatMap(({ message }) => [...message.matchAll(tokens)].map(([, token = ""]) => token));
  if (named.length === 0) return [...events];
  const rows = await db.query<Word>("select token, word from reeve.event_word where token = any($1)", [
    named,
  ]);
  const words = new Map(rows.map(({ token, word }) => [token, word]));
  return events.map((event) => {
    const message = event.message.replaceAll(tokens, (_, token: string) => words.get(token) ?? "(erased)");
    return message === event.message ? event : { ...event, message };
  });
}
