import { cleanText } from "../core/clean-text.ts";
import type { Fact, Facts, Platform } from "../core/facts.ts";
import { type PlistDict, textAt } from "./wire/plist.ts";

const products: readonly (readonly [RegExp, Platform])[] = [
  [/^(iPhone|iPod)/, "ios"],
  [/^iPad/, "ipados"],
  [/^(Mac|iMac|VirtualMac|VMware|Parallels)/i, "macos"],
  [/^AppleTV/, "tvos"],
  [/^Watch/, "watchos"],
  [/^RealityDevice/, "visionos"],
];

/** The platform of a device by what it calls itself in Authenticate or DeviceInformation; undefined if unknown. */
export function platformOf(body: PlistDict): Platform | undefined {
  for (const key of ["ProductName", "Model", "ModelName"]) {
    const name = textAt(body, key);
    const found = products.find(([pattern]) => name !== undefined && pattern.test(name));
    if (found !== undefined) return found[1];
  }
  return undefined;
}

/**
 * The facts for selectors that a message contains, as reported by the device: platform, model (`iPad14,8`),
 * osVersion and mode. What it does not contain is left out.
 */
export function factsOf(body: PlistDict): Facts {
  const facts: Record<string, Fact> = {};
  set(facts, "platform", platformOf(body));
  set(facts, "model", productOf(body));
  set(facts, "osVersion", textAt(body, "OSVersion"));
  const supervised = body.IsSupervised;
  if (typeof supervised === "boolean") set(facts, "mode", supervised ? "supervised" : "unsupervised");
  // For windows that follow the clock of the device.
  set(facts, "timeZone", textAt(body, "TimeZone"));
  if (hasSim(body)) set(facts, "cellular", "true");
  // Said only of those that are: for all others nothing changes.
  if (body.IsMultiUser === true) set(facts, "sharedIpad", "true");
  return facts;
}

/** A subscription has the number of its SIM (Apple: DeviceInformation, ServiceSubscriptions; ICCID before iOS 12). */
function hasSim(body: PlistDict): boolean {
  const subscriptions = Array.isArray(body.ServiceSubscriptions) ? body.ServiceSubscriptions : [];
  return [body, ...subscriptions].some(
    (one) =>
      typeof one === "object" &&
      one !== null &&
      "ICCID" in one &&
      typeof one.ICCID === "string" &&
      one.ICCID !== "",
  );
}

/** `ProductName` on devices; Macs may give `macOS` there and the product as `Model`. */
function productOf(body: PlistDict): string | undefined {
  const names = [textAt(body, "ProductName"), textAt(body, "Model")];
  return (
    names.find((name) => name !== undefined && /\d,\d/.test(name)) ?? names.find((name) => name !== undefined)
  );
}

function set(facts: Record<string, Fact>, key: string, value: string | undefined): void {
  if (value !== undefined && value !== "") facts[key] = { value: cleanText(value, 128), source: "reported" };
}
