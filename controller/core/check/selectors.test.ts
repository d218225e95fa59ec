import { expect, test } from "vitest";
import { loadPolicySet } from "../../manifests/load-policy-set.ts";

test.each<readonly [string, readonly string[]]>([
  ["{match: {osVersion: 18.x}}", ["unknown-value"]],
  ["{match: {osVersion: ['18', latest]}}", ["unknown-value"]],
  ["{expressions: [{key: osVersion, operator: NotIn, values: [26 beta]}]}", ["unknown-value"]],
  ["{match: {osVersion: '18'}, expressions: [{key: osVersion, operator: In, values: ['18.0']}]}", []],
  ["{expressions: [{key: ownership, operator: Absent}]}", ["impossible-selector"]],
  ["{expressions: [{key: tag.site, operator: Absent}]}", []],
  [
    "{match: {tag.site: berlin}, expressions: [{key: tag.site, operator: In, values: [Berlin]}]}",
    ["impossible-selector"],
  ],
  ["{match: {owner: a@b.example}, expressions: [{key: owner, operator: In, values: [A@b.example]}]}", []],
])("a selector that says %s", (selector, expected) => {
  const bytes = Buffer.from(
    `apiVersion: reeve/v1\nkind: DeviceGroup\nmetadata: {name: g}\nspec: {selector: ${selector}}\n`,
  );
  const entries = new Map([["a.yaml", { type: "file" as const, bytes }]]);
  const { diagnostics } = loadPolicySet({ revision: "r", entries }, { now: 0 });
  expect(diagnostics.flatMap(({ severity, rule }) => (severity === "error" ? rule : []))).toEqual(expected);
});
