import { UserError } from "../errors.ts";
import { deviceNamed, type Looking } from "./view-devices.ts";

/** The serial number that an invitation is bound to, from what a person said of the device; undefined for anybody. */
export async function invitedSerial(
  looking: Looking,
  asked: { readonly serial?: string | undefined; readonly device?: string | undefined },
): Promise<string | undefined> {
  const { serial, device } = asked;
  if (serial !== undefined && device !== undefined)
    throw new UserError(
      "two-devices",
      "an invitation is bound to a serial number or to a device, not to both",
    );
  if (device !== undefined) return serialOf(looking, device);
  if (serial === undefined || /^[A-Za-z0-9-]{1,64}$/.test(serial)) return serial;
  throw new UserError("serial", `expected a serial number of letters and digits, found ${serial}`);
}

/** What manifests say goes before what a device said of itself when it enrolled. */
async function serialOf(looking: Looking, word: string): Promise<string> {
  const entries = looking.reconciler.current()?.compiled.devices ?? [];
  const meant = entries.filter(({ name, alias }) => name === word || alias === word);
  if (meant.length > 1)
    throw new UserError("ambiguous-device", `${word} could mean ${meant.map((one) => one.name).join(", ")}`);
  const serial =
    meant[0] === undefined ? (await deviceNamed(looking.store, word)).serial : meant[0].match.serial;
  if (serial !== undefined) return serial;
  throw new UserError("no-serial", `the serial number of ${word} is not known`, {
    hint: "Give it with --serial.",
  });
}
