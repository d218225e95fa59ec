import { escapedText } from "../log/escaped-text.ts";

const mostCharacters = 16 * 1024;
const secretWord = "Token|Magic|Challenge|Passw?or[dt]|Passcode|Secret|DigestResponse|PIN\\b|PrivateKey";

/** What follows a word like these, after its tags or its colon. Every part is bounded: the text is a stranger's. */
const afterWord = new RegExp(
  `((?:${secretWord})[\\w.-]{0,40}"?\\s{0,20}(?:[:=]\\s{0,20}"?|(?:<[^<>]{0,100}>\\s{0,100}){1,3}))([^<"\\s][^<"]*)`,
  "gi",
);
const data = /(<data>)([^<]+)/gi;
const pem = /(-----BEGIN [A-Z0-9 ]{1,40}-----)([^-]*)/g;
/** Tokens and keys without a name. An identifier is shorter. */
const longWord = /[A-Za-z0-9+/=_-]{44,}/g;

/**
 * A message that nobody could read, as a person may look at it: without what looks like a secret, control characters
 * as `\u{1b}`, and at most 16 KiB. What is not text shows only how much it is: nobody can tell where its secrets are.
 */
export function printableMessage(raw: Uint8Array): string {
  const text = textOf(raw);
  if (text === undefined) return `[${raw.length} bytes that are no text]`;
  const shown = escapedText(withoutSecrets(text));
  if (shown.length <= mostCharacters) return shown;
  return `${shown.slice(0, mostCharacters)}\n[and ${shown.length - mostCharacters} characters more]`;
}

function withoutSecrets(text: string): string {
  const withhold = (_all: string, before: string, secret: string): string =>
    `${before}[withheld: ${secret.trim().length} characters]`;
  return text
    .replace(data, withhold)
    .replace(pem, withhold)
    .replace(afterWord, withhold)
    .replace(longWord, (word) => `[withheld: ${word.length} characters]`);
}

/** Text in UTF-8 or UTF-16 with a mark; a few broken characters are no reason not to show the rest. */
function textOf(raw: Uint8Array): string | undefined {
  const wide =
    raw[0] === 0xff && raw[1] === 0xfe
      ? "utf-16le"
      : raw[0] === 0xfe && raw[1] === 0xff
        ? "utf-16be"
        : "utf-8";
  const text = new TextDecoder(wide).decode(raw);
  const broken = text.match(/[\uFFFD\0-\x08\x0e-\x1f]/g)?.length ?? 0;
  return broken > 8 + text.length / 20 || /^bplist/.test(text) ? undefined : text;
}
