/** Writes what is generated from schemas/: `npm run generate`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { manifestTypes } from "./manifest-types.ts";

writeFileSync(join(import.meta.dirname, "..", "core", "generated", "manifest.ts"), await manifestTypes());
