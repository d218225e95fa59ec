/** Small policy repositories for journeys: paths and texts. */
export type Files = Readonly<Record<string, string>>;

export const organization = `apiVersion: reeve/v1
kind: Organization
metadata: {name: acme}
spec: {timeZone: Europe/Berlin}
`;

/** A passcode profile with a minimum length. */
export function passcode(minLength = 6): string {
  return `apiVersion: reeve/v1
kind: Profile
metadata: {name: passcode}
spec:
  apple:
    payloads:
      - type: com.apple.mobiledevice.passwordpolicy
        content: {minLength: ${minLength}, forcePIN: true}
`;
}

/** An app by bundle id. */
export function app(name: string, bundleId: string): string {
  return `apiVersion: reeve/v1
kind: App
metadata: {name: ${name}}
spec: {apple: {bundleId: ${bundleId}}}
`;
}

export const slackId = "com.tinyspeck.chatlyio";

/** A policy for all devices; `spec` is what stands below its target. */
export function policy(spec: string, name = "baseline"): string {
  return `apiVersion: reeve/v1
kind: Policy
metadata: {name: ${name}}
spec:
  target: {all: true}
${spec.replace(/^/gm, "  ")}
`;
}

/** A profile and an app on all devices. */
export const baseline: Files = {
  "org.yaml": organization,
  "passcode.yaml": passcode(),
  "slack.yaml": app("slack", slackId),
  "baseline.yaml": policy("profiles: [{name: passcode}]\napps: [{name: slack}]"),
};
