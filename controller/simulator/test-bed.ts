import { sharedKeys } from "../test/run-keys.ts";
import { type PushBroker, pushBroker } from "./apns.ts";
import { type AppleDevice, type AppleDeviceOptions, appleDevice } from "./apple-device.ts";
import { type PlistDict, writePlist } from "./plist.ts";
import { type ScriptedServer, scriptedServer } from "./scripted-server.ts";
import { type VirtualWorld, virtualWorld } from "./world.ts";

export type TestBed = {
  readonly world: VirtualWorld;
  readonly server: ScriptedServer;
  readonly push: PushBroker;
  readonly device: AppleDevice;
  /** Queues a command, connects, and gives the results that the server got for it. */
  ask(command: Record<string, unknown> & { RequestType: string }): Promise<Record<string, unknown>[]>;
};

/** An enrolled device, its scripted server and the world that both live in. */
export async function testBed(more: Partial<AppleDeviceOptions> = {}): Promise<TestBed> {
  const world = virtualWorld();
  const server = scriptedServer({ clock: world.now });
  const push = pushBroker({ world });
  const device = appleDevice({
    serial: "SIM-1",
    platform: "ios",
    transport: server.transport,
    world,
    push,
    keys: sharedKeys,
    ...more,
  });
  const result = await device.enroll(server.enrollmentProfile());
  if (!result.ok) throw new Error(result.reason);
  return {
    world,
    server,
    push,
    device,
    async ask(command) {
      const uuid = server.queue(device.udid, command);
      await device.connect();
      return server.results(uuid);
    },
  };
}

/** A configuration profile in XML, its payloads given their identifiers. */
export function profileOf(
  identifier: string,
  uuid: string,
  payloads: readonly PlistDict[],
  more: PlistDict = {},
): Buffer {
  return writePlist({
    PayloadType: "Configuration",
    PayloadVersion: 1,
    PayloadIdentifier: identifier,
    PayloadUUID: uuid,
    PayloadContent: payloads.map((payload, index) => ({
      PayloadVersion: 1,
      PayloadIdentifier: `${identifier}.${index}`,
      PayloadUUID: `${uuid}-${index}`,
      ...payload,
    })),
    ...more,
  });
}

/** A configuration profile with restrictions. */
export function restrictionsProfile(identifier: string, uuid: string, content: PlistDict = {}): Buffer {
  return profileOf(identifier, uuid, [{ PayloadType: "com.apple.applicationaccess", ...content }]);
}
