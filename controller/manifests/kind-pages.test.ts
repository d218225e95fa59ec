import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { kindPageFolder, kindPages } from "./kind-pages.ts";
import { readManifests } from "./read-manifests.ts";
import { kinds } from "./schemas.ts";

test("the field tables are what the schemas say", () => {
  for (const [file, page] of kindPages()) {
    expect(readFileSync(join(kindPageFolder, file), "utf8"), `${file}: run npm run generate`).toBe(page);
  }
});

test.each(kinds)("the page of %s has its four parts, and an example that is valid", (kind) => {
  const page = readFileSync(join(kindPageFolder, `${kind.toLowerCase()}.md`), "utf8");
  const headings = [...page.matchAll(/^## (.+)$/gm)].map((match) => match[1]);
  const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => match[1] ?? "");
  const read = readManifests("example.yaml", Buffer.from(examples[0] ?? ""));

  expect(headings).toEqual(["Example", "Fields", "What happens when", "Tips"]);
  expect(read.diagnostics).toEqual([]);
  expect(read.manifests.map(({ manifest }) => manifest?.kind)).toEqual([kind]);
});
