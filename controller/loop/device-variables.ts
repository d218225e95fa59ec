import type { Registrar } from "../apple/identity.ts";
import type { Facts } from "../core/facts.ts";
import type { ChannelRow } from "../core/ports.ts";
import type { DeviceVariables } from "./substitute.ts";

/** What device variables stand for on the device of a channel; Macs encrypt for the first of the recipients. */
export function variablesOf(row: ChannelRow, [recipient]: readonly Registrar[] = []): DeviceVariables {
  const facts: Facts = row.facts?.body ?? {};
  return {
    serial: row.serial,
    udid: row.udid,
    alias: row.alias,
    model: facts.model?.value,
    osVersion: facts.osVersion?.value,
    platform: facts.platform?.value,
    ownerEmail: facts.owner?.value,
    escrowCertificate: recipient?.certificate.raw.toString("base64"),
  };
}
