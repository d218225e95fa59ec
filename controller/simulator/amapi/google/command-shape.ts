import type { Command, Json } from "../kept.ts";
import { isObject } from "./field-mask.ts";
import { invalid } from "./google-error.ts";
import { durationMs } from "./wire-json.ts";

/** The parameters that say by themselves which command is meant. */
const PARAMETERS: Readonly<Record<string, string>> = {
  clearAppsDataParams: "CLEAR_APP_DATA",
  startLostModeParams: "START_LOST_MODE",
  stopLostModeParams: "STOP_LOST_MODE",
  addEsimParams: "ADD_ESIM",
  removeEsimParams: "REMOVE_ESIM",
  requestDeviceInfoParams: "REQUEST_DEVICE_INFO",
  wipeParams: "WIPE",
};
/** Without these parameters their command means nothing. `wipeParams` may be empty, and may not be absent. */
const NEEDED = Object.fromEntries(Object.entries(PARAMETERS).map(([field, type]) => [type, field]));

const TEN_MINUTES = 600_000;

/** The type that a command has or that its parameters imply; refused when both contradict or neither is there. */
export function commandType(body: Json): string {
  const implied = Object.entries(PARAMETERS).filter(([field]) => isObject(body[field]));
  if (implied.length > 1) throw invalid("Only one kind of parameters may be set.");
  const said = body.type === "COMMAND_TYPE_UNSPECIFIED" ? undefined : body.type;
  const type = said ?? implied[0]?.[1];
  if (typeof type !== "string") throw invalid("Command type must be set.");
  if (implied[0] !== undefined && implied[0][1] !== type)
    throw invalid(`${implied[0][0]} cannot be set for a command of type ${type}.`);
  const needed = NEEDED[type];
  if (needed !== undefined && implied[0] === undefined)
    throw invalid(`${needed} must be set for a command of type ${type}.`);
  return type;
}

/** Refuses parameters that no device could carry out. */
export function checkParameters(type: string, body: Json, ownership: unknown): void {
  const { clearAppsDataParams: clear, addEsimParams: esim, requestDeviceInfoParams: info } = body as Command;
  if (type === "CLEAR_APP_DATA" && (clear?.packageNames ?? []).length === 0)
    throw invalid("clearAppsDataParams.packageNames must not be empty.");
  if (type === "ADD_ESIM" && esim?.activationState === "ACTIVATED" && ownership === "PERSONALLY_OWNED")
    throw invalid("activationState ACTIVATED is not supported on personally-owned devices.");
  if (type === "REQUEST_DEVICE_INFO" && info?.deviceInfo !== "EID")
    throw invalid("requestDeviceInfoParams.deviceInfo must be EID.");
}

/** Milliseconds for which a command waits for its device: ten minutes unless it says otherwise. */
export function commandDuration({ duration }: Json): number {
  if (duration === undefined || duration === "") return TEN_MINUTES;
  const wished = durationMs(duration);
  if (wished === undefined || wished <= 0) throw invalid("duration must be positive.");
  return wished;
}
