import type { Lasting } from "../granted.ts";
import type { Manifest } from "../manifest.ts";
import { resolveFile } from "./repository-path.ts";

/** What a `.mobileconfig` says about itself, or why it cannot be used. */
export type ProfileFile =
  | {
      readonly identifier: string;
      readonly uuid: string;
      readonly displayName: string;
      readonly payloadTypes: readonly string[];
      readonly removalDisallowed?: boolean;
      /** `NAME/KEY` of the secrets that its texts ask for. */
      readonly secrets?: readonly string[];
      /** Its keys as manifests write values, with the bytes of data left out; absent where they cannot be read. */
      readonly keys?: Readonly<Record<string, unknown>>;
      readonly lasts?: Lasting;
    }
  | { readonly error: string };

/** What was read of the `.mobileconfig` that a profile names, relative to its own folder. */
export function profileFileOf(
  { spec, origin }: Pick<Manifest<"Profile">, "spec" | "origin">,
  files: ReadonlyMap<string, ProfileFile>,
): ProfileFile | undefined {
  const path = spec.apple?.file === undefined ? undefined : resolveFile(origin.file, spec.apple.file);
  return path === undefined ? undefined : files.get(path);
}
