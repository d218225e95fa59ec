import type { AndroidReading } from "../../android/read-device.ts";
import type { Facts } from "../../core/facts.ts";
import type { Event } from "../../core/ledger.ts";
import { enrollAndroid, ownerOfSerial } from "../../store/android-devices.ts";
import { findToken } from "../../store/android-tokens.ts";
import type { Begun } from "../../store/enrollment.ts";
import { appendEventOnce } from "../../store/events-once.ts";
import { asserting } from "../doubts.ts";
import { senderOf } from "./enroll-android.ts";
import { type EnrollmentSays, enrollmentOf } from "./enrollment-data.ts";
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
  const said = await saidOf(ports, reading);
  const refused = refusalOf(ports, reading, said.facts);
  if (refused !== undefined) return refuse(ports, channel, says, `${says}: refused, ${refused}`);
  const quarantined = await isAnothers(ports, reading);
  const known = quarantined || identity === undefined ? {} : { serial: identity };
  const asserted = quarantined ? { ...said.facts, ...asserting(["duplicateSerial"]) } : said.facts;
  const epoch = {
    channel,
    kind: "device" as const,
    certificate: "",
    topic: "",
    ...known,
    facts,
    asserted,
    vouched: true,
    at,
  };
  const type = quarantined ? "device.quarantined" : "device.enrolled";
  // Not its serial number: what is erased of a device must not stay in its history.
  const message =
    said.type === "forged"
      ? "what its token says of it is not reeve's, and counts for nothing"
      : "Google has enrolled it";
  const tell = ({ device }: Begun): readonly Event[] => [{ type, at, device, message }];
  const limit = ports.policies()?.deviceLimit;
  const newcomer = { limit, quarantined, says: identity, formerly: reading.previousNames, tell };
  const begun = await enrollAndroid(store, epoch, newcomer);
  // It keeps the policy of devices that enroll, and is shown with its record; nobody wipes it for that.
  if (begun === "retired") return false;
  if (begun === "full")
    return refuse(ports, channel, says, `${says}: refused, the limit of ${limit} devices is reached`);
  return true;
}

/**
 * What the token of a device says of it. What was written for one token counts with no other. Whose a device is, by
 * which it may be wiped later, counts only while the token is remembered, a month beyond its end: after that, text that
 * was copied out of it could no more be told from its own.
 */
async function saidOf(
  ports: AndroidPorts,
  { tokenData, tokenName }: AndroidReading,
): Promise<EnrollmentSays> {
  const said = enrollmentOf(senderOf(ports), tokenData);
  if (said.type !== "ours") return said;
  const made = (await findToken(ports.store, said.id))?.name;
  if (made !== undefined && made === tokenName) return said;
  if (made !== undefined && tokenName !== undefined) return { type: "forged", facts: {} };
  const { ownership: _, ...facts } = said.facts;
  return { ...said, facts };
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

function refusalOf(ports: AndroidPorts, { name, identity, facts }: AndroidReading, said: Facts) {
  const { ownership } = facts;
  return ports.policies()?.refusal(
    {
      // Google's name is as good as a UDID: whose a device is, its record says.
      ids: { udid: name },
      channel: { id: name },
      device: identity === undefined ? {} : { serial: identity },
      facts,
    },
    { asserted: { ...said, ...(ownership === undefined ? {} : { ownership }) } },
  )?.says;
}

/** Each refusal of a device is told once, however often Google lists it. */
async function refuse(
  { store, clock }: AndroidPorts,
  subject: string,
  word: string,
  message: string,
): Promise<false> {
  await appendEventOnce(store, { type: "enrollment.refused", at: clock(), subject, message, words: [word] });
  return false;
}
