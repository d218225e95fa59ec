import { type Answer, acknowledged, type Machine, refused } from "./machine.ts";
import { type PlistDict, real } from "./plist.ts";

// Apple's codes for it are in no public table; whoever branches on them would be wrong.
const NOT_LOST = 12067;

/** EnableLostMode: supervised iPhones and iPads; a message or a number must be there. */
export function enableLostMode(machine: Machine, command: PlistDict): Answer {
  const { Message, PhoneNumber, Footnote } = command;
  if (!machine.supervised) return unsupervised();
  if (Message === undefined && PhoneNumber === undefined)
    return refused("MCMDMErrorDomain", 12066, "a message or a phone number is needed");
  machine.state.lost = {
    ...(typeof Message === "string" ? { message: Message } : {}),
    ...(typeof PhoneNumber === "string" ? { phoneNumber: PhoneNumber } : {}),
    ...(typeof Footnote === "string" ? { footnote: Footnote } : {}),
  };
  return acknowledged({}, "lost mode on");
}

/** DisableLostMode: an error when it is not on. */
export function disableLostMode(machine: Machine): Answer {
  if (!machine.supervised) return unsupervised();
  if (machine.state.lost === undefined) return notLost();
  machine.state.lost = undefined;
  return acknowledged({}, "lost mode off");
}

/** DeviceLocation: only in lost mode. */
export function locate(machine: Machine): Answer {
  if (!machine.supervised) return unsupervised();
  if (machine.state.lost === undefined) return notLost();
  return acknowledged({
    Latitude: real(52.5163),
    Longitude: real(13.3777),
    HorizontalAccuracy: real(65),
    VerticalAccuracy: real(10),
    Altitude: real(34),
    Speed: real(-1),
    Course: real(-1),
    Timestamp: new Date(machine.world.now()).toISOString(),
  });
}

/** PlayLostModeSound: only in lost mode. */
export function playLostModeSound(machine: Machine): Answer {
  if (!machine.supervised) return unsupervised();
  return machine.state.lost === undefined ? notLost() : acknowledged({}, "plays a sound");
}

function unsupervised(): Answer {
  return refused("MCMDMErrorDomain", 12064, "the device is not supervised");
}

function notLost(): Answer {
  return refused("MCMDMErrorDomain", NOT_LOST, "the device is not in lost mode");
}
