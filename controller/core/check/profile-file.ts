import type { Lasting } from "../granted.ts";

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
