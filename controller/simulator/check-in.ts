import type { Machine } from "./machine.ts";
import type { PlistDict } from "./plist.ts";
import type { Enrollment } from "./state.ts";
import { type Exchange, tell } from "./talk.ts";

const TOKEN_ATTEMPTS = 6;

/** Authenticate: who the device is. The server may refuse, and then nothing is installed. */
export function authenticate(machine: Machine, enrollment: Enrollment): Promise<Exchange> {
  const { hardware, state } = machine;
  return say(machine, enrollment, {
    MessageType: "Authenticate",
    DeviceName: state.name,
    Model: hardware.model,
    ModelName: hardware.modelName,
    ProductName: hardware.productName,
    OSVersion: state.osVersion,
    BuildVersion: state.build,
    ...(enrollment.mdm.mode === "BYOD" ? {} : numbersOf(hardware)),
    Topic: enrollment.mdm.topic,
    ...machine.ids,
  });
}

function numbersOf({ serial, imei }: Machine["hardware"]): PlistDict {
  return { SerialNumber: serial, ...(imei !== undefined ? { IMEI: imei } : {}) };
}

/** TokenUpdate: how the device is woken. Tried again a few times, as its loss would make the device deaf. */
export async function updateToken(machine: Machine, enrollment: Enrollment): Promise<Exchange> {
  for (let attempt = 1; ; attempt++) {
    const exchange = await sayToken(machine, enrollment);
    if (exchange.outcome === "accepted") machine.log({ type: "token-updated" });
    if (exchange.outcome !== "failed" || attempt >= TOKEN_ATTEMPTS) return exchange;
    await machine.world.sleep(1_000 * 2 ** attempt);
  }
}

/** CheckOut: sent once, and nothing is done when it does not arrive. */
export function checkOut(machine: Machine, enrollment: Enrollment): Promise<Exchange> {
  return say(machine, enrollment, {
    MessageType: "CheckOut",
    Topic: enrollment.mdm.topic,
    ...machine.ids,
  });
}

function sayToken(machine: Machine, enrollment: Enrollment): Promise<Exchange> {
  return say(machine, enrollment, {
    AwaitingConfiguration: machine.state.awaiting,
    MessageType: "TokenUpdate",
    ...(machine.hardware.platform === "macos" ? { NotOnConsole: false } : {}),
    PushMagic: enrollment.pushMagic,
    Token: enrollment.token,
    Topic: enrollment.mdm.topic,
    ...machine.ids,
    ...(enrollment.unlockToken !== undefined && !machine.isUser
      ? { UnlockToken: enrollment.unlockToken }
      : {}),
  });
}

async function say(machine: Machine, enrollment: Enrollment, message: PlistDict): Promise<Exchange> {
  const exchange = await tell(machine, enrollment, "check-in", message);
  if (exchange.outcome === "accepted" && exchange.body.length > 0)
    machine.log({
      type: "violation",
      rule: "check-in-body",
      detail: `${String(message.MessageType)} was answered with ${exchange.body.length} bytes, none are expected`,
    });
  return exchange;
}
