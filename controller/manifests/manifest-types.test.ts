import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { manifestTypes } from "./manifest-types.ts";

test("the generated types are what the schemas say", async () => {
  const file = join(import.meta.dirname, "..", "core", "generated", "manifest.ts");
  expect(readFileSync(file, "utf8"), "run npm run generate").toBe(await manifestTypes());
});
