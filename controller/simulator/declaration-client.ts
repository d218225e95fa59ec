import { obtainAll, trustOf, unsuitable } from "./answer-profiles.ts";
import { applyDeclarations, withdraw } from "./declaration-apply.ts";
import {
  type Endpoints,
  isRecord,
  openEndpoints,
  SyncFailure,
  tokenIn,
  type Wanted,
} from "./declaration-fetch.ts";
import { type Held, noDeclarations } from "./declaration-state.ts";
import { statusReport, tellsDaily } from "./declaration-status.ts";
import { hasDeclarations } from "./declaration-types.ts";
import { type Answer, acknowledged, type Machine, refused } from "./machine.ts";
import type { PlistDict } from "./plist.ts";
import { openProfile } from "./profile.ts";
import type { InstalledProfile } from "./state.ts";
import { isUserEnrolled } from "./user-enrollment.ts";

export type DeclarationClient = {
  /** The command DeclarativeManagement: switches it on, and tells the token of the server. */
  command(command: PlistDict): Answer;
  /** Something that the status tells has changed. */
  changed(): void;
  /** Nothing that is under way goes on. */
  forget(): void;
};

const RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 600_000;
const DAY_MS = 86_400_000;

/**
 * The device's side of declarative management: compares tokens, fetches all that is new before anything is applied,
 * removes what is missing, and tells how everything is.
 */
export function openDeclarationClient(machine: Machine, canTalk: () => boolean): DeclarationClient {
  const { world, log } = machine;
  let running: Promise<void> | undefined;
  let again: { readonly token?: string } | undefined;
  let failures = 0;
  let planned: (() => void) | undefined;
  let daily: (() => void) | undefined;

  function command({ Data }: PlistDict): Answer {
    const { hardware, state } = machine;
    if (!hasDeclarations(hardware.platform, state.osVersion, isUserEnrolled(machine)))
      return refused("MCMDMErrorDomain", 12021, "“DeclarativeManagement” is not a valid request type.");
    const token = Data === undefined ? undefined : readToken(Data as Buffer);
    if (token === null) return refused("MCMDMErrorDomain", 12081, "The declarations could not be understood");
    state.declarations ??= noDeclarations();
    return {
      ...acknowledged({}, "declarative management"),
      afterwards: () => sync(token === undefined ? {} : { token }),
    };
  }
  function readToken(data: Buffer): string | null {
    try {
      const body: unknown = JSON.parse(data.toString("utf8"));
      return tokenIn(isRecord(body) ? body : {}, (detail) => new Error(detail));
    } catch (error) {
      log({ type: "violation", rule: "declarative", detail: String(error) });
      return null;
    }
  }
  function sync(how: { readonly token?: string } = {}): Promise<void> {
    if (running !== undefined) {
      again = how;
      return running;
    }
    running = world
      .run(() => round(how))
      .finally(() => {
        running = undefined;
        const next = again;
        again = undefined;
        if (next !== undefined) void sync(next);
      });
    return running;
  }
  async function round(how: { readonly token?: string }): Promise<void> {
    const { state } = machine;
    if (state.enrollment === undefined || state.declarations === undefined) return;
    planned?.();
    const endpoints = openEndpoints(machine, state.enrollment, canTalk);
    try {
      const token = how.token ?? (await endpoints.tokens());
      if (token !== state.declarations.token) await fetchAll(endpoints);
      if (machine.state === state) await report(endpoints, false);
      failures = 0;
    } catch (error) {
      if (!(error instanceof SyncFailure)) throw error;
      log({ type: "unreachable", reason: `declarations: ${error.message}` });
      planned = world.after(Math.min(RETRY_MS * 2 ** failures++, LONGEST_RETRY_MS), () => sync());
    }
  }

  /** Everything is fetched before anything is applied: a connection that breaks leaves the device as it was. */
  async function fetchAll(endpoints: Endpoints): Promise<void> {
    const { state } = machine;
    const before = state.declarations;
    if (before === undefined) return;
    const manifest = await endpoints.manifest();
    const fetched: Held[] = [];
    for (const wanted of manifest.items)
      if (before.held.get(wanted.identifier)?.token !== wanted.token)
        fetched.push(await fetchOne(endpoints, wanted));
    if (machine.state !== state || state.declarations !== before) throw new SyncFailure("interrupted");
    const names = new Set(manifest.items.map((one) => one.identifier));
    for (const held of [...before.held.values()].filter((one) => !names.has(one.identifier))) {
      withdraw(machine, held);
      before.held.delete(held.identifier);
    }
    for (const held of fetched)
      before.held.set(held.identifier, replacing(before.held.get(held.identifier), held));
    before.token = manifest.token;
    applyDeclarations(machine, before);
    log({ type: "declarations", token: manifest.token, fetched: fetched.map((one) => one.identifier) });
  }
  async function fetchOne(endpoints: Endpoints, wanted: Wanted): Promise<Held> {
    const { type, payload } = await endpoints.declaration(wanted);
    const found = { ...wanted, type, payload, active: false, valid: "unknown", reasons: [] } as const;
    const isLegacy = type === "com.apple.configuration.legacy" && typeof payload.ProfileURL === "string";
    return isLegacy ? { ...found, profile: await legacyProfile(endpoints, payload) } : { ...found };
  }

  /** A profile of the same name is replaced without a gap; another one goes. */
  function replacing(old: Held | undefined, held: Held): Held {
    const name = (one: Held | undefined) =>
      typeof one?.profile === "object" ? one.profile.identifier : undefined;
    if (old !== undefined && name(old) !== name(held)) withdraw(machine, old);
    return { ...held, active: old?.active === true && name(old) === name(held) };
  }
  async function legacyProfile(
    endpoints: Endpoints,
    payload: Held["payload"],
  ): Promise<InstalledProfile | string> {
    const bytes = await endpoints.profile(String(payload.ProfileURL));
    if (bytes === undefined) return "the server refuses the profile";
    const opened = openProfile(bytes, trustOf(machine));
    if (!opened.ok) return opened.chain.at(-1)?.description ?? "the profile cannot be read";
    const problem = unsuitable(machine, opened.profile);
    if (problem !== undefined) return problem.at(-1)?.description ?? "the profile does not fit";
    const identities = await obtainAll(machine, opened.profile);
    if (!identities.ok) return identities.reason;
    return { ...opened.profile, isManaged: true, identities: identities.found };
  }
  async function report(endpoints: Endpoints, full: boolean): Promise<void> {
    const state = machine.state.declarations;
    const made = state === undefined ? undefined : statusReport(machine, state, full);
    if (state === undefined || made === undefined) return;
    await endpoints.status(made.body);
    state.told = made.told;
    state.isTold = true;
    log({ type: "status-told", full });
    daily?.();
    if (tellsDaily(machine)) daily = world.after(DAY_MS, tellAll);
  }
  async function tellAll(): Promise<void> {
    const { enrollment } = machine.state;
    if (enrollment === undefined) return;
    try {
      await report(openEndpoints(machine, enrollment, canTalk), true);
    } catch (error) {
      if (!(error instanceof SyncFailure)) throw error;
      daily = world.after(3_600_000, tellAll);
    }
  }
  function changed(): void {
    const { declarations } = machine.state;
    if (declarations === undefined) return;
    applyDeclarations(machine, declarations);
    planned?.();
    planned = world.after(1_000, () => sync({ token: declarations.token }));
  }
  return {
    command,
    changed,
    forget() {
      planned?.();
      daily?.();
      again = undefined;
      failures = 0;
    },
  };
}
