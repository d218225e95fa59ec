import { randomBytes } from "node:crypto";
import type { Config } from "../config.ts";
import type { RevisionSettings } from "../loop/secrets.ts";
import { materialOrMake } from "../store/material.ts";
import type { Store } from "../store/open.ts";
import { ownSecretsOf } from "./own-secrets.ts";

/** What turns a tree into a revision, as configured. */
export async function revisionSettingsOf(
  store: Store,
  config: Config,
  environment: RevisionSettings["environment"],
): Promise<RevisionSettings> {
  const fingerprintKey = await materialOrMake(
    store,
    "fingerprint-key",
    async () => randomBytes(32),
    Date.now(),
  );
  return {
    environment,
    folder: config.reconcile.secretsFolder,
    isOwn: ownSecretsOf(config),
    fingerprintKey,
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
}
