import { escrowVariable } from "../core/file-vault-payloads.ts";
import { Stalled } from "../errors.ts";

/** What device variables stand for; undefined where the device's record has no such value. */
export interface DeviceVariables {
  readonly serial: string | undefined;
  readonly udid: string | undefined;
  readonly alias: string | undefined;
  readonly model: string | undefined;
  readonly osVersion: string | undefined;
  readonly platform: string | undefined;
  readonly ownerEmail: string | undefined;
  /** To whom Macs encrypt their recovery keys: DER in base64. */
  readonly escrowCertificate?: string | undefined;
}

/**
 * Puts secrets and device variables into a template, at the moment of sending. Throws Stalled when one has no
 * value for this device: an empty text must not reach a device by accident.
 */
export function substitute(
  template: string,
  device: DeviceVariables,
  secret: (name: string) => string,
): string {
  if (!template.includes("${")) return template;
  return template.replaceAll(/\$\{([^}]{1,220})\}/g, (_match, name: string) => {
    if (name.startsWith("secret:")) return secret(name.slice("secret:".length));
    const value = variable(name, device);
    if (value === undefined) throw new Stalled("variable-empty", `\${${name}} has no value for this device`);
    return value;
  });
}

function variable(name: string, device: DeviceVariables): string | undefined {
  switch (name) {
    case escrowVariable:
      return device.escrowCertificate;
    case "device.serial":
      return device.serial;
    case "device.udid":
      return device.udid;
    case "device.alias":
      return device.alias ?? device.serial;
    case "device.model":
      return device.model;
    case "device.osVersion":
      return device.osVersion;
    case "device.platform":
      return device.platform;
    case "owner.email":
      return device.ownerEmail;
    case "owner.name":
      return nameFrom(device.ownerEmail);
    default:
      throw new Stalled("variable-unknown", `unknown variable \${${name}}`);
  }
}

/** `mia.graf@acme.example` is Mia Graf. */
function nameFrom(email: string | undefined): string | undefined {
  const local = email?.split("@")[0];
  return local
    ?.split(/[._]+/)
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join(" ");
}
