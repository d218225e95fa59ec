/** Small policy repositories for journeys: paths and texts. */
export type Files = Readonly<Record<string, string>>;

/** The organisation; `spec` is what stands in it besides the time zone, in YAML flow style. */
export function organizationWith(spec: string): string {
  return `apiVersion: reeve/v1
kind: Organization
metadata: {name: acme}
spec: {timeZone: Europe/Berlin${spec === "" ? "" : `, ${spec}`}}
`;
}

export const organization = organizationWith("");

/** A passcode profile with a minimum length. */
export function passcode(minLength = 6): string {
  return profile(
    "passcode",
    `type: com.apple.mobiledevice.passwordpolicy, content: {minLength: ${minLength}, forcePIN: true}`,
  );
}

/**
 * A profile with one payload, in YAML flow style, that goes by InstallProfile; `more` is what else its spec says, one
 * line each.
 */
export function profile(name: string, payload: string, more = ""): string {
  return `apiVersion: reeve/v1
kind: Profile
metadata: {name: ${name}}
spec:
${more === "" ? "" : `${more.replace(/^/gm, "  ")}\n`}  apple:
    delivery: profile
    payloads:
      - {${payload}}
`;
}

/** A profile as above that goes as devices like it best: by declaration where they support that. */
export function automatic(text: string): string {
  return text.replaceAll("    delivery: profile\n", "");
}

/** A profile whose payload every device takes; `value` is what tells versions apart. */
export function marker(name: string, value: string | number = 1, more = ""): string {
  return profile(name, `type: com.apple.applicationaccess, content: {reeveTest: "${value}"}`, more);
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
export function policy(spec: string, name = "baseline", target = "all: true"): string {
  return `apiVersion: reeve/v1
kind: Policy
metadata: {name: ${name}}
spec:
  target: {${target}}
${spec.replace(/^/gm, "  ")}
`;
}

/** A Device manifest by serial number; `spec` in YAML flow style. */
export function device(name: string, serial: string, spec = ""): string {
  return `apiVersion: reeve/v1
kind: Device
metadata: {name: ${name}}
spec: {match: {serial: ${serial}}${spec === "" ? "" : `, ${spec}`}}
`;
}

/** A group by selector, in YAML flow style. */
export function group(name: string, selector: string): string {
  return `apiVersion: reeve/v1
kind: DeviceGroup
metadata: {name: ${name}}
spec: {selector: {${selector}}}
`;
}

/** An Operation; `act`, `target` and `more` in YAML flow style. */
export function operation(name: string, target: string, act: string, more = ""): string {
  return `apiVersion: reeve/v1
kind: Operation
metadata: {name: ${name}}
spec:
  target: {${target}}
  act: {${act}}
  reason: A test
  expiresAt: 2030-01-01T00:00:00Z
${more}
`;
}

/** A Deprovision; `more` lines override nothing and add fields. */
export function deprovision(name: string, target: string, expectedDevices = 1, more = ""): string {
  return `apiVersion: reeve/v1
kind: Deprovision
metadata: {name: ${name}}
spec:
  target: {${target}}
  state: employee-left
  reason: Left the company
  expectedDevices: ${expectedDevices}
  expiresAt: 2030-01-01T00:00:00Z
${more}
`;
}

/** Manifests by file name, with the organisation among them. */
export function files(named: Files): Files {
  return { "org.yaml": organization, ...named };
}

/** A profile and an app on all devices. */
export const baseline: Files = {
  "org.yaml": organization,
  "passcode.yaml": passcode(),
  "slack.yaml": app("slack", slackId),
  "baseline.yaml": policy("profiles: [{name: passcode}]\napps: [{name: slack}]"),
};
