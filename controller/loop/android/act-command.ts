import { commandBody } from "../../android/command-body.ts";
import type { JsonObject } from "../../android/json-object.ts";
import type { AndroidReading } from "../../android/read-device.ts";
import type { ActTarget } from "../../core/act.ts";
import { type AndroidCommand, androidCommand, androidKind, androidRefusal } from "../../core/android-acts.ts";
import { keptFor } from "../../core/android-operations.ts";
import type { Facts } from "../../core/facts.ts";
import { lostRefusal } from "../../core/freeze.ts";
import type { ChannelRow } from "../../core/ports.ts";
import { Stalled } from "../../errors.ts";
import { lostAmong } from "../../store/lost-devices.ts";
import { variablesOf } from "../device-variables.ts";
import { resolved } from "../prepare-act.ts";
import { substitute } from "../substitute.ts";
import type { AndroidPorts } from "./ports.ts";

/** An act as Google takes it, with the secrets in it. */
export interface PreparedCommand {
  readonly type: AndroidCommand;
  readonly body: JsonObject;
  readonly secrets: readonly string[];
}

/**
 * States in which a device takes commands. One that is still provisioned, was deleted, moves to another management, or
 * is locked by who finances it does not; nor does one whose state is not told.
 */
const takesCommands: ReadonlySet<string> = new Set(["ACTIVE", "DISABLED", "LOST"]);

/** False while a device cannot be given a command although nothing stands against it. */
export function isReachable({ state, appliedState }: AndroidReading): boolean {
  return takesCommands.has(state) && takesCommands.has(appliedState);
}

/**
 * The command for an act on a device of which Google says this now. Throws Stalled with the reason when the device
 * cannot carry it out, or may not: what Google does not say stands against it.
 */
export async function actCommand(
  ports: AndroidPorts,
  row: ChannelRow,
  act: ActTarget,
  reading: AndroidReading,
): Promise<PreparedCommand> {
  const { verb } = act;
  const facts = withAsserted(row, reading);
  const fresh = { isLost: isLost(reading), patch: reading.patch };
  const refusal = contradiction(row, reading) ?? androidRefusal(verb, act.parameters, facts, fresh);
  if (refusal !== undefined) throw new Stalled("not-supported", refusal);
  const kind = androidKind(facts);
  const type = kind && androidCommand(act.verb, kind);
  if (kind === undefined || type === undefined) throw new Stalled("not-supported", "it has no such command");
  await refuseWhileLost(ports, row, act, reading);
  const { parameters, secrets } = filled(ports, row, act);
  const filledRefusal = androidRefusal(verb, parameters, facts, fresh);
  if (filledRefusal !== undefined) throw new Stalled("not-supported", filledRefusal);
  const forMs = keptFor(type, act.expiresAt, ports.clock());
  return { type, body: commandBody({ type, kind, parameters, forMs }), secrets };
}

/** What Google says now; of ownership also that somebody answers for it, where it is the same. */
function withAsserted({ asserted }: ChannelRow, { facts }: AndroidReading): Facts {
  const said = asserted.ownership;
  return said !== undefined && said.value === facts.ownership?.value ? { ...facts, ownership: said } : facts;
}

/** In doubt it is lost: what it was told to be and what it has become are not the same for a while. */
function isLost({ state, appliedState }: AndroidReading): boolean {
  return state === "LOST" || appliedState === "LOST";
}

/** What a manifest or the enrollment says must not be another thing than what Google has. */
function contradiction({ asserted }: ChannelRow, { facts }: AndroidReading): string | undefined {
  const said = asserted.ownership?.value;
  const known = facts.ownership?.value;
  return said === undefined || said === known
    ? undefined
    : `its ownership is said to be ${said}, and Google has it as ${known ?? "unknown"}`;
}

async function refuseWhileLost(
  { store }: AndroidPorts,
  { device }: ChannelRow,
  { verb, parameters }: ActTarget,
  reading: AndroidReading,
): Promise<void> {
  const refusal = lostRefusal(verb, parameters);
  if (refusal === undefined) return;
  if (isLost(reading) || (await lostAmong(store, [device])).length > 0)
    throw new Stalled("lost-mode", refusal);
}

function filled(ports: AndroidPorts, row: ChannelRow, { name, parameters }: ActTarget) {
  const user = name.replace(/@\d+$/, "");
  const used = new Set<string>();
  const fill = (template: string): string =>
    substitute(template, variablesOf(row), (secret) => {
      const value = ports.secrets().read(secret, user);
      used.add(value);
      return value;
    });
  const given = resolved(parameters, fill) as JsonObject;
  for (const secret of [given.newPassword, given.activationCode])
    if (typeof secret === "string") used.add(secret);
  return { parameters: given, secrets: [...used] };
}
