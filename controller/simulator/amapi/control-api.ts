import type { VirtualWorld, World } from "../world.ts";
import type { Amapi } from "./emulator.ts";
import { isObject } from "./google/field-mask.ts";
import type { Answered, Received } from "./http-server.ts";
import type { Json } from "./kept.ts";
import type { NewMachine } from "./new-machine.ts";
import type { PubSubFault } from "./pubsub/publish.ts";
import type { RequestFault } from "./request-faults.ts";

type Act = (amapi: Amapi, body: Json, world: World) => unknown;

/** What can be done to the emulator from another process, by the path behind `/_emu/`; all are POST. */
const ACTS: Readonly<Record<string, Act>> = {
  enterprises: (amapi, body) => ({ name: amapi.enterprise(body) }),
  /** A new device, or a known one, enrolls: `{device, code, arrival}`. */
  "devices/enroll": (amapi, { device, code, arrival }) => {
    const one = amapi.device(device as NewMachine);
    const refused = one.enroll(String(code), arrival === "in-settings" ? "in-settings" : "factory-reset");
    return { serial: one.serial, ...(refused === undefined ? { name: one.name } : { refused }) };
  },
  "devices/online": (amapi, body) => deviceIn(amapi, body).goOnline(),
  "devices/offline": (amapi, body) => deviceIn(amapi, body).goOffline(),
  "devices/moods": (amapi, body) => deviceIn(amapi, body).be(body.moods as object),
  "devices/outcome": (amapi, body) =>
    deviceIn(amapi, body).answersNext(String(body.type), body.outcome as object),
  /** Its person does something: `{serial, act: "installs", with?: "com.example"}`. */
  "devices/user": (amapi, body) => {
    const { user } = deviceIn(amapi, body);
    const act = Object.entries(user).find(([name]) => name === body.act)?.[1];
    return { done: (act as ((given: string) => boolean) | undefined)?.(String(body.with ?? "")) };
  },
  "devices/ledger": (amapi, body) => ({ entries: deviceIn(amapi, body).ledger.entries }),
  requests: (amapi) => ({ entries: amapi.requests.entries, complaints: amapi.complaints }),
  faults: (amapi, body) => amapi.fail(body as RequestFault),
  "message-faults": (amapi, body) => amapi.failMessages(body as unknown as PubSubFault),
  state: (amapi) => ({ state: amapi.exportState() }),
  save: (amapi) => amapi.save(),
  /** Lets `{ms}` pass, where time is not that of the machine. */
  advance: async (_, { ms }, world) => {
    if (!("advance" in world)) throw new Error("this emulator lives in real time");
    await (world as VirtualWorld).advance(Number(ms));
  },
};

/** True for what is for the emulator itself; a signup page is what a person's browser sees. */
export function isControl({ url }: Received): boolean {
  return url.pathname.startsWith("/_emu/") && !url.pathname.startsWith("/_emu/signup/");
}

/** Answers a request of the control API: 200 with what there is to say, or 400 with why not. */
export async function answerControl(amapi: Amapi, world: World, request: Received): Promise<Answered> {
  const act = request.http === "POST" ? ACTS[request.url.pathname.slice("/_emu/".length)] : undefined;
  if (act === undefined) return { status: 404, body: { error: "no such control" } };
  try {
    const body: unknown = request.body.length === 0 ? {} : JSON.parse(request.body.toString("utf8"));
    return { status: 200, body: (await act(amapi, isObject(body) ? body : {}, world)) ?? {} };
  } catch (error) {
    return { status: 400, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

function deviceIn(amapi: Amapi, { serial }: Json) {
  const found = amapi.devices().find((one) => one.serial === serial);
  if (found === undefined) throw new Error(`there is no device ${String(serial)}`);
  return found;
}
