import { X509Certificate } from "node:crypto";
import type { PushGateway } from "./apns.ts";
import { type AppOutcome, openInstaller } from "./apps.ts";
import { type Catalogue, catalogue } from "./catalogue.ts";
import { checkOut, updateToken } from "./check-in.ts";
import { openConversation } from "./conversation.ts";
import { type EnrollResult, enrollWith } from "./enroll.ts";
import { type Faults, type Moods, openFaults } from "./faults.ts";
import { type ApplePlatform, buildOf, type Hardware, LATEST_OS, makeHardware } from "./hardware.ts";
import { obtainIdentity } from "./identity.ts";
import { type KeyPool, keyPool } from "./keys.ts";
import { type Ledger, type LedgerEvent, openLedger } from "./ledger.ts";
import type { Machine, UserBehaviour } from "./machine.ts";
import { type Random, seeded } from "./random.ts";
import { type Snapshot, takeSnapshot } from "./snapshot.ts";
import { copyState, type DeviceState, freshState } from "./state.ts";
import { CHECK_IN_TYPE, COMMAND_TYPE, signatureOf } from "./talk.ts";
import type { Transport, TransportResponse } from "./transport.ts";
import { openUser, type User } from "./user.ts";
import { realWorld, type World } from "./world.ts";

export type AppleDeviceOptions = {
  readonly serial: string;
  readonly platform: ApplePlatform;
  readonly transport: Transport;
  readonly udid?: string;
  /** ProductName, such as `iPhone17,3`. */
  readonly model?: string;
  readonly osVersion?: string;
  readonly supervised?: boolean;
  readonly name?: string;
  readonly user?: UserBehaviour;
  readonly world?: World;
  readonly random?: Random;
  readonly keys?: KeyPool;
  readonly push?: PushGateway;
  /** PEM or DER. When given, a signed profile that does not lead to one of them is refused. */
  readonly anchors?: readonly (string | Buffer)[];
  readonly catalogue?: Catalogue;
  /** How many apps the user has of his own. */
  readonly ownApps?: number;
  /** How long an app takes to install, from and to. */
  readonly installMs?: readonly [number, number];
  readonly moods?: Moods;
};

/** What `backup` gives and `restore` takes; opaque. */
export type Backup = { readonly state: DeviceState };

export type RawRequest = {
  readonly channel: "check-in" | "command";
  readonly body: Buffer;
  /** Added to, or in place of, those that a device sends. */
  readonly headers?: Readonly<Record<string, string>>;
  /** False leaves Mdm-Signature out. */
  readonly sign?: boolean;
  readonly url?: string;
};

export type AppleDevice = {
  readonly serial: string;
  readonly udid: string;
  readonly hardware: Hardware;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly user: User;
  snapshot(): Snapshot;
  /** Enrolls with a profile or its address, and connects once unless told not to. */
  enroll(profile: Buffer | string, options?: { readonly connect?: boolean }): Promise<EnrollResult>;
  isEnrolled(): boolean;
  /** A push arrives. Resolves when the connection that it caused is over. */
  wake(magic: string): Promise<void>;
  /** Connects without a push. */
  connect(): Promise<void>;
  /** No network until a moment (epoch ms), or until `goOnline`. */
  goOffline(until?: number): void;
  goOnline(): void;
  isOnline(): boolean;
  /** Somebody presses the button of a device that is shut down. */
  powerOn(): void;
  /** The user erases the device in its settings. */
  erase(): void;
  backup(): Backup;
  /** The state of a backup, with a new push token: TokenUpdate without Authenticate, then it connects. */
  restore(backup: Backup): Promise<void>;
  /** A new certificate by SCEP RenewalReq. */
  renew(): Promise<EnrollResult>;
  /** A new push token, told to the server. */
  renewToken(): Promise<void>;
  updateOs(version: string): void;
  supervise(supervised: boolean): void;
  /** How installations of an app end from now on. */
  scriptApp(bundleId: string, outcome: AppOutcome | undefined): void;
  /** Secrets of the enrollment, for tests that push or forge. */
  secrets(): { readonly pushMagic: string; readonly token: Buffer; readonly certificate: Buffer } | undefined;
  /** Any bytes to the server, signed by the device's identity unless told not to. Nothing is recorded. */
  sendRaw(request: RawRequest): Promise<TransportResponse>;
};

/** A simulated Apple device: it knows the wire, and nothing of the server behind it. */
export function appleDevice(options: AppleDeviceOptions): AppleDevice {
  const world = options.world ?? realWorld();
  const random = options.random ?? seeded("apple-device", options.serial);
  const hardware = makeHardware(options, random);
  const { ledger, append } = openLedger(world.now);
  const machine = makeMachine(options, { world, random, hardware, log: append });
  const { faults } = machine;
  const installer = openInstaller(machine);
  const power = { on: true, offlineUntil: 0 };
  const body = { erase: () => erase("erase"), powerOff };
  const conversation = openConversation({
    machine,
    installer,
    body,
    leave: () => leave("command", true),
    canTalk: isOnline,
    dropped: () => leave("server", false),
  });

  function isOnline(): boolean {
    return power.on && world.now() >= power.offlineUntil;
  }
  async function enroll(
    profile: Buffer | string,
    how: { readonly connect?: boolean } = {},
  ): Promise<EnrollResult> {
    if (!isOnline()) return { ok: false, reason: "offline" };
    const before = machine.state.enrollment;
    const result = await world.run(() => enrollWith(machine, profile));
    if (!result.ok) return result;
    if (before !== undefined) options.push?.unregister(before.token);
    conversation.forget();
    register();
    if (how.connect !== false) await conversation.connect();
    return result;
  }
  function register(): void {
    const { enrollment } = machine.state;
    if (enrollment === undefined) return;
    options.push?.register(enrollment.token, enrollment.mdm.topic, {
      isOnline,
      deliver: (magic) => void wake(magic),
    });
  }
  async function wake(magic: string): Promise<void> {
    const { enrollment } = machine.state;
    if (enrollment === undefined || !isOnline()) return;
    append({ type: "woken" });
    if (magic === enrollment.pushMagic) return conversation.connect();
    append({ type: "violation", rule: "push-magic", detail: "a push with another PushMagic" });
  }
  function backOnline(): void {
    const { enrollment } = machine.state;
    if (!isOnline() || enrollment === undefined) return;
    options.push?.cameOnline(enrollment.token);
    if (conversation.isOwing()) void conversation.connect();
  }
  function goOffline(until?: number): void {
    power.offlineUntil = until ?? Infinity;
    if (until !== undefined) world.after(until - world.now(), backOnline);
  }
  function goOnline(): void {
    power.offlineUntil = 0;
    backOnline();
  }
  function powerOff(forMs?: number): void {
    power.on = false;
    append({ type: "power", on: false });
    if (forMs !== undefined) world.after(forMs, powerOn);
  }
  function powerOn(): void {
    if (power.on) return;
    power.on = true;
    append({ type: "power", on: true });
    backOnline();
  }
  async function leave(by: "user" | "command" | "server", mayCheckOut: boolean): Promise<void> {
    const { enrollment } = machine.state;
    if (enrollment === undefined) return;
    if (mayCheckOut && enrollment.mdm.checkOutWhenRemoved && isOnline()) {
      await checkOut(machine, enrollment);
      append({ type: "checked-out" });
    }
    options.push?.unregister(enrollment.token);
    dropManaged(machine.state);
    conversation.forget();
    append({ type: "unenrolled", by });
  }
  function erase(by: "erase"): void {
    const { enrollment } = machine.state;
    if (enrollment !== undefined) options.push?.unregister(enrollment.token);
    const { osVersion, build } = machine.state;
    machine.state = freshState({ name: hardware.modelName, osVersion, build, ownApps: 0 }, random);
    conversation.forget();
    append({ type: "erased" });
    if (enrollment !== undefined) append({ type: "unenrolled", by });
  }
  async function restore(backup: Backup): Promise<void> {
    const before = machine.state.enrollment;
    if (before !== undefined) options.push?.unregister(before.token);
    machine.state = copyState(backup.state);
    conversation.forget();
    append({ type: "restored" });
    await renewToken();
    await conversation.connect();
  }
  async function renewToken(): Promise<void> {
    const { enrollment } = machine.state;
    if (enrollment === undefined) return;
    options.push?.unregister(enrollment.token);
    enrollment.token = random.bytes(32);
    const sent = await world.run(() => updateToken(machine, enrollment));
    if (sent.outcome === "accepted") append({ type: "token-updated" });
    register();
  }
  async function renew(): Promise<EnrollResult> {
    const { enrollment } = machine.state;
    if (enrollment === undefined) return { ok: false, reason: "not enrolled" };
    const result = await world.run(() => obtainIdentity(machine, enrollment.scep, enrollment.identity));
    if (!result.ok) return result;
    enrollment.identity = result.identity;
    append({ type: "identity", renewal: true });
    return { ok: true };
  }
  function sendRaw(request: RawRequest): Promise<TransportResponse> {
    const { enrollment } = machine.state;
    if (enrollment === undefined && request.url === undefined) throw new Error("the device is not enrolled");
    const mdm = enrollment?.mdm;
    const url = request.url ?? (request.channel === "command" ? mdm?.serverUrl : mdm?.checkInUrl) ?? "";
    const signature =
      enrollment !== undefined && request.sign !== false
        ? { "Mdm-Signature": signatureOf(machine, enrollment, request.body) }
        : {};
    const type = request.channel === "command" ? COMMAND_TYPE : CHECK_IN_TYPE;
    return machine.transport({
      method: "PUT",
      url,
      headers: { "content-type": type, ...signature, ...request.headers },
      body: request.body,
      ...(enrollment !== undefined ? { identity: enrollment.identity } : {}),
    });
  }
  return {
    serial: hardware.serial,
    udid: hardware.udid,
    hardware,
    ledger,
    faults: {
      ...faults,
      clear: (kind) => {
        faults.clear(kind);
        conversation.reconsider();
      },
    },
    user: openUser(machine, installer, ({ checkOut: tell }) => world.run(() => leave("user", tell))),
    snapshot: () => takeSnapshot(machine),
    enroll,
    isEnrolled: () => machine.state.enrollment !== undefined,
    wake,
    connect: () => conversation.connect(),
    goOffline,
    goOnline,
    isOnline,
    powerOn,
    erase: () => erase("erase"),
    backup: () => ({ state: copyState(machine.state) }),
    restore,
    renew,
    renewToken,
    updateOs: (version) => {
      machine.state.osVersion = version;
      machine.state.build = buildOf(version);
      append({ type: "os-updated", version });
    },
    supervise: (supervised) => {
      machine.supervised = supervised;
    },
    scriptApp: installer.script,
    secrets: () => {
      const { enrollment } = machine.state;
      if (enrollment === undefined) return undefined;
      const { pushMagic, token, identity } = enrollment;
      return { pushMagic, token, certificate: identity.certificate };
    },
    sendRaw,
  };
}

function makeMachine(
  options: AppleDeviceOptions,
  made: {
    readonly world: World;
    readonly random: Random;
    readonly hardware: Hardware;
    readonly log: (event: LedgerEvent) => void;
  },
): Machine {
  const osVersion = options.osVersion ?? LATEST_OS[options.platform];
  const name = options.name ?? options.serial;
  const ownApps = options.ownApps ?? made.random.between(2, 9);
  return {
    ...made,
    faults: openFaults(made.world.now, made.random, options.moods),
    catalogue: options.catalogue ?? catalogue(),
    keys: options.keys ?? keyPool(),
    transport: options.transport,
    anchors: (options.anchors ?? []).map((anchor) => new X509Certificate(anchor)),
    installMs: options.installMs ?? [300, 1_500],
    user: options.user ?? { prompts: "accept" },
    supervised: options.supervised ?? true,
    state: freshState({ name, osVersion, build: buildOf(osVersion), ownApps }, made.random),
  };
}

/** What leaves a device together with its management: managed profiles, and managed apps whose flags say so. */
function dropManaged(state: DeviceState): void {
  for (const [identifier, profile] of state.profiles)
    if (profile.isManaged) state.profiles.delete(identifier);
  for (const [bundleId, app] of state.managed) if ((app.flags & 1) !== 0) state.apps.delete(bundleId);
  state.managed.clear();
  state.enrollment = undefined;
}
