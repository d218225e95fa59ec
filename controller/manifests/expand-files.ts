import { resolveFile } from "../core/check/repository-path.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { AnyManifest, Manifest } from "../core/manifest.ts";
import type { SourceTree } from "../core/source-tree.ts";
import { readRegister } from "./device-register.ts";
import { readUserList } from "./user-list.ts";

export interface Expanded {
  readonly manifests: readonly AnyManifest[];
  readonly diagnostics: readonly Diagnostic[];
  /** The manifest that made us read each CSV file. */
  readonly sources: ReadonlyMap<string, AnyManifest>;
}

/** Adds a Device for each row of a register, and puts the users of CSV files into their groups. */
export function expandFiles(manifests: readonly AnyManifest[], entries: SourceTree["entries"]): Expanded {
  const result = {
    manifests: [] as AnyManifest[],
    diagnostics: [] as Diagnostic[],
    sources: new Map<string, AnyManifest>(),
  };
  for (const manifest of manifests) {
    const reference = tableOf(manifest);
    const file = reference === undefined ? undefined : resolveFile(manifest.origin.file, reference);
    const entry = file === undefined ? undefined : entries.get(file);
    if (file === undefined || entry?.type !== "file") {
      result.manifests.push(manifest);
      continue;
    }
    const isFirst = !result.sources.has(file);
    result.sources.set(file, result.sources.get(file) ?? manifest);
    if (manifest.kind === "DeviceRegister") {
      const { devices, diagnostics } = readRegister(file, entry.bytes);
      result.manifests.push(manifest, ...(isFirst ? devices : []));
      result.diagnostics.push(...diagnostics);
    } else if (manifest.kind === "UserGroup") {
      const { users, diagnostics } = readUserList(file, entry.bytes);
      result.manifests.push(withUsers(manifest, users));
      result.diagnostics.push(...diagnostics);
    }
  }
  return result;
}

function tableOf(manifest: AnyManifest): string | undefined {
  if (manifest.kind === "DeviceRegister") return manifest.spec.devicesFrom;
  return manifest.kind === "UserGroup" ? manifest.spec.membersFrom : undefined;
}

function withUsers(
  manifest: Manifest<"UserGroup">,
  cells: readonly { readonly text: string; readonly place: ReturnType<AnyManifest["at"]> }[],
): Manifest<"UserGroup"> {
  const own = manifest.spec.users ?? [];
  const at: AnyManifest["at"] = (path) => {
    const cell = path[1] === "users" && typeof path[2] === "number" ? cells[path[2] - own.length] : undefined;
    return cell?.place ?? manifest.at(path);
  };
  return { ...manifest, spec: { ...manifest.spec, users: [...own, ...cells.map((cell) => cell.text)] }, at };
}
