import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { kinds, readSchema, type Schema, schemaFileOf } from "./schemas.ts";

const shared = readSchema("shared.schema.json");
const loose = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
loose.addSchema(shared);

test.each(kinds)("the schema of %s is valid and accepts its own example", (kind) => {
  const schema = readSchema(schemaFileOf(kind));
  const validate = loose.compile(schema);
  expect(schema.examples?.length).toBeGreaterThan(0);
  for (const example of schema.examples ?? []) {
    expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
  }
});

test.each(["shared.schema.json", ...kinds.map(schemaFileOf)])("%s is strict and explains itself", (file) => {
  const problems: string[] = [];
  visit(readSchema(file), file, problems);
  expect(problems).toEqual([]);
});

const freeForm = /\/(content|config|attributes|android|tags|labels|permissions|keys)$/;

function visit(schema: Schema, path: string, problems: string[]): void {
  if (
    schema.properties !== undefined &&
    schema.additionalProperties === undefined &&
    schema.type === "object"
  )
    problems.push(`${path}: additionalProperties is open`);
  if (schema.additionalProperties === true && !freeForm.test(path)) problems.push(`${path}: accepts any key`);
  if (
    schema.enum !== undefined &&
    schema.enum.length !== schema.enumDescriptions?.length &&
    schema.type === "string"
  )
    if (schema.description !== undefined) problems.push(`${path}: enum without explanations`);
  for (const [name, entry] of Object.entries({ ...schema.properties, ...schema.$defs })) {
    if (entry === false) continue;
    if (
      entry.description === undefined &&
      entry.$ref === undefined &&
      entry.const === undefined &&
      entry.$defs === undefined
    )
      problems.push(`${path}/${name}: no description`);
    visit(entry, `${path}/${name}`, problems);
  }
  if (schema.items !== undefined) visit(schema.items, `${path}/items`, problems);
}
