import { inspect } from "node:util";

/** A text that only `reveal` shows: printing, logging, inspecting or serialising it gives `[secret]`. */
export interface Secret {
  readonly reveal: () => string;
  readonly toString: () => string;
  readonly toJSON: () => string;
}

const mark = "[secret]";
const revealed = new WeakSet<object>();

/** Wraps a text. The text is held by a closure: no property, symbol or spread copies it. */
export function secretOf(text: string): Secret {
  const secret = Object.freeze({
    reveal: () => text,
    toString: () => mark,
    toJSON: () => mark,
    [Symbol.toPrimitive]: () => mark,
    [inspect.custom]: () => mark,
  });
  revealed.add(secret);
  return secret;
}

/** True for what `secretOf` made. */
export function isSecret(value: unknown): value is Secret {
  return typeof value === "object" && value !== null && revealed.has(value);
}
