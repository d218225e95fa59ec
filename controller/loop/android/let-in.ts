import type { AndroidReading } from "../../android/read-device.ts";
import type { Facts } from "../../core/facts.ts";
import { enrollAndroid, ownerOfSerial } from "../../store/android-devices.ts";
import { isTokenOurs } from "../../store/android-tokens.ts";
import { appendEvents } from "../../store/events.ts";
import { appendEventOnce } from "../../store/events-once.ts";
import { asserting } from "../doubts.ts";
import { enrollmentOf } from "./enrollment-data.ts";
import type { AndroidPorts } from "./ports.ts";

/**
 * Enrolls a device that Google has. False when the policies do not let it in: it keeps the policy of devices that
 * enroll, which asks for nothing, and is looked at again with the next list.
 */
export async function letIn(ports: AndroidPorts, reading: AndroidReading): Promise<boolean> {
  const { store } = ports;
  const at = ports.clock();
  const { name: channel, identity, facts } = reading;
  const says = identity ?? channel;
  const refused = refusalOf(ports, reading);
  if (refused !== undefined) return refuse(ports, channel, `${says}: refused, ${refused}`);
  const quarantined = await isAnothers(ports, reading);
  const known = quarantined || identity === undefined ? {} : { serial: identity };
  const said = await assertedBy(ports, reading);
  const asserted = quarantined ? { ...said, ...asserting(["duplicateSerial"]) } : said;
  const epoch = {
    channel,
    kind: "device" as const,
    certificate: "",
    topic: "",
    ...known,
    facts,
    asserted,
    at,
  };
  const limit = ports.policies()?.deviceLimit;
  const begun = await enrollAndroid(store, epoch, { limit, quarantined });
  if (begun === undefined)
    return refuse(ports, channel, `${says}: refused, the limit of ${limit} devices is reached`);
  const type = quarantined ? "device.quarantined" : "device.enrolled";
  await appendEvents(store, [{ type, at, device: begun.device, message: says }]);
  return true;
}

/**
 * The facts that the enrollment asserts. Whoever may make tokens at Google may write any text into one: whose a device
 * is, by which it may be wiped later, is asserted by the tokens alone that reeve made.
 */
async function assertedBy({ store }: AndroidPorts, { tokenData, tokenName }: AndroidReading): Promise<Facts> {
  const { ownership, ...said } = enrollmentOf(tokenData);
  if (ownership === undefined || tokenName === undefined) return said;
  return (await isTokenOurs(store, tokenName)) ? { ...said, ownership } : said;
}

/**
 * True when the serial number that a device tells is that of another one: of an Apple device, or of an Android device
 * that is enrolled and that Google does not call the same (`previousDeviceNames`).
 */
async function isAnothers(
  { store }: AndroidPorts,
  { identity, previousNames }: AndroidReading,
): Promise<boolean> {
  const owner = identity === undefined ? undefined : await ownerOfSerial(store, identity);
  if (owner === undefined) return false;
  if (owner.platform !== "android") return true;
  return owner.status !== "left" && !previousNames.includes(owner.channel);
}

function refusalOf(ports: AndroidPorts, { name, identity, facts, tokenData }: AndroidReading) {
  const { ownership } = facts;
  return ports.policies()?.refusal(
    {
      // Google's name is as good as a UDID: whose a device is, its record says.
      ids: { udid: name },
      channel: { id: name },
      device: identity === undefined ? {} : { serial: identity },
      facts,
    },
    { asserted: { ...enrollmentOf(tokenData), ...(ownership === undefined ? {} : { ownership }) } },
  )?.says;
}

/** Each refusal of a device is told once, however often Google lists it. */
async function refuse({ store, clock }: AndroidPorts, subject: string, message: string): Promise<false> {
  await appendEventOnce(store, { type: "enrollment.refused", at: clock(), subject, message });
  return false;
}
