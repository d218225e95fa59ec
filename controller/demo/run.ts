import { setTimeout as sleep } from "node:timers/promises";
import { certificatePem } from "../apple/identity.ts";
import { renderPlan } from "../cli/render/plan.ts";
import { createProgress } from "../cli/render/progress.ts";
import { renderSummary, type Summary, summaryJson } from "../cli/render/summary.ts";
import { lookFor } from "../cli/render/table.ts";
import { selfMadeTls } from "../daemon/certificates.ts";
import { type Daemon, startDaemon } from "../daemon/start.ts";
import { enrollmentProfile } from "../loop/enroll.ts";
import { viewHolds } from "../loop/view-holds.ts";
import { viewPlan } from "../loop/view-plan.ts";
import { viewStatus } from "../loop/view-status.ts";
import type { StatusView } from "../loop/views.ts";
import { fakeApns } from "../simulator/fake-apns.ts";
import { demoMembers } from "../simulator/fleet.ts";
import { type RunningFleet, startFleet } from "../simulator/start-fleet.ts";
import { demoGoogle, enrollAndroids } from "./android.ts";
import { type DemoServices, demoApprovers, demoEnvironment, prepareDemo } from "./prepare.ts";

export interface DemoOptions {
  readonly once: boolean;
  readonly output: "text" | "json";
  readonly directory: string;
  readonly policies: string;
  readonly version: string;
}

const patienceMs = 3 * 60_000;
const fleetSize = 30;

/** The main job on embedded parts, with a simulated fleet. The exit code: 0 when all are ready or held. */
export async function runDemo(options: DemoOptions): Promise<number> {
  await using parts = new AsyncDisposableStack();
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const began = Date.now();
  const apns = parts.adopt(await fakeApns(), (one) => one.close());
  const google = parts.adopt(await demoGoogle(), (one) => one.close());
  const config = await prepareDemo(options.directory, options.policies, { apns, google });
  const watching = { settledOnce: false, changedAt: 0 };
  const everybody = Promise.withResolvers<void>();
  const daemon = await startDaemon(config, {
    version: options.version,
    environment: demoEnvironment,
    tls: (authority) => selfMadeTls(authority, ["localhost", "127.0.0.1"]),
    ceiling: { devices: 30, percent: 100, windowMs: 1_200_000 },
    beforeInForce: async (tree, looking, settings) => {
      // An act is for who is enrolled when it is first seen: on a slow machine the policies would come before the devices.
      if (!watching.settledOnce)
        return Promise.race([everybody.promise, sleep(patienceMs, undefined, { ref: false })]);
      watching.changedAt = Date.now();
      const plan = await viewPlan(looking, tree, settings);
      process.stdout.write(
        `\n${renderPlan(plan, lookFor(process.stdout, Date.now(), process.env), { source: "working tree" })}\n`,
      );
    },
    onRevision: (news) => {
      if (news.type === "refused")
        say(
          `REFUSED ${news.snapshot.revision.slice(0, 7)}: ${news.diagnostics[0]?.message ?? ""}; what was in force stays`,
        );
    },
  });
  parts.defer(daemon.stop);
  say(
    `reeve ${options.version} on embedded parts: ${daemon.deviceUrl} for devices, store in ${options.directory}`,
  );
  const fleet = await enrollEverybody(daemon, { apns, google }).finally(everybody.resolve);
  parts.defer(async () => fleet.close());
  const progress = createProgress(process.stderr, Date.now);
  const settled = await waitUntilSettled(daemon, (status) =>
    progress.update(status.total.total - status.total.reconciling, fleetSize, "devices settled"),
  );
  progress.end();
  const summary = await summarize(daemon, settled, Date.now() - began);
  if (options.output === "json" && options.once)
    process.stdout.write(`${JSON.stringify(summaryJson(summary), null, 2)}\n`);
  else process.stdout.write(renderSummary(summary, lookFor(process.stdout, Date.now(), process.env)));
  watching.settledOnce = true;
  for (const violation of fleet.violations()) say(`protocol violation seen by a device: ${violation}`);
  if (!options.once) await watch(daemon, fleet, options, watching, say);
  const { stalled, reconciling, unreachable, total } = settled.total;
  return total === fleetSize && stalled + reconciling + unreachable === 0 ? 0 : 1;
}

/** Apple devices by an enrollment profile, and Android devices by tokens, side by side. */
async function enrollEverybody(daemon: Daemon, { apns, google }: DemoServices): Promise<RunningFleet> {
  const { androidEnrollment } = daemon.controller;
  if (androidEnrollment === undefined) throw new Error("the demo has no enterprise");
  const [fleet] = await Promise.all([
    enrollApples(daemon, apns),
    enrollAndroids(google.amapi, androidEnrollment),
  ]);
  return fleet;
}

async function enrollApples(daemon: Daemon, apns: DemoServices["apns"]): Promise<RunningFleet> {
  const members = demoMembers();
  const { enroll } = daemon.controller;
  const invitation = { uses: members.length, expiresAt: Date.now() + 3_600_000, by: "demo" };
  const profile = await enrollmentProfile(enroll, invitation, true);
  const ca = certificatePem(enroll.authority.certificate.raw);
  const fleet = await startFleet({
    devices: members,
    profile,
    push: apns,
    ca,
    anchors: [ca],
    concurrency: 4,
  });
  for (const [serial, result] of fleet.results)
    if (!result.ok) throw new Error(`${serial} did not enroll: ${result.reason}`);
  return fleet;
}

/** Until nothing is under way in two looks in a row, patience ends, or nobody wants to know any more. */
async function waitUntilSettled(
  daemon: Daemon,
  onLook: (status: StatusView) => void,
  ending?: AbortSignal,
): Promise<StatusView> {
  const until = Date.now() + patienceMs;
  for (let quiet = 0; ; ) {
    const status = await viewStatus(daemon.looking, { source: "", warnings: [] });
    onLook(status);
    quiet = status.total.total >= fleetSize && status.total.reconciling === 0 ? quiet + 1 : 0;
    if (quiet >= 2 || Date.now() > until || ending?.aborted === true) return status;
    await sleep(150);
  }
}

async function summarize(daemon: Daemon, status: StatusView, durationMs: number): Promise<Summary> {
  const holds = await viewHolds(daemon.looking);
  const held = holds.flatMap((hold) =>
    hold.devices.map((device) => `${device.verb} ${device.name} waits for approval (intended; reeve holds)`),
  );
  const revision = status.inForce?.revision ?? "none";
  return { revision, platforms: status.platforms, held, commands: status.commands, durationMs };
}

/** Goes on until Ctrl-C: saved changes are planned and carried out, and a user removes a required app now and then. */
async function watch(
  daemon: Daemon,
  fleet: RunningFleet,
  options: DemoOptions,
  watching: { changedAt: number },
  say: (line: string) => void,
): Promise<void> {
  const socket = `--set store.directory=${options.directory}`;
  const tokens = demoApprovers.map((name) => `${options.directory}/${name}.token`).join(", then ");
  say(
    `\nWatching ${options.policies}: save a change there. Ctrl-C ends.\nLook around:  npx reeve status ${socket}\nApprove:      npx reeve approve DIGEST ${socket} --token-file ${tokens}\n`,
  );
  const ending = new AbortController();
  process.once("SIGINT", () => ending.abort());
  process.once("SIGTERM", () => ending.abort());
  const app = "com.tinyspeck.chatlyio";
  let removedAt = 0;
  for (let rounds = 1; !ending.signal.aborted; rounds++) {
    await sleep(200, undefined, { signal: ending.signal }).catch(() => {});
    if (watching.changedAt > 0) {
      const { changedAt } = watching;
      watching.changedAt = 0;
      const { total } = await waitUntilSettled(daemon, () => {}, ending.signal);
      if (ending.signal.aborted) return;
      const what = total.reconciling === 0 ? "Converged in" : `${total.reconciling} under way after`;
      say(
        `${what} ${((Date.now() - changedAt) / 1_000).toFixed(1)} s: ${total.ready} of ${total.total} ready.`,
      );
    }
    const phone = fleet.device("IPHONE-02");
    if (rounds % 100 === 0 && phone.snapshot().apps[app]?.managed === true) {
      phone.user.removeApp(app);
      removedAt = Date.now();
      say(`The user of IPHONE-02 removed ${app}.`);
    }
    if (removedAt > 0 && phone.snapshot().apps[app]?.managed === true) {
      say(`It is back after ${((Date.now() - removedAt) / 1_000).toFixed(1)} s.`);
      removedAt = 0;
    }
  }
}
