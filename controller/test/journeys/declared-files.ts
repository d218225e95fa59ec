import { type Files, files, marker, policy } from "../manifests.ts";

/** A Profile with declarations of its own, in YAML flow style. */
export function declared(name: string, ...declarations: readonly string[]): string {
  return `apiVersion: reeve/v1
kind: Profile
metadata: {name: ${name}}
spec:
  apple:
    declarations:
${declarations.map((one) => `      - {${one}}`).join("\n")}
`;
}

/** A declaration that does nothing but be there; `more` is what else it says. */
export function echo(text: string, more = ""): string {
  return `type: com.apple.configuration.management.test, content: {Echo: "${text}"${more}}`;
}

/** A profile called `wrapped` and how it is delivered. */
export function wrapped(value: number, delivery: "auto" | "declaration" | "profile"): string {
  return marker("wrapped", value).replace("delivery: profile", `delivery: ${delivery}`);
}

/** The same Profile for users. */
export function forUsers(text: string): string {
  return text.replace("spec:\n", "spec:\n  scope: user\n");
}

/** A profile called `code` that says nothing but rules for a passcode. */
export function passcode(minLength: number): string {
  return `apiVersion: reeve/v1
kind: Profile
metadata: {name: code}
spec:
  settings:
    passcode: {minLength: ${minLength}, allowSimple: false}
`;
}

/** These Profiles, and a policy that gives all of them to everybody. */
export function policySet(...profiles: readonly (readonly [name: string, text: string])[]): Files {
  const names = profiles.map(([name]) => `{name: ${name}}`).join(", ");
  const manifests = Object.fromEntries(profiles.map(([name, text]) => [`${name}.yaml`, text]));
  return files({ ...manifests, "policy.yaml": policy(`profiles: [${names}]`) });
}

export const iphone = { serial: "SIM-1", platform: "ios", name: "IPHONE-1", supervised: true } as const;
