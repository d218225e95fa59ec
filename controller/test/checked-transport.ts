import { manifestValue } from "../apple/manifest-value.ts";
import { platformOf } from "../apple/reported-facts.ts";
import { readSignedData } from "../apple/wire/cms-signed.ts";
import { isDict, type PlistDict, textAt } from "../apple/wire/plist.ts";
import { readPlist } from "../apple/wire/read-plist.ts";
import type { DeviceTraits } from "../core/apple-schema/requirement.ts";
import { traitsOfScope } from "../core/apple-schema/scope.ts";
import type { Transport } from "../simulator/transport.ts";
import {
  answerFaults,
  checkInFaults,
  commandFaults,
  declarativeFaults,
  errorFaults,
  machineFaults,
  statusFaults,
} from "./wire-schema.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A wire on which every check-in, command and answer is held against Apple's schema, in both directions. */
export interface CheckedTransport {
  readonly transport: Transport;
  /** What went over it that Apple's schema does not know, each said once. */
  readonly faults: () => readonly string[];
}

/** Listens to a transport; what goes over it stays as it is. */
export function checkedTransport(transport: Transport): CheckedTransport {
  const found = new Set<string>();
  const devices = new Map<string, DeviceTraits>();
  const types = new Map<string, string>();
  const tell = (who: string, faults: readonly string[]): void => {
    for (const fault of faults) found.add(`${who} ${fault}`);
  };

  function hear(url: string, body: PlistDict): void {
    const fields = manifestValue(body) as Fields;
    const traits = traitsOf(devices, body);
    if (body.MessageType === "DeclarativeManagement" && body.Endpoint === "status")
      tell(`device (${traits.platform})`, statusFaults(jsonOf(body.Data), traits));
    if (url.includes("checkin")) tell(`device (${traits.platform})`, checkInFaults(fields, traits));
    else if (body.Status !== "Idle")
      tell(`device (${traits.platform})`, answerFaults(types.get(String(body.CommandUUID)), fields, traits));
  }

  function hearAnswer(request: PlistDict, body: PlistDict): void {
    const { Command: command, CommandUUID: id } = manifestValue(body) as Fields;
    if (typeof command !== "object" || command === null) return;
    types.set(String(id), String((command as Fields).RequestType));
    const traits = traitsOf(devices, request);
    tell(`reeve (to ${traits.platform})`, commandFaults(command as Fields, traits));
  }

  function hearJson(request: PlistDict, body: Buffer): void {
    const endpoint = textAt(request, "Endpoint");
    if (endpoint === undefined || endpoint === "status" || body.length === 0) return;
    const traits = traitsOf(devices, request);
    tell(`reeve (to ${traits.platform})`, declarativeFaults(endpoint, jsonOf(body), traits));
  }

  function hearMachine(body: Buffer, answer: { readonly status: number; readonly body: Buffer }): void {
    const machine = machineIn(body);
    if (machine === undefined) return;
    const platform = platformOf({ ProductName: textAt(machine, "PRODUCT") ?? "" }) ?? "ios";
    const traits: DeviceTraits = {
      ...traitsOf(new Map(), {}),
      platform,
      osVersion: textAt(machine, "OS_VERSION"),
    };
    tell(`device (${platform})`, machineFaults(manifestValue(machine) as Fields, traits));
    if (answer.status === 403 && answer.body.length > 0)
      tell(`reeve (to ${platform})`, errorFaults(jsonOf(answer.body), traits));
  }

  return {
    faults: () => [...found],
    transport: async (request) => {
      if (request.method === "POST" && request.url.includes("/automated/")) {
        const said = await transport(request);
        hearMachine(request.body ?? Buffer.alloc(0), said);
        return said;
      }
      const body = request.method === "PUT" ? dictOf(request.body) : undefined;
      if (body !== undefined) hear(request.url, body);
      const response = await transport(request);
      const answer = dictOf(response.body);
      if (body !== undefined && answer !== undefined) hearAnswer(body, answer);
      else if (body !== undefined && response.status === 200) hearJson(body, response.body);
      return response;
    },
  };
}

/** What a device has said of itself so far; users of a device are on their own channel. */
function traitsOf(devices: Map<string, DeviceTraits>, body: PlistDict): DeviceTraits {
  const id = textAt(body, "UDID") ?? textAt(body, "EnrollmentID") ?? "";
  const known = devices.get(id);
  const answers = body.QueryResponses;
  const told = isDict(answers) ? answers : {};
  const supervised = told.IsSupervised;
  const traits: DeviceTraits = {
    platform: platformOf(body) ?? known?.platform ?? "ios",
    osVersion: textAt(body, "OSVersion") ?? textAt(told, "OSVersion") ?? known?.osVersion,
    supervised: typeof supervised === "boolean" ? supervised : known?.supervised,
    enrollment: textAt(body, "EnrollmentID") === undefined ? undefined : "user",
    channel: "device",
  };
  devices.set(id, traits);
  const isUser = body.UserID !== undefined || body.EnrollmentUserID !== undefined;
  return isUser ? { ...traits, ...traitsOfScope("user", traits.platform) } : traits;
}

/** The property list inside a signed message; undefined for what is none, which is somebody else's test. */
function machineIn(body: Buffer): PlistDict | undefined {
  try {
    return dictOf(readSignedData(body).content);
  } catch {
    return undefined;
  }
}

function jsonOf(bytes: unknown): Fields {
  try {
    return JSON.parse(Buffer.from(bytes as Uint8Array).toString("utf8")) as Fields;
  } catch {
    return {};
  }
}

function dictOf(bytes: Buffer | undefined): PlistDict | undefined {
  if (bytes === undefined || !bytes.subarray(0, 200).includes("<plist")) return undefined;
  try {
    const value = readPlist(bytes);
    return isDict(value) ? value : undefined;
  } catch {
    // What cannot be read at all is somebody else's test.
    return undefined;
  }
}
