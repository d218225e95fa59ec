import { readFile } from "node:fs/promises";
import { UserError } from "../../errors.ts";

/** What a discovery document of Google says, as far as facts are made of it. */
export interface Discovery {
  readonly id: string;
  readonly name: string;
  readonly revision: string;
  readonly parameters?: Readonly<Record<string, WrittenParameter>>;
  readonly schemas: Readonly<Record<string, WrittenSchema>>;
  readonly resources: Readonly<Record<string, WrittenResource>>;
}

/** A piece of JSON Schema as these documents write it. */
export interface WrittenSchema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly $ref?: string;
  readonly enum?: readonly string[];
  readonly enumDeprecated?: readonly boolean[];
  readonly items?: WrittenSchema;
  readonly properties?: Readonly<Record<string, WrittenSchema>>;
  readonly additionalProperties?: WrittenSchema;
  readonly readOnly?: boolean;
  readonly deprecated?: boolean;
}

export interface WrittenParameter extends WrittenSchema {
  readonly location: "path" | "query";
  readonly required?: boolean;
  readonly repeated?: boolean;
  readonly pattern?: string;
}

export interface WrittenResource {
  readonly methods?: Readonly<Record<string, WrittenMethod>>;
  readonly resources?: Readonly<Record<string, WrittenResource>>;
}

export interface WrittenMethod {
  readonly id: string;
  readonly httpMethod: string;
  readonly path: string;
  readonly parameters?: Readonly<Record<string, WrittenParameter>>;
  readonly request?: { readonly $ref: string };
  readonly response: { readonly $ref: string };
}

/** A discovery document from a file. Throws UserError when it cannot be read, or is none of Android management. */
export async function readDiscovery(file: string): Promise<Discovery> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new UserError("unreadable", `cannot read ${file}`, { cause: error });
  });
  const document = parsed(text);
  if (document?.name !== "androidmanagement" || !isWhole(document))
    throw new UserError("no-discovery", `${file} is no discovery document of Android management`, {
      hint: "Google serves it under $discovery/rest?version=v1 of androidmanagement.googleapis.com.",
    });
  return document;
}

function parsed(text: string): Discovery | undefined {
  try {
    return JSON.parse(text) as Discovery;
  } catch {
    return undefined;
  }
}

function isWhole({ id, revision, schemas, resources }: Discovery): boolean {
  const areObjects = [schemas, resources].every((one) => typeof one === "object" && one !== null);
  return typeof id === "string" && typeof revision === "string" && areObjects;
}
