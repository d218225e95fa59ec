import type { Mode } from "./machine.ts";

type Limits = Partial<Readonly<Record<Mode, number>>>;

const ANY: Limits = { "fully-managed": 0, "company-work-profile": 0, "work-profile": 0 };
const ESIM: Limits = { "fully-managed": 35, "company-work-profile": 35, "work-profile": 35 };
const LOST: Limits = { "fully-managed": 30, "company-work-profile": 33 };

/** The modes that know a command, and the first API level that does there; from Google's reference. */
const LIMITS: Readonly<Record<string, Limits>> = {
  LOCK: ANY,
  RESET_PASSWORD: ANY,
  REBOOT: { "fully-managed": 24 },
  RELINQUISH_OWNERSHIP: { "company-work-profile": 26 },
  CLEAR_APP_DATA: ANY,
  START_LOST_MODE: LOST,
  STOP_LOST_MODE: LOST,
  WIPE: ANY,
  ADD_ESIM: ESIM,
  REMOVE_ESIM: ESIM,
  REQUEST_DEVICE_INFO: { "work-profile": 33 },
};

/** Why a device of a mode and an API level does not know a command; undefined when it does. */
export function limitOf(
  type: string,
  mode: Mode,
  level: number,
): "MANAGEMENT_MODE" | "API_LEVEL" | undefined {
  const since = LIMITS[type]?.[mode];
  if (since === undefined) return "MANAGEMENT_MODE";
  return level < since ? "API_LEVEL" : undefined;
}
