/** A value that predicates compare. */
export type Operand = string | number | boolean | undefined;

/** What `@status(name)` and `@property(name)` stand for. */
export type Lookup = (kind: "status" | "property", name: string) => Operand;

/** A text that is no predicate. */
export class PredicateError extends Error {}

/**
 * Evaluates the part of NSPredicate's language that activations usually need: comparisons of status items,
 * properties and literals, joined by AND, OR, NOT and parentheses. Throws PredicateError.
 */
export function evaluate(text: string, lookup: Lookup): boolean {
  const tokens = tokensOf(text);
  let at = 0;
  const peek = () => tokens[at]?.toUpperCase();
  const take = () => tokens[at++];

  function either(): boolean {
    let value = both();
    while (peek() === "OR" || peek() === "||") {
      take();
      value = both() || value;
    }
    return value;
  }
  function both(): boolean {
    let value = single();
    while (peek() === "AND" || peek() === "&&") {
      take();
      value = single() && value;
    }
    return value;
  }
  function single(): boolean {
    const word = peek();
    if (word === "NOT" || word === "!") {
      take();
      return !single();
    }
    if (word === "(") {
      take();
      const value = either();
      if (take() !== ")") throw new PredicateError("a parenthesis is open");
      return value;
    }
    if (word === "TRUEPREDICATE" || word === "FALSEPREDICATE")
      return take()?.toUpperCase() === "TRUEPREDICATE";
    const left = operand(take(), lookup);
    const operator = take();
    return compare(left, operator, operand(take(), lookup));
  }
  const value = either();
  if (at < tokens.length) throw new PredicateError(`${tokens[at]} is one too many`);
  return value;
}

function tokensOf(text: string): string[] {
  const pattern =
    /\s*(@(?:status|property)\([\w.-]+\)|'[^']*'|"[^"]*"|==|!=|>=|<=|=|>|<|&&|\|\||!|\(|\)|[\w.-]+)/gy;
  const tokens: string[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    tokens.push(match[1] as string);
    end = match.index + match[0].length;
  }
  if (text.slice(end).trim() !== "") throw new PredicateError(`${text.slice(end).trim()} is not understood`);
  return tokens;
}

function operand(token: string | undefined, lookup: Lookup): Operand {
  const [, kind, name] = /^@(status|property)\((.+)\)$/.exec(token ?? "") ?? [];
  if (name !== undefined) return lookup(kind as "status" | "property", name);
  if (/^['"]/.test(token ?? "")) return token?.slice(1, -1);
  if (/^(TRUE|YES)$/i.test(token ?? "")) return true;
  if (/^(FALSE|NO)$/i.test(token ?? "")) return false;
  if (/^-?\d+(\.\d+)?$/.test(token ?? "")) return Number(token);
  throw new PredicateError(`${token ?? "the end"} is no operand`);
}

function compare(left: Operand, operator: string | undefined, right: Operand): boolean {
  if (operator === "==" || operator === "=") return left === right;
  if (operator === "!=") return left !== right;
  if (operator?.toUpperCase() === "BEGINSWITH") return String(left).startsWith(String(right));
  if (![">", "<", ">=", "<="].includes(operator ?? ""))
    throw new PredicateError(`${operator} is no operator`);
  if (left === undefined || right === undefined) return false;
  if (operator === ">") return left > right;
  if (operator === "<") return left < right;
  return operator === ">=" ? left >= right : left <= right;
}
