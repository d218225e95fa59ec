import { stripVTControlCharacters } from "node:util";
import { plainText } from "../../log/plain-text.ts";
import { truncated, widthOf } from "./width.ts";

/** Text of a device, a person or a repository as one line that a terminal shows and does not obey. */
export function clean(text: string): string {
  if (text.length <= 200 && /^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(text)) return text;
  return plainText(stripVTControlCharacters(text), 1_000);
}

/** At most `width` columns; what is cut ends in `…`. */
export const clip = truncated;

/** The same from the other side, for paths: `…/teams/baseline.yaml:9`. */
export function clipStart(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  for (const character of [...text].reverse()) {
    if (widthOf(character + kept) > width - 1) break;
    kept = character + kept;
  }
  return width < 1 ? "" : `…${kept}`;
}

/** Words in lines of at most `width` columns; later lines are indented. A word that is too long is cut. */
export function wrap(text: string, width: number, indent = ""): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const room = width - (lines.length === 0 ? 0 : indent.length);
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > room) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? clip(word, width - indent.length) : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((one, index) => (index === 0 ? one : indent + one));
}

/** Filled with blanks on the right to `width` columns. */
export function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

/** `20,114`. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 device`, `20,114 devices`. */
export function counted(value: number, singular: string, plural = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}
