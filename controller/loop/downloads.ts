import { createChallenge as newSecret } from "../apple/challenge.ts";
import { renderByHand } from "../apple/profile.ts";
import { contentOf } from "../core/kept.ts";
import { Stalled, UserError } from "../errors.ts";
import { createChallenge, redeemChallenge } from "../store/challenges.ts";
import { type DeviceRow, findDevices } from "../store/devices.ts";
import { appendEvents } from "../store/events.ts";
import type { DeclarationPorts } from "./declaration-content.ts";
import { variablesOf } from "./device-variables.ts";
import { substitute } from "./substitute.ts";
import { deviceNamed } from "./view-devices.ts";

/** What downloads are written from. */
export type DownloadPorts = Pick<DeclarationPorts, "store" | "clock" | "contentOf" | "signer" | "publicUrl">;

/** Where a download link leads. */
export const downloadPath = "/profile";

/** A link is good for this many presses: a browser may ask twice for one file. */
const linkUses = 3;

const purpose = "profile-download";

/**
 * A profile that a device has been granted, to be installed by hand. Nothing counts it as installed: the device's own
 * report of what its management installed decides. Throws UserError for one that it has not been granted, and for one
 * that holds secrets, which go to devices alone.
 */
export async function downloadProfile(
  ports: DownloadPorts,
  word: string,
  name: string,
  by: string,
): Promise<Buffer> {
  const row = await deviceNamed(ports.store, word);
  const bytes = await grantedProfile(ports, row, name);
  await tell(ports, row.id, name, "downloaded", by);
  return bytes;
}

/** A link under which the same can be fetched until it expires, without any other right. Throws UserError as above. */
export async function downloadLink(
  ports: DownloadPorts,
  word: string,
  name: string,
  grant: { readonly by: string; readonly expiresAt: number },
): Promise<string> {
  const row = await deviceNamed(ports.store, word);
  await grantedProfile(ports, row, name);
  const secret = newSecret();
  const { by, expiresAt } = grant;
  const asserted = { device: said(row.id), epoch: said(String(row.epoch)), profile: said(name) };
  const challenge = { secret, purpose, uses: linkUses, expiresAt, asserted, by, at: ports.clock() };
  await createChallenge(ports.store, challenge);
  await tell(ports, row.id, name, "a link to it was made", by);
  return `${ports.publicUrl()}${downloadPath}/${secret}`;
}

function said(value: string) {
  return { value, source: "asserted" } as const;
}

/** The profile behind a download link; undefined when the link is no good, or the device is not to have it any more. */
export async function profileBehindDownload(
  ports: DownloadPorts,
  secret: string,
): Promise<Buffer | undefined> {
  const redeemed = await redeemChallenge(ports.store, { secret, purpose, at: ports.clock() });
  const { device, epoch, profile } = redeemed?.asserted ?? {};
  if (device === undefined || epoch === undefined || profile === undefined) return undefined;
  const row = (await findDevices(ports.store, device.value)).find((one) => one.id === device.value);
  if (row === undefined || String(row.epoch) !== epoch.value || row.status === "left") return undefined;
  try {
    const bytes = await grantedProfile(ports, row, profile.value);
    await tell(ports, row.id, profile.value, "downloaded with a link", undefined);
    return bytes;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Only what is granted is ever rendered: a guard that keeps a profile back keeps it back from here too. */
async function grantedProfile(ports: DownloadPorts, row: DeviceRow, name: string): Promise<Buffer> {
  const key = `Profile/${name}`;
  const item = row.granted?.body.items.find((one) => one.key === key);
  const shown = row.alias ?? row.serial ?? row.id;
  if (item === undefined)
    throw new UserError("not-granted", `${shown} is to have no profile ${name} now`, {
      hint: `reeve explain ${row.serial ?? row.id} says what it is to have.`,
    });
  const [content, channel] = await Promise.all([
    ports.contentOf(contentOf(item)),
    ports.store.channels.read(row.channel),
  ]);
  if (content?.kind !== "Profile" || channel === undefined)
    throw new UserError("no-profile", `${name} is no profile that can be installed by hand`);
  const variables = variablesOf(channel);
  try {
    return await renderByHand(content, {
      substitute: (template) => substitute(template, variables, () => withSecret(name)),
      now: ports.clock(),
      ...(ports.signer === undefined ? {} : { signer: ports.signer }),
    });
  } catch (error) {
    if (!(error instanceof Stalled)) throw error;
    throw new UserError("not-downloadable", `${name} cannot be written for ${shown}: ${error.message}`);
  }
}

function withSecret(name: string): never {
  throw new UserError("profile-with-secret", `${name} holds a secret, which is given to devices alone`);
}

async function tell(
  { store, clock }: DownloadPorts,
  device: string,
  name: string,
  message: string,
  by: string | undefined,
): Promise<void> {
  const event = { type: "profile.downloaded", at: clock(), device, subject: `Profile/${name}`, message };
  await appendEvents(store, [by === undefined ? event : { ...event, by }]);
}
