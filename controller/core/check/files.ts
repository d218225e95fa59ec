import type { Diagnostic } from "../diagnostic.ts";
import type { AnyManifest } from "../manifest.ts";
import { sizeCapOf } from "../source-tree.ts";
import type { CheckContext } from "./context.ts";
import { quote } from "./describe-value.ts";
import { type FileReference, fileReferences } from "./file-references.ts";
import { didYouMean, sparingly } from "./nearest.ts";
import { type Finding, problem } from "./problem.ts";

/** Files that manifests refer to are there, inside the repository, plain, small enough and well-formed. */
export function checkFiles(context: CheckContext): readonly Diagnostic[] {
  const suggest = sparingly((path: string) => didYouMean(path, context.entries.keys()));
  return context.manifests.flatMap((manifest) =>
    fileReferences(manifest).flatMap((reference) => {
      const finding = fileFinding(context, manifest, reference, suggest);
      return finding === undefined ? [] : [problem(manifest, reference.path, finding)];
    }),
  );
}

function fileFinding(
  context: CheckContext,
  manifest: AnyManifest,
  reference: FileReference,
  suggest: Suggest,
): Finding | undefined {
  const { resolved, written } = reference;
  if (resolved === undefined) {
    const detail = ["Name a file of this repository, relative to the folder of this manifest."];
    return { rule: "file-outside", message: `${quote(written)} is outside of the repository`, detail };
  }
  const entry = context.entries.get(resolved);
  if (entry === undefined) return missing(context, reference, resolved, suggest);
  if (entry.type === "symlink")
    return {
      rule: "file-symlink",
      message: `${quote(written)} is a symbolic link`,
      detail: ["Links are not followed; put the file itself here."],
    };
  if (entry.type === "submodule")
    return {
      rule: "file-submodule",
      message: `${quote(written)} is a submodule`,
      detail: ["Put the file into this repository."],
    };
  const size = entry.type === "too-large" ? entry.size : entry.bytes.byteLength;
  if (size > sizeCapOf(resolved)) {
    return {
      rule: "file-too-large",
      message: `${quote(written)} has ${Math.ceil(size / 1024)} KiB`,
      detail: [`At most ${sizeCapOf(resolved) / 1024} KiB.`],
    };
  }
  return entry.type === "file" ? malformed(context, manifest, reference, resolved, entry.bytes) : undefined;
}

type Suggest = (path: string) => string | undefined;

function missing(
  context: CheckContext,
  reference: FileReference,
  resolved: string,
  suggest: Suggest,
): Finding {
  const linked = linkAbove(context, resolved);
  if (linked !== undefined)
    return {
      rule: "file-symlink",
      message: `${quote(linked)} is a symbolic link`,
      detail: ["Links are not followed; put the folder itself here."],
    };
  const detail = [`Looked for ${resolved}.${suggest(resolved) ?? ""}`];
  return { rule: "file-missing", message: `there is no file ${quote(reference.written)}`, detail };
}

function linkAbove(context: CheckContext, path: string): string | undefined {
  const segments = path.split("/");
  const folders = segments.map((_, index) => segments.slice(0, index).join("/"));
  return folders.find((folder) => ["symlink", "submodule"].includes(context.entries.get(folder)?.type ?? ""));
}

function malformed(
  context: CheckContext,
  manifest: AnyManifest,
  reference: FileReference,
  resolved: string,
  bytes: Uint8Array,
): Finding | undefined {
  if (reference.use === "certificate") return certificateFinding(reference, bytes);
  if (reference.use === "image") return imageFinding(reference, bytes);
  const file = reference.use === "profile" ? context.profileFiles.get(resolved) : undefined;
  if (file === undefined) return undefined;
  if ("error" in file)
    return {
      rule: "bad-mobileconfig",
      message: `${quote(reference.written)} is not a configuration profile`,
      detail: [`${file.error}.`],
    };
  if (file.payloadTypes.includes("com.apple.mdm")) {
    return {
      rule: "reserved-payload",
      message: `${quote(reference.written)} holds an enrollment profile`,
      detail: ["com.apple.mdm is installed by enrolling, and never by a policy."],
    };
  }
  const own = manifest.kind === "Profile" ? manifest.spec.identifier : undefined;
  if (own === undefined || own === file.identifier) return undefined;
  return {
    rule: "identifier-differs",
    message: `identifier is ${quote(own)}, but the file says ${quote(file.identifier)}`,
    detail: ["A .mobileconfig keeps its own identifier: remove the field, or make them equal."],
  };
}

function certificateFinding(reference: FileReference, bytes: Uint8Array): Finding | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1 << 20)).toString(
    "latin1",
  );
  if (text.includes("PRIVATE KEY-----")) {
    return {
      rule: "private-key",
      message: `${quote(reference.written)} holds a private key`,
      detail: ["Remove it from the repository and its history, and replace the key: it is known now."],
    };
  }
  if (bytes[0] === 0x30 || text.includes("-----BEGIN CERTIFICATE-----")) return undefined;
  return {
    rule: "bad-certificate",
    message: `${quote(reference.written)} is not a certificate`,
    detail: ["expected PEM or DER."],
  };
}

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const jpegSignature = [0xff, 0xd8, 0xff];

/** The bytes decide, whatever the file is called. */
function imageFinding(reference: FileReference, bytes: Uint8Array): Finding | undefined {
  if ([pngSignature, jpegSignature].some((start) => start.every((one, index) => bytes[index] === one)))
    return undefined;
  return {
    rule: "bad-image",
    message: `${quote(reference.written)} is neither a PNG nor a JPEG`,
    detail: ["Devices take no other picture. Save it as one of them."],
  };
}
