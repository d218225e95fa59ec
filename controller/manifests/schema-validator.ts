import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { canonical } from "../core/canonical.ts";
import type { Kind } from "../core/manifest.ts";
import { isCron, isDuration, isTimeZone } from "./formats.ts";
import { kinds, readSchema, schemaFileOf } from "./schemas.ts";

const validators = new Map<Kind, ValidateFunction>();

/** Everything that a kind's schema has against a document; empty when it is accepted. */
export function schemaErrors(kind: Kind, document: unknown): readonly ErrorObject[] {
  const validate = validatorOf(kind);
  return validate(document) ? [] : (validate.errors ?? []);
}

export function isKind(text: unknown): text is Kind {
  return (kinds as readonly unknown[]).includes(text);
}

function validatorOf(kind: Kind): ValidateFunction {
  const compiled = validators.get(kind) ?? engine().compile(readSchema(schemaFileOf(kind)));
  validators.set(kind, compiled);
  return compiled;
}

let shared: Ajv2020 | undefined;

/** One engine for all kinds, made when the first document needs it. */
function engine(): Ajv2020 {
  if (shared !== undefined) return shared;
  const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: false });
  formats.default(ajv, ["date-time", "date", "email"]);
  ajv.addFormat("reeve-duration", isDuration);
  ajv.addFormat("reeve-time-zone", isTimeZone);
  ajv.addFormat("reeve-window-zone", (text: string) => text === "device" || isTimeZone(text));
  ajv.addFormat("reeve-cron", isCron);
  useLinearUniqueItems(ajv);
  ajv.addSchema(readSchema("shared.schema.json"));
  shared = ajv;
  return ajv;
}

/** ajv compares each item with each other one when items are a `$ref`; a long list would take minutes. */
function useLinearUniqueItems(ajv: Ajv2020): void {
  ajv.removeKeyword("uniqueItems");
  const validate: { (wanted: boolean, items: readonly unknown[]): boolean; errors?: Partial<ErrorObject>[] } =
    (wanted, items) => {
      const seen = new Map<string, number>();
      for (const [index, item] of items.entries()) {
        const key = canonical(item);
        const first = seen.get(key);
        if (wanted && first !== undefined) {
          validate.errors = [{ keyword: "uniqueItems", params: { i: index, j: first } }];
          return false;
        }
        seen.set(key, index);
      }
      return true;
    };
  ajv.addKeyword({ keyword: "uniqueItems", type: "array", schemaType: "boolean", validate });
}
