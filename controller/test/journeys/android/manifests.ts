import { organization, policy } from "../../manifests.ts";

/** A Profile with a fragment in Google's own keys, in YAML flow style. */
export function fragment(name: string, keys: string): string {
  return `apiVersion: reeve/v1
kind: Profile
metadata: {name: ${name}}
spec: {android: {${keys}}}
`;
}

/** An App by its package. */
export function androidApp(name: string, packageName: string): string {
  return `apiVersion: reeve/v1
kind: App
metadata: {name: ${name}}
spec: {android: {package: ${packageName}}}
`;
}

/** One profile and some apps for every device. */
export function revision(
  keys: string,
  apps: readonly string[] = ["mail"],
  more: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const uses = apps.map((name) => `{name: ${name}}`).join(", ");
  return {
    "org.yaml": organization,
    "camera.yaml": fragment("camera", keys),
    "mail.yaml": androidApp("mail", "com.acme.mail"),
    "chat.yaml": androidApp("chat", "com.acme.chat"),
    "policy.yaml": policy(`profiles: [{name: camera}]\napps: [${uses}]`),
    ...more,
  };
}

export const off = "cameraAccess: CAMERA_ACCESS_DISABLED";
export const on = "cameraAccess: CAMERA_ACCESS_ENFORCED";
