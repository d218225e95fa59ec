import { parseAst } from "vitest/node";
import { changesOf, type Node } from "./changes.ts";

/** One small change of a text, as somebody could make it by mistake. */
export interface Mutant {
  /** The function, what stands there and what takes its place: the same wherever the lines move to. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** It stands outside of all functions. */
  readonly atLoad: boolean;
}

/** Every mutant of a TypeScript file, in the order of the text. Throws when it cannot be parsed. */
export function mutantsOf(code: string): readonly Mutant[] {
  const found: Mutant[] = [];
  const seen = new Map<string, number>();
  const visit = (node: Node, around: string, atLoad: boolean, decides: boolean): void => {
    for (const text of changesOf(node, code, decides)) {
      const plain = `${around}: ${short(code.slice(node.start, node.end))} → ${short(text)}`;
      const times = (seen.get(plain) ?? 0) + 1;
      seen.set(plain, times);
      const name = times === 1 ? plain : `${plain} (${times})`;
      found.push({ name, start: node.start, end: node.end, text, atLoad });
    }
    const name = nameOf(node) ?? around;
    const still = atLoad && !/Function/.test(node.type);
    for (const child of childrenOf(node)) visit(child, name, still, isTest(node, child));
  };
  visit(parsed(code), "module", true, false);
  return found;
}

/**
 * The text with all of its mutants in it: `globalThis.reeveIsOn` says of an index whether that one is in force. A loop
 * that goes round a million times throws.
 */
export function switchable(code: string, mutants: readonly Mutant[]): string {
  const numbered = mutants.map((mutant, index) => ({ ...mutant, index }));
  const at = Map.groupBy(numbered, ({ start, end }) => `${start}-${end}`);
  const render = (node: Node, isLoop: boolean): string => {
    let text = "";
    let from = node.start;
    for (const child of childrenOf(node).sort((a, b) => a.start - b.start)) {
      text += code.slice(from, child.start) + render(child, isBodyOfLoop(node, child));
      from = child.end;
    }
    text += code.slice(from, node.end);
    for (const mutant of at.get(`${node.start}-${node.end}`) ?? []) text = choice(node, mutant, text);
    at.delete(`${node.start}-${node.end}`);
    // Last: it counts as well when a mutant leaves out the only statement of the loop.
    if (isLoop) text = `{ ${countTurn} ${text} }`;
    return text;
  };
  const program = parsed(code);
  return code.slice(0, program.start) + render(program, false) + code.slice(program.end);
}

function isBodyOfLoop(node: Node, child: Node): boolean {
  return /^(For|While|DoWhile).*Statement$/.test(node.type) && node.body === child;
}

const countTurn =
  "if ((globalThis.reeveTurns = (globalThis.reeveTurns ?? 0) + 1) > 1e6) throw new Error('goes round for ever');";

function choice(
  node: Node,
  { index, text }: { readonly index: number; readonly text: string },
  original: string,
): string {
  // Who sets up the tests loads some of these files as well, and nothing is in force there.
  const isOn = `globalThis.reeveIsOn?.(${index})`;
  return node.type === "ExpressionStatement"
    ? `if (${isOn}) {} else { ${original} }`
    : `(${isOn} ? (${text}) : (${original}))`;
}

function parsed(code: string): Node {
  return parseAst(code, { lang: "ts" }) as unknown as Node;
}

/** Types are not run, and what a chain hangs on cannot be put in brackets. */
function childrenOf(node: Node): Node[] {
  const children = Object.entries(node)
    .filter(([field]) => !/^(typeAnnotation|typeParameters|typeArguments|returnType|key|id)$/.test(field))
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .filter((one): one is Node => typeof one?.type === "string")
    .filter(({ type }) => !/^(TSInterface|TSTypeAlias|Import)/.test(type));
  if (node.type === "ChainExpression") return children.flatMap(linksOf);
  return children;
}

/** What stands within a chain, without the calls and members that are its links. */
function linksOf(link: Node): Node[] {
  const inner = (link.callee ?? link.object) as Node | undefined;
  if (!/^(CallExpression|MemberExpression)$/.test(link.type) || inner === undefined) return [link];
  const given = link.type === "CallExpression" ? (link.arguments as Node[]) : [];
  return [...linksOf(inner), ...given];
}

/** A loop that would go round always is no mutant: it only ends by the count of its turns. */
function isTest(node: Node, child: Node): boolean {
  return /^(IfStatement|ConditionalExpression)$/.test(node.type) && node.test === child;
}

function nameOf(node: Node): string | undefined {
  if (node.type !== "FunctionDeclaration") return undefined;
  return (node.id as { readonly name?: string } | null)?.name;
}

function short(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length <= 100 ? line : `${line.slice(0, 60)} … ${line.slice(-37)}`;
}
