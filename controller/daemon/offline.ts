import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Inject } from "../cli/transport.ts";
import type { Config } from "../config.ts";
import { UserError } from "../errors.ts";
import type { Source } from "../git/source.ts";
import { createAdminPlane, rawReply } from "../http/admin-plane.ts";
import { registerAdminRoutes } from "../http/admin-routes.ts";
import { readLatches } from "../loop/latches.ts";
import { createReconciler } from "../loop/reconciler.ts";
import { createReviser } from "../loop/reviser.ts";
import { materialOrMake } from "../store/material.ts";
import { openStore } from "../store/open.ts";
import { filingOf } from "./filing.ts";
import { reviserOptions } from "./open-parts.ts";
import { ownSecretsOf } from "./own-secrets.ts";
import { openPushing } from "./push-certificate.ts";

/** The admin API over an embedded store that no daemon holds. */
export interface Offline {
  readonly inject: Inject;
  readonly close: () => Promise<void>;
}

/**
 * Opens the embedded store for looking while no daemon runs: the same planner and views, and nothing is sent.
 * Undefined when there is no embedded store. What changes something is refused; it needs the daemon.
 */
export async function openOffline(config: Config, version: string): Promise<Offline | undefined> {
  const { directory, databaseUrl, keyFile } = config.store;
  if (databaseUrl !== undefined || !existsSync(join(directory, "db"))) return undefined;
  const store = await openStore({ dataDir: directory }, { keyFile });
  const reviser = createReviser(reviserOptions(config));
  try {
    const settings = {
      environment: process.env,
      folder: config.reconcile.secretsFolder,
      isOwn: ownSecretsOf(config),
      fingerprintKey: await materialOrMake(store, "fingerprint-key", async () => randomBytes(32), Date.now()),
      driftCheckMs: config.reconcile.driftCheck,
      membershipLossCeiling: config.reconcile.membershipLoss,
      removalCeiling: {
        devices: config.reconcile.removalBudget.devices,
        share: config.reconcile.removalBudget.percent,
      },
      isolatingCeiling: {
        devices: config.reconcile.isolatingBudget.devices,
        share: config.reconcile.isolatingBudget.percent,
      },
    };
    const reconciler = createReconciler({
      store,
      source: nothing,
      clock: Date.now,
      settings,
      reviser,
      latches: await readLatches(store),
      observeFirst: config.reconcile.observeFirst,
      ...filingOf(config),
    });
    await reconciler.recall();
    const admin = createAdminPlane({
      persons: [],
      version,
      metrics: async () => rawReply("text/plain", ""),
      live: () => [],
      ready: async () => [],
    });
    registerAdminRoutes(admin, {
      looking: {
        store,
        reconciler,
        planner: reviser,
        clock: Date.now,
        unreachableAfterMs: config.reconcile.unreachableAfter,
        renewBeforeMs: config.apple.scep.renewBefore,
      },
      settings,
      enroll: undefined,
      status: () => ({ source: "no daemon is running", warnings: [notRunning] }),
      nudge: () => {},
      pushCertificate: (await openPushing(config, store)).view,
    });
    const close = async (): Promise<void> => {
      await reviser.close();
      await store.close();
    };
    return { inject: readOnly(admin.inject), close };
  } catch (error) {
    await reviser.close();
    await store.close();
    throw error;
  }
}

const notRunning = { message: "no daemon is running: this is what the store last knew", hint: "reeve run" };

/** Looking and planning; anything else would need a daemon to act on it. */
function readOnly(inject: Inject): Inject {
  return async (request) => {
    if (request.method === "GET" || request.path === "/v1/plan") return inject(request);
    throw new UserError("not-running", "no reeve daemon is running on this store", {
      hint: "Start it with `reeve run`.",
    });
  };
}

const nothing: Source = {
  describe: () => "no daemon is running",
  poll: () => Promise.reject(new Error("nothing is polled while no daemon runs")),
  async *changes() {},
  nudge: () => {},
  lookUp: async () => undefined,
  close: async () => {},
};
