import type { ErrorObject } from "ajv";
import { quote } from "../core/check/describe-value.ts";
import type { Finding } from "./explain-error.ts";
import type { Path } from "./paths.ts";

const reasons: Readonly<Record<string, string>> = {
  applications: "Apps belong in App manifests, and policies say who gets them.",
  name: "reeve names Android policies itself.",
  version: "Google counts versions itself.",
  wipe: "What is erased follows from the state; only state other says it itself.",
  recordAs: "Only state other says what the record is called.",
  reenrollGroup: "A retired device may not enroll again.",
  values: "Exists and Absent compare with nothing.",
  password:
    "Nothing here uses a password: security none has none, enterprise has its own in eap, an authority has none.",
  eap: "Only security enterprise uses eap.",
  file: "An identity holds a private key, which does not belong in a repository: use content with ${secret:NAME/KEY}.",
};

/** A field that the rest of its object rules out. */
export function explainForbidden(path: Path, error: ErrorObject): Finding {
  const key = String(path.at(-1) ?? error.params?.property ?? "");
  return {
    rule: "forbidden-field",
    path,
    onKey: true,
    message: `${quote(key)} is not allowed here`,
    detail: [reasons[key] ?? "Remove it."],
  };
}
