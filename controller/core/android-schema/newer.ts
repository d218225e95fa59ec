import type { AndroidField, AndroidSchema } from "./schema.ts";

/**
 * Fields that Google's client 188 has and the document of revision 20260917 does not. The client lists no values of
 * enums, so that any text is taken. What the tables know themselves comes before these.
 */
export const newerSchemas: Readonly<Record<string, AndroidSchema>> = {
  CrossDevicePolicies: { fields: { taskContinuityHandoff: { type: "string" } } },
  PersonalCrossDevicePolicies: { fields: { taskContinuityHandoff: { type: "string" } } },
  PersonalUsagePolicies: {
    fields: { crossDevicePolicies: { type: "message", schema: "PersonalCrossDevicePolicies" } },
  },
};

/** Values of enums that are newer than the document, by schema and field. */
const newerValues: ReadonlyMap<string, readonly string[]> = new Map([
  ["NonComplianceDetail.nonComplianceReason", ["OS_NOT_PERMITTED"]],
  ["NonComplianceDetailCondition.nonComplianceReason", ["OS_NOT_PERMITTED"]],
]);

/** A field with the values that are newer than the document. */
export function withNewerValues(place: string, field: AndroidField): AndroidField {
  const more = newerValues.get(place);
  if (more === undefined || field.type !== "enum") return field;
  return { ...field, values: [...new Set([...field.values, ...more])] };
}
