import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One node of a JSON Schema document, as far as this project reads it. */
export interface Schema {
  readonly $id?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly enumDescriptions?: readonly string[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema | false>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly [keyword: string]: unknown;
}

/** Every kind of manifest; each has its schema in `schemas/<kind in lower case>.schema.json`. */
export const kinds = [
  "Organization",
  "DeviceGroup",
  "UserGroup",
  "Device",
  "DeviceRegister",
  "AutomatedEnrollment",
  "Profile",
  "App",
  "Book",
  "InventorySchedule",
  "Policy",
  "Exemption",
  "Operation",
  "Deprovision",
  "Secret",
] as const;

export const schemaFolder: string = join(import.meta.dirname, "..", "..", "schemas");

/** The file name, and `$id`, of a kind's schema. */
export function schemaFileOf(kind: string): string {
  return `${kind.toLowerCase()}.schema.json`;
}

/** Reads one published schema; `name` is `shared.schema.json` or a kind's file name. */
export function readSchema(name: string): Schema {
  return JSON.parse(readFileSync(join(schemaFolder, name), "utf8")) as Schema;
}
