import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Client, createClient } from "../../cli/client.ts";
import type { EnrollmentView } from "../../loop/enrollment-views.ts";
import type { OperationView, StatusView } from "../../loop/views.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { type FakeApns, fakeApns } from "../../simulator/fake-apns.ts";
import type { Member } from "../../simulator/fleet.ts";
import { loopbackCertificate, pushCertificate } from "../../simulator/self-made.ts";
import { type RunningFleet, startFleet } from "../../simulator/start-fleet.ts";
import { copyTemplateTo, type TestDatabase, type TestStores, testKey } from "../../store/test-stores.ts";
import { sharedKeys } from "../run-keys.ts";
import { program, type Ran, runChild } from "./child-process.ts";
import { type DaemonProcess, startDaemonProcess } from "./daemon-process.ts";
import { type Front, openFront } from "./front.ts";
import { merge, ownSettings, roles, type Settings, type TokenRole, writeSettings } from "./house-settings.ts";

/** Everything around daemons in processes of their own: policies, a push service, a front, certificates, tokens. */
export interface House extends AsyncDisposable {
  readonly folder: string;
  readonly apns: FakeApns;
  readonly front: Front;
  readonly database: TestDatabase | undefined;
  /** Writes files into the watched folder of policies. */
  readonly save: (files: Readonly<Record<string, string>>) => Promise<void>;
  /** A daemon that is ready, with a store directory of its name; the front points to it. */
  readonly start: (options?: StartOptions) => Promise<DaemonProcess>;
  /** A client over a daemon's own socket. */
  readonly client: (name?: string) => Client;
  /** Tokens by role; `approver` belongs to somebody else than `operator`. */
  readonly tokens: Readonly<Record<TokenRole, string>>;
  /** The approval of `second`: what stands in a watched folder needs two. */
  readonly approveFirst: (digest: string | undefined) => Promise<void>;
  /** Somebody who is not behind it lifts the breaker: persons approve more here than they may in so short a time. */
  readonly liftBreaker: () => Promise<void>;
  /** Runs `reeve` with the configuration of a daemon. */
  readonly reeve: (...args: readonly string[]) => Promise<Ran>;
  /** Devices that are enrolled over real sockets and live by their pushes. */
  readonly enroll: (devices: readonly Member[]) => Promise<RunningFleet>;
  readonly status: (name?: string) => Promise<StatusView>;
  readonly operations: (query?: Readonly<Record<string, string>>) => Promise<readonly OperationView[]>;
}

export interface HouseOptions {
  /** PGlite in the daemon's directory when absent. */
  readonly stores?: TestStores | undefined;
  /** Settings as in a configuration file; they go over those of the house. */
  readonly settings?: Settings;
  /** The first policies of the watched folder. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface StartOptions {
  /** Of the daemon and of its directory; `main` when absent. */
  readonly name?: string;
  /** Another program than reeve itself. */
  readonly entry?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The front goes on pointing to others as well. */
  readonly join?: boolean;
}

const topic = "com.apple.mgmt.External.processes";

/** Builds a house. Nothing runs yet but its front and its push service. */
export async function openHouse(options: HouseOptions = {}): Promise<House> {
  await using building = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "reeve-house-"));
  building.defer(() => rm(folder, { recursive: true, force: true }));
  const apns = building.adopt(await fakeApns(), (one) => one.close());
  const front = building.adopt(await openFront(), (one) => one.close());
  const database =
    options.stores?.name === "postgres" ? building.use(await options.stores.fresh()) : undefined;
  const tokens = Object.fromEntries(
    roles.map((role) => [role, randomBytes(24).toString("base64url")]),
  ) as Record<TokenRole, string>;
  const tls = loopbackCertificate();
  await writeMaterial(folder, tls, apns, database);
  const save = (files: Readonly<Record<string, string>>) => saveAll(join(folder, "policies"), files);
  await save(options.files ?? {});
  const configure = (name: string): Promise<string> => {
    const own = ownSettings(name, tokens, apns, front, database);
    return writeSettings(folder, name, merge(own, options.settings ?? {}));
  };
  const daemons = new Map<string, DaemonProcess>();
  building.defer(() => endAll(daemons));

  async function start({ name = "main", entry = program, env, join: joins }: StartOptions = {}) {
    if (database === undefined && !existsSync(join(folder, name))) await copyTemplateTo(join(folder, name));
    const config = await configure(name);
    const daemon = await startDaemonProcess(entry, config, { cwd: folder, ...(env && { env }) });
    daemons.set(`${name} ${daemon.pid}`, daemon);
    const others = joins === true ? [...daemons.values()].filter((one) => one.isRunning()) : [daemon];
    front.pointTo(others.map((one) => one.deviceUrl));
    return daemon;
  }
  const client = (name = "main"): Client => createClient({ socket: join(folder, name, "reeve.sock") });
  async function enroll(devices: readonly Member[]): Promise<RunningFleet> {
    const body = { uses: devices.length, expires: "1h" };
    const { profile = "" } = await client().post<EnrollmentView>("/v1/enrollments/apple", body);
    const fleet = await startFleet({
      devices,
      profile: Buffer.from(profile, "base64"),
      push: apns,
      ca: tls.certificate,
      keys: sharedKeys,
      concurrency: 4,
    });
    open.defer(async () => fleet.close());
    for (const [serial, result] of fleet.results)
      if (!result.ok) throw new Error(`${serial}: ${result.reason}`);
    return fleet;
  }
  const open = building.move();
  return {
    folder,
    apns,
    front,
    database,
    save,
    start,
    client,
    tokens,
    approveFirst: async (digest) => {
      const second = createClient({ socket: join(folder, "main", "reeve.sock"), token: tokens.second });
      await second.post(`/v1/holds/${digest}/approve`);
    },
    liftBreaker: async () => {
      const { latches } = await client().get<StatusView>("/v1/status");
      if (!latches.some(({ name }) => name === "breaker")) return;
      for (const role of ["approver", "second"] as const) {
        const person = createClient({ socket: join(folder, "main", "reeve.sock"), token: tokens[role] });
        await person.post("/v1/breaker/reset", { reason: "a test" }).catch(() => {});
      }
    },
    reeve: async (...args) =>
      runChild(program, [...args, "--config", await configure("main")], { cwd: folder }),
    enroll,
    status: (name) => client(name).get<StatusView>("/v1/status"),
    operations: async (query = {}) => {
      const asked = { limit: 1_000, ...query };
      const { operations } = await client().get<{ operations: readonly OperationView[] }>(
        "/v1/operations",
        asked,
      );
      return operations;
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** A device by serial and platform; everything else is ordinary. */
export function member(serial: string, more: Partial<Member> = {}): Member {
  return { serial, platform: "ipados", name: serial, supervised: true, installMs: [20, 60], ...more };
}

/** How often a device executed a command by its own account, since its ledger had so many entries. */
export function executed(device: AppleDevice, requestType: string, mark = 0): number {
  const since = device.ledger.entries.slice(mark);
  return since.filter((entry) => entry.type === "executed" && entry.requestType === requestType).length;
}

async function endAll(daemons: ReadonlyMap<string, DaemonProcess>): Promise<void> {
  for (const daemon of daemons.values()) if (daemon.isRunning()) daemon.kill("SIGKILL");
  await Promise.all([...daemons.values()].map((daemon) => daemon.finished));
}

async function writeMaterial(
  folder: string,
  tls: { readonly certificate: string; readonly key: string },
  apns: FakeApns,
  database: TestDatabase | undefined,
): Promise<void> {
  const push = pushCertificate(topic);
  await saveAll(folder, {
    "tls.pem": tls.certificate,
    "tls.key": tls.key,
    "push.pem": push.certificate,
    "push.key": push.key,
    "apns-ca.pem": apns.ca,
    "store.key": testKey.toString("hex"),
    ...(database === undefined
      ? {}
      : { "app.url": database.url("app"), "approver.url": database.url("approver") }),
  });
}

async function saveAll(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    if ((await readFile(file, "utf8").catch(() => undefined)) !== text) await writeFile(file, text);
  }
}
