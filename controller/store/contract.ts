import { describe } from "vitest";
import { actsContract } from "./contract-acts.ts";
import { admissionContract } from "./contract-admission.ts";
import { aloneContract } from "./contract-alone.ts";
import { approvalsContract } from "./contract-approvals.ts";
import { breakerContract } from "./contract-breaker.ts";
import { carriedOutContract } from "./contract-carried-out.ts";
import { channelsContract } from "./contract-channels.ts";
import { coolOffContract } from "./contract-cool-off.ts";
import { disruptionContract } from "./contract-disruption.ts";
import { enrollingContract } from "./contract-enrolling.ts";
import { epochsContract } from "./contract-epochs.ts";
import { erasureContract } from "./contract-erasure.ts";
import { guardsContract } from "./contract-guards.ts";
import { identitiesContract } from "./contract-identities.ts";
import { lookingContract } from "./contract-looking.ts";
import { memoryContract } from "./contract-memory.ts";
import { recordsContract } from "./contract-records.ts";
import { releaseContract } from "./contract-release.ts";
import { retentionContract } from "./contract-retention.ts";
import { rolloutsContract } from "./contract-rollouts.ts";
import { vouchingContract } from "./contract-vouching.ts";
import type { TestStores } from "./test-stores.ts";

/** What every sort of store does. Run it with PGlite and with a real PostgreSQL. */
export function storeContract(stores: TestStores): void {
  describe(`${stores.name}: channels`, () => channelsContract(stores));
  describe(`${stores.name}: enrollment`, () => epochsContract(stores));
  enrollingContract(stores);
  describe(`${stores.name}: admission`, () => admissionContract(stores));
  describe(`${stores.name}: acts`, () => actsContract(stores));
  describe(`${stores.name}: guards`, () => guardsContract(stores));
  describe(`${stores.name}: approvals`, () => approvalsContract(stores));
  describe(`${stores.name}: cool-off`, () => coolOffContract(stores));
  describe(`${stores.name}: breaker`, () => breakerContract(stores));
  describe(`${stores.name}: vouching`, () => vouchingContract(stores));
  describe(`${stores.name}: alone`, () => aloneContract(stores));
  describe(`${stores.name}: carried out`, () => carriedOutContract(stores));
  describe(`${stores.name}: erasure`, () => erasureContract(stores));
  describe(`${stores.name}: old copies`, () => memoryContract(stores));
  describe(`${stores.name}: release`, () => releaseContract(stores));
  describe(`${stores.name}: disruption`, () => disruptionContract(stores));
  describe(`${stores.name}: identities`, () => identitiesContract(stores));
  describe(`${stores.name}: looking`, () => lookingContract(stores));
  describe(`${stores.name}: records`, () => recordsContract(stores));
  describe(`${stores.name}: rollouts`, () => rolloutsContract(stores));
  describe(`${stores.name}: retention`, () => retentionContract(stores));
}
