import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { World } from "../world.ts";
import { accessOf } from "./access.ts";
import type { Desk } from "./answer.ts";
import type { Cloud } from "./cloud.ts";
import { answerControl, isControl } from "./control-api.ts";
import { type AndroidDevice, androidDevice } from "./device/android-device.ts";
import type { Machine } from "./device/machine.ts";
import { pace } from "./device/machine.ts";
import { makeEnterprise } from "./google/enterprises.ts";
import { happen } from "./happenings.ts";
import { type Answered, listen, type Received } from "./http-server.ts";
import { exportKept, type Json, type Kept, nothingKept, restoreKept } from "./kept.ts";
import { KNOBS, type Knobs } from "./knobs.ts";
import { type NewMachine, newMachine } from "./new-machine.ts";
import type { PubSubFault } from "./pubsub/publish.ts";
import { openQuota } from "./quota.ts";
import { openRequestFaults, type RequestFault } from "./request-faults.ts";
import { openRequestLedger, type RequestLedger } from "./request-ledger.ts";
import { serveApi } from "./serve-api.ts";
import { openTimers } from "./timers.ts";

export type AmapiOptions = {
  readonly world: World;
  readonly knobs?: Partial<Knobs>;
  /** State that another emulator exported; it goes on from there. */
  readonly state?: string;
  /** Read at the start when it is there, and written by `save` and `close`. */
  readonly file?: string;
  /** The only access tokens that are taken; any when it is not said. */
  readonly accessTokens?: readonly string[];
  /** The only service accounts that may call, by e-mail, with their public keys in PEM. */
  readonly serviceAccounts?: Readonly<Record<string, string>>;
  readonly port?: number;
  /** False spares the checks of the emulator's own answers, which cost most of the time of a large fleet. */
  readonly checksAnswers?: boolean;
};

export type Amapi = {
  /** The `rootUrl` of both clients, `androidmanagement` and `pubsub`. */
  readonly rootUrl: string;
  readonly knobs: Knobs;
  /** Google's side and the devices as they are; tests read it and do not write it. */
  readonly kept: Kept;
  readonly requests: RequestLedger;
  /** What clients or the emulator did wrong: unknown routes, missing tokens, answers against the facts. */
  readonly complaints: readonly string[];
  /** A new enterprise of a project, by name. */
  enterprise(options?: { projectId?: string; name?: string; body?: Json }): string;
  /** A new device as it comes out of its box, or the one of this serial number that there is. */
  device(options?: NewMachine): AndroidDevice;
  devices(): readonly AndroidDevice[];
  fail(fault: RequestFault): void;
  failMessages(fault: PubSubFault): void;
  /** The emulated Play store has a package no more, or in this version. */
  store(packageName: string, version: number | "missing"): void;
  exportState(): string;
  save(): void;
  /** Stops listening and all that was planned. The state stays as it is. */
  close(): Promise<void>;
};

/** Starts the emulator of Google's Android Management API and of Pub/Sub on a loopback port. */
export async function startAmapi(options: AmapiOptions): Promise<Amapi> {
  const { world, file } = options;
  const saved = file !== undefined && existsSync(file) ? readFileSync(file, "utf8") : undefined;
  const text = options.state ?? saved;
  const kept = text === undefined ? nothingKept() : restoreKept(text);
  const knobs = { ...KNOBS, ...options.knobs };
  const complaints: string[] = [];
  const requests = openRequestLedger();
  const faults = openRequestFaults();
  const timers = openTimers(world, kept.timers, (kind, subject) => happen(cloud, kind, subject));
  const cloud: Cloud = {
    kept,
    knobs,
    timers,
    now: () => world.now(),
    nudge: (...told) => nudge(cloud, ...told),
  };
  const desk: Desk = {
    cloud,
    quota: openQuota(cloud.now, () => knobs.quota),
    isAccess: accessOf(options, { rootUrl: () => listening.url, now: cloud.now }),
    checksAnswers: options.checksAnswers ?? true,
    rootUrl: () => listening.url,
    complain: (what) => void complaints.push(what),
  };

  async function serve(request: Received): Promise<Answered> {
    return isControl(request)
      ? answerControl(amapi, world, request)
      : serveApi({ desk, faults, requests, hold: (ms) => hold(world, ms) }, request);
  }

  const listening = await listen(serve, options.port ?? 0);
  timers.rearm();

  function device(wished: NewMachine = {}): AndroidDevice {
    const known = wished.serial === undefined ? undefined : kept.machines.get(wished.serial);
    const machine: Machine = known ?? newMachine(cloud, wished);
    kept.machines.set(machine.serial, machine);
    return androidDevice(cloud, machine);
  }
  function save(): void {
    if (file === undefined) return;
    writeFileSync(`${file}.new`, exportKept(kept));
    renameSync(`${file}.new`, file);
  }
  const amapi: Amapi = {
    rootUrl: listening.url,
    knobs,
    kept,
    requests,
    complaints,
    enterprise: ({ projectId = "emulated-project", name, body = {} } = {}) =>
      makeEnterprise(cloud, projectId, body, name)[0],
    device,
    devices: () => [...kept.machines.values()].map((machine) => androidDevice(cloud, machine)),
    fail: faults.add,
    failMessages: ({ times, ...fault }) =>
      void kept.pubsubFaults.push({ ...fault, left: times ?? Number.MAX_SAFE_INTEGER }),
    store(packageName, version) {
      if (version === "missing") kept.missingApps.set(packageName, true);
      else kept.appVersions.set(packageName, version);
    },
    exportState: () => exportKept(kept),
    save,
    async close() {
      timers.stop();
      await listening.close();
      save();
    },
  };
  return amapi;
}

/** A push reaches only a device that is online; the others look when they come back. */
function nudge(cloud: Cloud, serial: string, why: "policy" | "command"): void {
  const machine = cloud.kept.machines.get(serial);
  if (machine === undefined || !machine.online || machine.management === undefined) return;
  const after = why === "policy" ? cloud.knobs.syncAfterMs : cloud.knobs.commandAfterMs;
  cloud.timers.by("contact", serial, cloud.now() + pace(cloud, machine, after));
}

/** Resolves when so much time of the world has passed. */
function hold(world: World, ms: number): Promise<void> {
  return new Promise((resolve) => void world.after(ms, resolve));
}
