/** A node of the syntax tree (ESTree, as oxc writes it). */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

const operators: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "===": ["!=="],
  "!==": ["==="],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
};

const otherMethods: ReadonlyMap<string, string> = new Map([
  ["some", "every"],
  ["every", "some"],
  ["min", "max"],
  ["max", "min"],
]);

const droppedMethods = new Set(["filter", "sort", "slice", "trim", "toLowerCase"]);

/**
 * What takes the place of a node, one text for each mutant that begins at it. `decides`: a branch is taken by it, and
 * each of the two is taken always once.
 */
export function changesOf(node: Node, code: string, decides: boolean): readonly string[] {
  const own = changesOfItself(node, code);
  return decides ? ["true", "false", ...own] : own;
}

function changesOfItself(node: Node, code: string): readonly string[] {
  const textOf = ({ start, end }: Node): string => code.slice(start, end);
  switch (node.type) {
    case "BinaryExpression":
      return binary(node, textOf);
    case "LogicalExpression":
      return logical(node, textOf);
    case "UnaryExpression":
      return node.operator === "!" ? [textOf(node.argument as Node)] : [];
    case "Literal":
      return literal(node);
    case "ExpressionStatement":
      return [";"];
    case "CallExpression":
      return call(node, textOf);
    case "ArrayExpression":
      return without(node, textOf);
    default:
      return [];
  }
}

type TextOf = (node: Node) => string;

function binary(node: Node, textOf: TextOf): readonly string[] {
  const [left, right] = [node.left as Node, node.right as Node];
  const operator = String(node.operator);
  const isText = [left, right].some(
    ({ type, value }) => type === "TemplateLiteral" || (type === "Literal" && typeof value === "string"),
  );
  if (operator === "+" && isText) return [];
  return (operators[operator] ?? []).map((other) => `${textOf(left)} ${other} ${textOf(right)}`);
}

function logical(node: Node, textOf: TextOf): readonly string[] {
  const [left, right] = [textOf(node.left as Node), textOf(node.right as Node)];
  if (node.operator === "??") return [left];
  const other = node.operator === "&&" ? "||" : "&&";
  return [left, right, `(${left}) ${other} (${right})`];
}

function literal({ value }: Node): readonly string[] {
  if (typeof value === "boolean") return [String(!value)];
  return typeof value === "number" ? [String(value + 1)] : [];
}

function call(node: Node, textOf: TextOf): readonly string[] {
  const callee = node.callee as Node;
  if (callee.type !== "MemberExpression") return [];
  const [object, method] = [textOf(callee.object as Node), textOf(callee.property as Node)];
  const other = otherMethods.get(method);
  const given = (node.arguments as readonly Node[]).map(textOf).join(", ");
  if (other !== undefined) return [`${object}.${other}(${given})`];
  return droppedMethods.has(method) ? [object] : [];
}

function without(node: Node, textOf: TextOf): readonly string[] {
  const elements = node.elements as readonly Node[];
  return elements.map(
    (one) =>
      `[${elements
        .filter((other) => other !== one)
        .map(textOf)
        .join(", ")}]`,
  );
}
