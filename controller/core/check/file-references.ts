import type { AnyManifest } from "../manifest.ts";
import { resolveFile } from "./repository-path.ts";

/** A file of the repository that a manifest names. */
export interface FileReference {
  /** Where it is named, below the manifest's root. */
  readonly path: readonly (string | number)[];
  /** As it stands in the manifest. */
  readonly written: string;
  /** From the repository's root; undefined when it leaves the repository. */
  readonly resolved: string | undefined;
  readonly use: "profile" | "certificate" | "image" | "register" | "users" | "sops";
}

/** Every file that a manifest refers to, in the order of its fields. */
export function fileReferences(manifest: AnyManifest): readonly FileReference[] {
  const reference = (path: FileReference["path"], written: string | undefined, use: FileReference["use"]) =>
    written === undefined
      ? []
      : [{ path, written, resolved: resolveFile(manifest.origin.file, written), use }];
  switch (manifest.kind) {
    case "DeviceRegister":
      return reference(["spec", "devicesFrom"], manifest.spec.devicesFrom, "register");
    case "UserGroup":
      return reference(["spec", "membersFrom"], manifest.spec.membersFrom, "users");
    case "Profile":
      return [
        ...reference(["spec", "apple", "file"], manifest.spec.apple?.file, "profile"),
        ...(manifest.spec.settings?.certificates ?? []).flatMap((certificate, index) =>
          reference(["spec", "settings", "certificates", index, "file"], certificate.file, "certificate"),
        ),
      ];
    case "Operation": {
      const { act } = manifest.spec;
      const image = "settings" in act ? act.settings.wallpaper?.image : undefined;
      return reference(["spec", "act", "settings", "wallpaper", "image"], image, "image");
    }
    case "Secret":
      if (manifest.spec.provider !== "sops") return [];
      return Object.entries(manifest.spec.keys ?? {}).flatMap(([key, place]) =>
        reference(["spec", "keys", key], place.split("#")[0], "sops"),
      );
    default:
      return [];
  }
}
