/** Writes what is generated from schemas/: `npm run generate`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { kindPageFolder, kindPages } from "./kind-pages.ts";
import { manifestTypes } from "./manifest-types.ts";

writeFileSync(join(import.meta.dirname, "..", "core", "generated", "manifest.ts"), await manifestTypes());
for (const [file, page] of kindPages()) writeFileSync(join(kindPageFolder, file), page);
