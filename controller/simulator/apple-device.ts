import { X509Certificate } from "node:crypto";
import type { PushGateway } from "./apns.ts";
import { type AppOutcome, openInstaller } from "./apps.ts";
import { type Catalogue, catalogue } from "./catalogue.ts";
import { type Conversation, openConversation } from "./conversation.ts";
import { type DeclarationClient, openDeclarationClient } from "./declaration-client.ts";
import type { EnrollResult } from "./enroll.ts";
import { enrollInPhases, type Proof } from "./enroll-in-phases.ts";
import { type FaultKind, type Faults, type Moods, openFaults } from "./faults.ts";
import { type ApplePlatform, buildOf, type Hardware, LATEST_OS, makeHardware } from "./hardware.ts";
import { type KeyPool, keyPool } from "./keys.ts";
import { type Ledger, type LedgerEvent, openLedger } from "./ledger.ts";
import type { Machine, UserBehaviour } from "./machine.ts";
import { type Backup, type EnrollHow, type Management, openManagement } from "./management.ts";
import { openPower, type Power } from "./power.ts";
import { type Random, seeded } from "./random.ts";
import { prepareRaw, type RawRequest } from "./raw-request.ts";
import { type Account, accountOf } from "./secrets.ts";
import { type Activation, unbox } from "./setup-assistant.ts";
import { type SignIn, signIn } from "./sign-in.ts";
import { type Snapshot, takeSnapshot } from "./snapshot.ts";
import { freshState } from "./state.ts";
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";
import { openUser, type User } from "./user.ts";
import { openUserChannel, type UserAccount, type UserChannel } from "./user-channel.ts";
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
  readonly licensed?: Machine["licensed"];
  /** How many apps the user has of his own. */
  readonly ownApps?: number;
  /** How long an app takes to install, from and to. */
  readonly installMs?: readonly [number, number];
  readonly moods?: Moods;
  /** Accounts of a Mac or of a Shared iPad. */
  readonly users?: readonly (Pick<Account, "name"> & Partial<Account>)[];
  /** False for a Mac that cannot erase all content and settings. */
  readonly erases?: boolean;
} & Partial<Pick<Hardware, "intel" | "shared" | "lacks" | "iccid">>;

export type AppleDevice = {
  readonly serial: string;
  readonly udid: string;
  readonly hardware: Hardware;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly user: User;
  snapshot(): Snapshot;
  /** Enrolls with a profile or its address, and connects once unless told not to. */
  enroll(profile: Buffer | string, options?: EnrollHow): Promise<EnrollResult>;
  /** Switched on for the first time: it asks Apple, and then whoever Apple says, to enroll it. */
  unbox(activation: Activation): Promise<EnrollResult>;
  /** Its user signs in with an account in Settings, and it enrolls by what comes of that. */
  signIn(said: SignIn): Promise<EnrollResult>;
  /** Answers a Profile Service, phase by phase, and enrolls. */
  enrollInPhases(service: Buffer, proof: Proof): Promise<EnrollResult>;
  /** Of User Enrollment. */
  enrollmentId(): string | undefined;
  /** True while it waits in Setup Assistant. */
  isAwaiting(): boolean;
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
  /** A user signs in: his own channel opens (TokenUpdate with his ids) and connects. */
  login(who: UserAccount): Promise<UserChannel>;
  /** Secrets of the enrollment, for tests that push or forge. */
  secrets(): { readonly pushMagic: string; readonly token: Buffer; readonly certificate: Buffer } | undefined;
  /** Any bytes in a request of this device, signed by its identity unless told not to, ready to be sent often. */
  prepareRaw(request: RawRequest): TransportRequest;
  /** Sends such a request. Nothing is recorded. */
  sendRaw(request: RawRequest): Promise<TransportResponse>;
};

/** A simulated Apple device: it knows the wire, and nothing of the server behind it. */
export function appleDevice(options: AppleDeviceOptions): AppleDevice {
  const world = options.world ?? realWorld();
  const random = options.random ?? seeded("apple-device", options.serial);
  const hardware = makeHardware(options, random);
  const { ledger, append } = openLedger(world.now);
  const machine = makeMachine(options, { world, random, hardware, log: append });
  const installer = openInstaller(machine);
  const management: Management = openManagement(machine, {
    push: options.push,
    power: () => power,
    conversation: () => conversation,
  });
  const power: Power = openPower(machine, management.back);
  const declarations = openDeclarationClient(machine, power.isOnline);
  const users = new Map<string, DeclarationClient>();
  const conversation = forgetting(declarations, {
    machine,
    installer,
    body: {
      erase: management.erase,
      powerOff: power.off,
      comeBack: (profile) => void world.after(30_000, () => void management.enroll(profile)),
    },
    declarations,
    leave: () => management.leave("command"),
    canTalk: power.isOnline,
    dropped: () => management.leaveSilently("server"),
  });
  return {
    serial: hardware.serial,
    udid: hardware.udid,
    hardware,
    ledger,
    faults: patientFaults(machine.faults, conversation),
    user: openUser(machine, installer, management),
    snapshot: () => takeSnapshot(machine),
    enroll: management.enroll,
    unbox: (activation) => unbox(machine, activation, management.enroll),
    signIn: (said) => signIn(machine, said, management.enroll),
    enrollInPhases: (service, proof) => enrollInPhases(machine, service, proof, management.enroll),
    enrollmentId: () => machine.ids.EnrollmentID as string | undefined,
    isAwaiting: () => machine.state.awaiting,
    isEnrolled: () => machine.state.enrollment !== undefined,
    wake: management.wake,
    connect: conversation.connect,
    goOffline: power.goOffline,
    goOnline: power.goOnline,
    isOnline: power.isOnline,
    powerOn: power.on,
    erase: management.erase,
    backup: management.backup,
    restore: management.restore,
    renew: management.renew,
    renewToken: management.renewToken,
    updateOs: (version) => updateOs(machine, version, [declarations, ...users.values()]),
    supervise: (supervised) => {
      machine.supervised = supervised;
    },
    scriptApp: installer.script,
    login: (who) =>
      openUserChannel(machine, who, { push: options.push, isOnline: power.isOnline, clients: users }),
    secrets: () => secretsOf(machine),
    prepareRaw: (request) => prepareRaw(machine, request),
    sendRaw: async (request) => machine.transport(prepareRaw(machine, request)),
  };
}

/** What a device forgets of its conversation, it forgets of its declarations too. */
function forgetting(
  declarations: DeclarationClient,
  parts: Parameters<typeof openConversation>[0],
): Conversation {
  const conversation = openConversation(parts);
  function forget(): void {
    declarations.forget();
    conversation.forget();
  }
  return { ...conversation, forget };
}

/** When what stood in its way is cleared, a device whose last word was NotNow polls. */
function patientFaults(faults: Faults, conversation: Conversation): Faults {
  function clear(kind?: FaultKind): void {
    faults.clear(kind);
    conversation.reconsider();
  }
  return { ...faults, clear };
}

function updateOs(machine: Machine, version: string, clients: readonly DeclarationClient[]): void {
  machine.state.osVersion = version;
  machine.state.build = buildOf(version);
  machine.log({ type: "os-updated", version });
  for (const client of clients) client.changed();
}

function secretsOf({ state: { enrollment } }: Machine): ReturnType<AppleDevice["secrets"]> {
  if (enrollment === undefined) return undefined;
  const { pushMagic, token, identity } = enrollment;
  return { pushMagic, token, certificate: identity.certificate };
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
    ids: { UDID: made.hardware.udid },
    isUser: false,
    faults: openFaults(made.world.now, made.random, options.moods, options.platform),
    catalogue: options.catalogue ?? catalogue(),
    keys: options.keys ?? keyPool(),
    licensed: options.licensed,
    transport: options.transport,
    anchors: (options.anchors ?? []).map((anchor) => new X509Certificate(anchor)),
    installMs: options.installMs ?? [300, 1_500],
    user: options.user ?? { prompts: "accept" },
    supervised: options.supervised ?? true,
    erases: options.erases ?? true,
    state: {
      ...freshState({ name, osVersion, build: buildOf(osVersion), ownApps }, made.random),
      users: (options.users ?? []).map((user, index) => accountOf(user, index)),
    },
  };
}
