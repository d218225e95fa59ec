import { type Document, isScalar, visit, type YAMLParseError } from "yaml";

/** What the parser could not read, in words for people, and where it begins and ends: offsets in the text. */
export interface SyntaxFinding {
  readonly message: string;
  readonly detail: string;
  readonly start: number;
  readonly end: number;
}

/** What is wrong with the syntax of a document. What follows a quote that never ends is not told as well. */
export function explainSyntax(text: string, document: Document): readonly SyntaxFinding[] {
  const quote = document.errors.find(isUnclosedQuote);
  const opening = quote === undefined ? undefined : openingQuote(document, quote.pos[0]);
  return document.errors.flatMap((error) => {
    if (opening !== undefined && error !== quote && error.pos[0] >= opening) return [];
    const start = error === quote && opening !== undefined ? opening : startOf(text, error);
    const [message, detail] = words(text, error);
    return [{ message, detail, start, end: Math.max(error.pos[1], start + 1) }];
  });
}

function isUnclosedQuote({ message }: YAMLParseError): boolean {
  return /^Missing closing .quote/.test(message);
}

/** A wrong indentation is told at the first word of its line. */
function startOf(text: string, { code, pos }: YAMLParseError): number {
  const [start] = pos;
  if (code !== "BAD_INDENT") return start;
  return start + (/^[ \t]*/.exec(text.slice(start, start + 1_000))?.[0] ?? "").length;
}

const general =
  'Mind the indentation, and quote a text that holds ": " or " #" or begins with one of { [ * & ! % @.';

function words(text: string, error: YAMLParseError): readonly [message: string, detail: string] {
  const { code, message } = error;
  const closing = /end with a ([}\]])/.exec(message)?.[1];
  if (closing !== undefined)
    return [
      `a ${closing === "}" ? "{" : "["} that is not closed before this`,
      `Close it with ${closing}, or indent what belongs inside.`,
    ];
  if (isUnclosedQuote(error)) return ["a quote that is never closed", "Add the closing quote."];
  const stray = /^Unexpected flow-\w+-end token in YAML stream: "(.)"/.exec(message)?.[1];
  if (stray !== undefined) return [`a ${stray} that closes nothing`, "Remove it."];
  switch (code) {
    case "TAB_AS_INDENT":
      return ["a tab as indentation", "Indent with spaces."];
    case "BAD_INDENT":
      return [
        "this line is indented unlike the fields beside it",
        "Fields of one mapping begin in the same column.",
      ];
    case "BLOCK_IN_FLOW":
      return ["a field or an entry that no comma separates", "Put a comma between those in { } or [ ]."];
    case "BLOCK_AS_IMPLICIT_KEY":
      if (text.startsWith("- ", error.pos[0]))
        return ["an entry of a list among the fields of a mapping", "Indent it below its field."];
      return [
        "a second colon in the value of a field",
        'Quote a text that holds ": ", or put the inner field on a line of its own, indented.',
      ];
    case "MISSING_CHAR":
      return /^Implicit map keys/.test(message)
        ? [
            "neither a field nor an entry of a list",
            'Write "KEY: VALUE" or "- VALUE", with a space behind the colon or the dash.',
          ]
        : [plain(message), general];
    case "BAD_SCALAR_START":
      return [plain(message), "Quote the text."];
    case "TAG_RESOLVE_FAILED":
      return ["a tag that says nothing", "Quote a text that begins with !."];
    case "BAD_DQ_ESCAPE":
      return [plain(message), "Double the backslash, or use single quotes."];
    default:
      return [plain(message), general];
  }
}

/** What the parser quotes of the file stays out: it may be a password without quotes. */
function plain(message: string): string {
  const line = message.split("\n")[0] ?? message;
  return line.replace(/(?<=\w): .*$/, "").replace(/\.$/, "");
}

/** The quoted text that goes on until the parser gave up. */
function openingQuote(document: Document, end: number): number {
  let start = end;
  visit(document, {
    Scalar(_key, node) {
      const isQuoted = node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE";
      if (isScalar(node) && isQuoted && node.range && node.range[0] < start && node.range[1] >= end)
        start = node.range[0];
    },
  });
  return start;
}
