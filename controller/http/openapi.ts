/** A JSON Schema as routes declare it. */
export type Schema = Readonly<Record<string, unknown>>;

/** What a route says about itself, of which the document is made. */
export interface Described {
  readonly method: string;
  /** With `:name` for parameters. */
  readonly path: string;
  readonly summary: string;
  readonly role: string;
  readonly params?: Readonly<Record<string, Schema>>;
  readonly query?: Readonly<Record<string, Schema>>;
  readonly body?: Schema;
  readonly reply?: Schema;
  /** Where the answer is no JSON object; `reply` is then one line of it. */
  readonly contentType?: string;
}

/** The OpenAPI 3.1 document of these routes, sorted by path. */
export function openApiOf(routes: readonly Described[], version: string): Schema {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const route of [...routes].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "reeve admin API", version, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    paths,
    components: {
      schemas: { Error: errorSchema },
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
}

const errorSchema: Schema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message"],
      properties: {
        code: { type: "string", description: "A short word that does not change." },
        message: { type: "string" },
        hint: { type: "string", description: "What to do." },
        id: { type: "string", description: "For a bug: the request's id in the log." },
      },
    },
  },
};

function operationOf(route: Described): Schema {
  const names = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? "");
  const inPath = names.map((name) => ({
    name,
    in: "path",
    required: true,
    schema: route.params?.[name] ?? { type: "string" },
  }));
  const inQuery = Object.entries(route.query ?? {}).map(([name, schema]) => ({ name, in: "query", schema }));
  const parameters = [...inPath, ...inQuery];
  return {
    operationId: operationId(route),
    summary: route.summary,
    "x-reeve-role": route.role,
    security: route.role === "public" ? [] : [{ token: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: json(route.body) } }),
    responses: {
      "200": {
        description: "Done.",
        content: { [route.contentType ?? "application/json"]: { schema: route.reply ?? {} } },
      },
      default: { description: "Not done.", content: json({ $ref: "#/components/schemas/Error" }) },
    },
  };
}

function operationId({ method, path }: Described): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  return [method.toLowerCase(), ...words.map((word) => word[0]?.toUpperCase() + word.slice(1))].join("");
}

function json(schema: Schema): Schema {
  return { "application/json": { schema } };
}
