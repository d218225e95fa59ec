import type { Diagnostic } from "../diagnostic.ts";
import { type AnyManifest, nameOf } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { quote } from "./describe-value.ts";
import { nearest, sparingly } from "./nearest.ts";
import { problem } from "./problem.ts";
import { targetOf } from "./targets.ts";

/**
 * A device name must mean one device. One that no manifest has may be a serial or a reeve id, which only the
 * daemon can know, so it is a warning.
 */
export function checkDeviceReferences(context: CheckContext): readonly Diagnostic[] {
  const suggest = sparingly((name: string) => nearest(name, context.deviceNames()));
  return context.manifests.flatMap((manifest) =>
    deviceReferences(manifest).flatMap(({ path, name }) => unclear(context, manifest, path, name, suggest)),
  );
}

function unclear(
  context: CheckContext,
  manifest: AnyManifest,
  path: readonly (string | number)[],
  name: string,
  suggest: (name: string) => string | undefined,
): readonly Diagnostic[] {
  const devices = context.devicesNamed(name);
  if (devices.length === 1 || context.invalid.has(`Device/${name}`)) return [];
  if (devices.length > 1) {
    const where = devices
      .slice(0, 4)
      .map((device) => `${nameOf(device)} (${device.origin.file}:${device.origin.line})`);
    const message = `${quote(name)} could mean ${devices.length} devices`;
    return [
      problem(manifest, path, {
        rule: "ambiguous-device",
        message,
        detail: [`${where.join(", ")}. Use the serial.`],
      }),
    ];
  }
  const near = suggest(name);
  if (near === undefined && looksLikeId(name)) return [];
  const message = `no Device manifest is called ${quote(name)}`;
  const detail = [
    near === undefined
      ? "It is taken for a serial or a reeve id."
      : `Did you mean "${near}"? It is taken for a serial or a reeve id.`,
  ];
  return [problem(manifest, path, { severity: "warning", rule: "unknown-device", message, detail })];
}

/** Serials, UDIDs and ids are one word of capitals and digits, or of hexadecimal digits. */
function looksLikeId(name: string): boolean {
  return /^[A-Z0-9]{8,}$/.test(name) || /^[0-9A-Fa-f-]{20,}$/.test(name);
}

function deviceReferences(
  manifest: AnyManifest,
): readonly { readonly path: readonly (string | number)[]; readonly name: string }[] {
  const target = targetOf(manifest);
  const list = (path: readonly string[], names: readonly string[] | undefined) =>
    (names ?? []).map((name, index) => ({ path: [...path, index], name }));
  return [
    ...list(["spec", "target", "devices"], target?.devices),
    ...list(["spec", "target", "exclude", "devices"], target?.exclude?.devices),
    ...(manifest.kind === "DeviceGroup" ? list(["spec", "devices"], manifest.spec.devices) : []),
  ];
}
