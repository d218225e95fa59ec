import { createPrivateKey } from "node:crypto";
import { createAuthority, readAuthority } from "../apple/identity.ts";
import { assemble, type Controller, type Parts } from "../assemble.ts";
import { enrollmentProfile } from "../loop/enroll.ts";
import { readLatches } from "../loop/latches.ts";
import type { PushOutcome } from "../loop/push.ts";
import { createReviser } from "../loop/reviser.ts";
import type { RevisionSettings } from "../loop/secrets.ts";
import type { Looking } from "../loop/view-devices.ts";
import { pushBroker } from "../simulator/apns.ts";
import type { AppleDevice } from "../simulator/apple-device.ts";
import { type FakeContent, type FakeContentOptions, fakeContent } from "../simulator/fake-content.ts";
import { type Fleet, fleet, type Member } from "../simulator/fleet.ts";
import type { KeyPool } from "../simulator/keys.ts";
import type { Transport } from "../simulator/transport.ts";
import { type VirtualWorld, virtualWorld } from "../simulator/world.ts";
import type { Store, StoreOptions } from "../store/open.ts";
import { pglite, postgres, type TestStores } from "../store/test-stores.ts";
import { checkedTransport } from "./checked-transport.ts";
import { injectInto } from "./in-process-transport.ts";
import { type FileContents, type HowCommitted, memorySource } from "./memory-source.ts";
import { passTime, settleHouse } from "./rounds.ts";
import { sharedKeys } from "./run-keys.ts";

/** A whole reeve in one process under a virtual clock: the real parts, with the wire in between. */
export interface Installation extends AsyncDisposable {
  readonly controller: Controller;
  readonly store: Store;
  readonly world: VirtualWorld;
  readonly fleet: Fleet;
  readonly device: (name: string) => AppleDevice;
  /** A new revision; the controller sees it at the next round. */
  readonly commit: (files: FileContents, how?: HowCommitted) => void;
  /** Enrolls devices, all when none are named. */
  readonly enroll: (devices?: readonly AppleDevice[], how?: HowEnrolled) => Promise<void>;
  /** Rounds of poll, tick, push and virtual time, until nothing moves for a while. */
  readonly settle: (limitMs?: number) => Promise<void>;
  /** Lets this much virtual time pass, with a round of the loop at each step. */
  readonly pass: (ms: number, stepMs?: number) => Promise<void>;
  readonly push: PushControl;
  /** Apps and Books, where the installation was given one. */
  readonly content: FakeContent;
  /** The wire between devices and the device plane. */
  readonly transport: Transport;
  /** What the functions behind the admin plane need. */
  readonly looking: Looking;
  /** Another controller over the same store takes the place of this one, of which nothing runs any more or is closed. */
  readonly replace: (parts?: Partial<Parts>) => Promise<void>;
}

interface HowEnrolled {
  /** With invitations for their serial numbers. */
  readonly bound?: boolean;
  /** False: they come when they are pushed, which those have to who take their time while nobody lets it pass. */
  readonly connect?: boolean;
}

interface PushControl {
  outcome: PushOutcome | undefined;
  readonly count: () => number;
}

export interface InstallationOptions {
  /** Somebody says in this test what no device says: the wire is not held against Apple's schema. */
  readonly lies?: boolean;
  readonly stores: TestStores;
  readonly devices: readonly Member[];
  readonly files: FileContents;
  readonly keys?: KeyPool;
  readonly environment?: Readonly<Record<string, string>>;
  readonly parts?: Partial<Parts>;
  /** Time that others share. */
  readonly world?: VirtualWorld;
  /** A location of Apps and Books: devices install an app by a licence only when it has assigned one to them. */
  readonly content?: Omit<FakeContentOptions, "world">;
  /** How many destructive commands may leave in a window; ten in twenty minutes when absent. */
  readonly ceiling?: NonNullable<StoreOptions["ceiling"]>;
  /** How many devices may be disrupted in an hour; ten when absent. */
  readonly disruptive?: number;
  /** How long what destroys on more than one device waits after its approvals; not at all when absent. */
  readonly coolOffMs?: number;
  /** Its author may approve alone. */
  readonly solo?: boolean;
}

export const testTopic = "com.apple.mgmt.External.test";
const publicUrl = "https://mdm.test";

/** What turns a tree into a revision here. */
export const testSettings: RevisionSettings = {
  driftCheckMs: 3_600_000,
  removalCeiling: { devices: 1_000, share: 0.1 },
  environment: {},
  folder: undefined,
  fingerprintKey: Buffer.alloc(32, 1),
};

/** One thread for all installations of a test file: it is what starting one costs most. */
export const testReviser = createReviser();

let sharedAuthority: ReturnType<typeof createAuthority> | undefined;

/** The sorts of store that every journey runs on. */
export async function bothStores(): Promise<readonly TestStores[]> {
  const server = await postgres();
  return server === undefined ? [pglite] : [pglite, server];
}

/**
 * The store of production in the suite, both in the long run: for journeys of which others of the same sort, and the
 * contract of the stores, run on both anyway.
 */
export async function storesOfSuite(): Promise<readonly TestStores[]> {
  const stores = await bothStores();
  return process.env.REEVE_LONG === "1" ? stores : stores.slice(-1);
}

/** Opens a store, assembles a controller over it and builds the fleet. */
export async function install(options: InstallationOptions): Promise<Installation> {
  const world = options.world ?? virtualWorld();
  const database = await options.stores.fresh();
  const store = await database.open({
    now: world.now,
    ceiling: options.ceiling ?? { devices: 10, percent: 100, windowMs: 1_200_000 },
    ...(options.disruptive === undefined ? {} : { disruptive: options.disruptive }),
    ...(options.coolOffMs === undefined ? {} : { coolOffMs: options.coolOffMs }),
    ...(options.solo === undefined ? {} : { solo: options.solo }),
  });
  // Whoever comes first may live later than those after him.
  sharedAuthority ??= createAuthority({ organization: "Test", now: virtualWorld().now(), bits: 2048 });
  const pem = await sharedAuthority;
  const authority = readAuthority(pem);
  const broker = pushBroker({ world });
  const source = memorySource(options.files, world.now);
  const push: PushControl = { outcome: undefined, count: () => broker.pushes.length };
  const content =
    options.content === undefined ? undefined : await fakeContent({ ...options.content, world });
  const licensed = (serial: string, storeId: number): boolean =>
    content?.books.holds(serial, String(storeId)) ?? true;
  const parts: Parts = {
    store,
    ...(content === undefined ? {} : { contentServiceUrl: content.url }),
    source: source.source,
    clock: world.now,
    settings: { ...testSettings, environment: options.environment ?? {} },
    reviser: testReviser,
    authority,
    registrar: authority,
    certificateDays: 365,
    renewBeforeMs: 30 * 86_400_000,
    signer: { certificate: authority.certificate.raw, key: createPrivateKey(pem.keyPem), chain: [] },
    organization: "Test",
    publicUrl: () => publicUrl,
    roots: [],
    push: {
      topic: testTopic,
      send: async (address) =>
        push.outcome ??
        outcomeOf(broker.push({ token: address.token, topic: address.topic, magic: address.magic })),
    },
    latches: await readLatches(store),
    observeFirst: false,
    approvals: 1,
    disruptive: options.disruptive ?? 10,
    onError: (_doing, error) => {
      throw error;
    },
    ...options.parts,
  };
  let controller = assemble(parts);
  const wire = checkedTransport((request) => injectInto(controller, publicUrl)(request));
  const { transport } = wire;
  const devices = fleet({
    devices: options.devices.map((one) => (content === undefined ? one : { licensed, ...one })),
    world,
    transport,
    push: broker,
    keys: options.keys ?? sharedKeys,
    anchors: [pem.certificatePem],
  });
  const enroll: Installation["enroll"] = async (which = devices.devices, how = {}) => {
    for (const device of which) {
      const serial = how.bound === true ? { serial: device.serial } : {};
      const invitation = { uses: 1, expiresAt: world.now() + 3_600_000, by: "test", ...serial };
      const profile = await enrollmentProfile(controller.enroll, invitation, true);
      const result = await device.enroll(profile, { connect: how.connect ?? true });
      if (!result.ok) throw new Error(`${device.serial}: ${result.reason}`);
    }
  };
  return {
    get controller(): Controller {
      return controller;
    },
    store,
    world,
    fleet: devices,
    device: devices.device,
    commit: source.commit,
    enroll,
    settle: (limitMs = 600_000) => settleHouse({ controller, world, content }, limitMs),
    pass: (ms, byMs = 60_000) => passTime({ controller, world, content }, ms, byMs),
    push,
    get content(): FakeContent {
      if (content === undefined) throw new Error("this installation has no Apps and Books");
      return content;
    },
    transport,
    looking: {
      store,
      get reconciler() {
        return controller.reconciler;
      },
      planner: testReviser,
      clock: world.now,
      unreachableAfterMs: 24 * 3_600_000,
      renewBeforeMs: 30 * 86_400_000,
    },
    replace: async (others) => {
      const latches = await readLatches(others?.store ?? store);
      controller = assemble({ ...parts, latches, ...others });
    },
    [Symbol.asyncDispose]: async () => {
      devices.stop();
      await content?.close();
      await controller.close();
      await store.close();
      await database[Symbol.asyncDispose]();
      if (options.lies !== true && wire.faults().length > 0)
        throw new Error(`Apple's schema does not know what went over the wire:\n${wire.faults().join("\n")}`);
    },
  };
}

function outcomeOf(answer: {
  readonly status: number;
  readonly timestamp?: number;
  readonly reason?: string;
}): PushOutcome {
  if (answer.status === 200) return { type: "accepted" };
  if (answer.status === 410) return { type: "token-dead" };
  if (answer.status === 400) return { type: "configuration", reason: answer.reason ?? "" };
  return { type: "retry" };
}
