import type { Json } from "../kept.ts";
import { isObject } from "./field-mask.ts";
import { invalid } from "./google-error.ts";

/** Which fields are asked for: each with what is asked for below it, or with everything. */
type Selection = Map<string, Selection | undefined>;

/** The part of an answer that `fields` asks for, such as `nextPageToken,devices(name,state)` or `devices/name`. */
export function partOf(answer: Json, fields: string | null): Json {
  if (fields === null || fields === "" || fields === "*") return answer;
  const reader = { text: fields, at: 0 };
  const selection = readSelection(reader);
  if (reader.at < fields.length) throw invalid(`Invalid field selection ${fields}`);
  return select(answer, selection);
}

function select(value: Json, selection: Selection): Json {
  const all = selection.has("*");
  const picked = Object.entries(value).filter(([key]) => all || selection.has(key));
  return Object.fromEntries(picked.map(([key, below]) => [key, selectBelow(below, selection.get(key))]));
}

function selectBelow(value: unknown, selection: Selection | undefined): unknown {
  if (selection === undefined) return value;
  if (Array.isArray(value)) return value.map((one) => selectBelow(one, selection));
  return isObject(value) ? select(value, selection) : value;
}

function readSelection(reader: { readonly text: string; at: number }): Selection {
  const selection: Selection = new Map();
  do {
    const name = /^[\w*]+/.exec(reader.text.slice(reader.at))?.[0];
    if (name === undefined) throw invalid(`Invalid field selection ${reader.text}`);
    reader.at += name.length;
    selection.set(name, readBelow(reader));
  } while (take(reader, ","));
  return selection;
}

function readBelow(reader: { readonly text: string; at: number }): Selection | undefined {
  if (take(reader, "/")) {
    const name = /^[\w*]+/.exec(reader.text.slice(reader.at))?.[0];
    if (name === undefined) throw invalid(`Invalid field selection ${reader.text}`);
    reader.at += name.length;
    return new Map([[name, readBelow(reader)]]);
  }
  if (!take(reader, "(")) return undefined;
  const below = readSelection(reader);
  if (!take(reader, ")")) throw invalid(`Invalid field selection ${reader.text}`);
  return below;
}

function take(reader: { readonly text: string; at: number }, sign: string): boolean {
  if (reader.text[reader.at] !== sign) return false;
  reader.at += 1;
  return true;
}
