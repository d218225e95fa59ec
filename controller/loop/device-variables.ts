import type { Facts } from "../core/facts.ts";
import type { ChannelRow } from "../core/ports.ts";
import type { DeviceVariables } from "./substitute.ts";

/** What device variables stand for on the device of a channel. */
export function variablesOf(row: ChannelRow): DeviceVariables {
  const facts: Facts = row.facts?.body ?? {};
  return {
    serial: row.serial,
    udid: row.udid,
    alias: row.alias,
    model: facts.model?.value,
    osVersion: facts.osVersion?.value,
    platform: facts.platform?.value,
    ownerEmail: facts.owner?.value,
  };
}
