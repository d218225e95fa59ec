/** One small change of a text of SQL. */
export interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Every small mistake that is made in what a function does: comparisons turned round, conditions left out, statements
 * left out, numbers that are more, words that are taken out of a list. What a loop goes on by is left alone: a database
 * that goes round for ever cannot be stopped from within its process.
 */
export function changesOf(body: string): readonly Change[] {
  const plain = withoutTexts(body);
  const all = [...swaps(plain), ...numbers(plain), ...items(plain), ...dropped(plain), ...decided(plain)];
  const loops = [...plain.matchAll(/\bwhile\b[^;]*?\bloop\b/g)];
  return all.filter(
    ({ start }) => !loops.some(({ index, 0: head }) => start >= index && start < index + head.length),
  );
}

/** The same length, with blanks for comments and for what stands between quotes. */
function withoutTexts(body: string): string {
  return body.replace(/--[^\n]*|'[^']*'/g, (found) =>
    found.startsWith("'") ? `'${"_".repeat(found.length - 2)}'` : " ".repeat(found.length),
  );
}

const swapped: readonly (readonly [RegExp, string])[] = [
  [/(?<=\s)<=(?=\s)/g, "<"],
  [/(?<=\s)<(?=\s)/g, "<="],
  [/(?<=\s)>=(?=\s)/g, ">"],
  [/(?<=\s)>(?=\s)/g, ">="],
  [/(?<=\s)<>(?=\s)/g, "="],
  [/(?<=\s)=(?=\s)/g, "<>"],
  [/\bis distinct from\b/g, "is not distinct from"],
  [/\bis not null\b/g, "is null"],
  [/\bis null\b/g, "is not null"],
  [/\band\b/g, "or"],
  [/\bor\b(?! replace)/g, "and"],
  [/\bnot\b(?! (?:distinct|null|in))/g, ""],
  [/\bnot in\b/g, "in"],
  [/(?<!not )\bexists\b/g, "not exists"],
  [/\bgreatest\b/g, "least"],
  [/\bleast\b/g, "greatest"],
  [/\bmin(?=\()/g, "max"],
  [/\bmax(?=\()/g, "min"],
  [/(?<=\()distinct\b/g, ""],
  [/\bdesc\b/g, "asc"],
  [/\btrue\b/g, "false"],
  [/\bfalse\b/g, "true"],
  [/(?<=\s)-(?=\s)/g, "+"],
  [/&&/g, "="],
];

function swaps(plain: string): readonly Change[] {
  return swapped.flatMap(([pattern, text]) => [...plain.matchAll(pattern)].map((found) => put(found, text)));
}

/** A millisecond more or less is no mistake that anybody would make or see: a long time is doubled. */
function numbers(plain: string): readonly Change[] {
  return [...plain.matchAll(/(?<![\w.'])\d+(?![\w.'])/g)].map((found) => {
    const number = Number(found[0]);
    return put(found, String(number > 1000 ? 2 * number : number + 1));
  });
}

/** One word less in a list of some. */
function items(plain: string): readonly Change[] {
  return [...plain.matchAll(/\bin \(\s*'[^()]*\)/g)].flatMap(({ index, 0: list }) => {
    const words = [...list.matchAll(/'_*'/g)];
    if (words.length < 2) return [];
    return words.map((word) => put({ index: index + word.index, 0: word[0] }, "''"));
  });
}

/** One condition less of `and` and `or`, the only condition of a `where`, and one statement less. */
function dropped(plain: string): readonly Change[] {
  const later = [...plain.matchAll(/\b(and|or)\b/g)].map(({ index, 0: word }) => ({
    start: index,
    end: endOfCondition(plain, index + word.length),
    text: "",
  }));
  const first = [...plain.matchAll(/\b(and|or)\b/g)].flatMap(({ index, 0: word }) => {
    const start = startOfFirst(plain, index);
    return start === undefined ? [] : [{ start, end: index + word.length, text: "" }];
  });
  const only = [...plain.matchAll(/\bwhere\b/g)].flatMap(({ index, 0: word }) => {
    const start = index + word.length;
    const end = endOfCondition(plain, start);
    return /^\s(and|or)\b/.test(plain.slice(end)) ? [] : [{ start, end, text: " true" }];
  });
  const statements = [
    ...plain.matchAll(/(?<=(?:;|then|begin|else|loop)\s+)(perform|insert|update|delete) [^;]*;/g),
  ];
  return [...later, ...first, ...only, ...statements.map((found) => put(found, "null;"))];
}

const afterCondition =
  /^\s(and|or|then|group|order|limit|for|having|returning|on|left|join|union|when|else|end)\b/;

function endOfCondition(plain: string, from: number): number {
  let depth = 0;
  for (let at = from; at < plain.length; at += 1) {
    if (plain[at] === "(") depth += 1;
    if (plain[at] === ")") depth -= 1;
    if (depth < 0 || plain[at] === ";") return at;
    if (depth === 0 && afterCondition.test(plain.slice(at, at + 12))) return at;
  }
  return plain.length;
}

/** Where the condition before `and` or `or` begins, if it is the first of them. */
function startOfFirst(plain: string, before: number): number | undefined {
  // What stands in brackets of its own is blanked from the inside out: the condition's own text is left.
  let own = plain.slice(0, before);
  for (let last = ""; last !== own; ) {
    last = own;
    own = own.replace(/\([^()]*\)/g, (found) => " ".repeat(found.length));
  }
  const starts = [...own.matchAll(/[(;,]|:=|\b(?:and|or|where|if|when|on|having|return|before|after)\b/g)];
  const word = starts.at(-1);
  if (word === undefined || /^(and|or|;|,)$/.test(word[0])) return undefined;
  return word.index + word[0].length;
}

/** Each `if` once as if it were true, and once as if it were not. */
function decided(plain: string): readonly Change[] {
  return [...plain.matchAll(/(?<=\n\s*|; )(?:els)?if (?=[^;]*? then\b)/g)].flatMap(({ index, 0: word }) => {
    const start = index + word.length;
    const end = endOfTest(plain, start);
    return ["true", "false"].map((text) => ({ start, end, text }));
  });
}

function endOfTest(plain: string, from: number): number {
  let depth = 0;
  for (const { index, 0: word } of plain.slice(from).matchAll(/\(|\)|\bcase\b|\bend\b|\sthen\b/g)) {
    if (word === "(" || word === "case") depth += 1;
    else if (word === ")" || word === "end") depth -= 1;
    else if (depth === 0) return from + index;
  }
  return from;
}

function put({ index, 0: was }: { readonly index: number; readonly 0: string }, text: string): Change {
  return { start: index, end: index + was.length, text };
}
