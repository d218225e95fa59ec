import type { Event } from "../core/ledger.ts";
import type { NewEpoch } from "../core/ports.ts";
import { Retry } from "../errors.ts";
import { createBatcher } from "./batch.ts";
import {
  type CertificateRow,
  findCertificates,
  type IssuedCertificate,
  putCertificates,
} from "./certificates.ts";
import { type Redeemed, type Redemption, redeemChallenges } from "./challenges.ts";
import { isConflict } from "./db.ts";
import { type Enrolled, type Enrollment, enrollPinned } from "./enroll-pinned.ts";
import { type Begun, beginEpochs, type TokenUpdate, updateTokens } from "./enrollment.ts";
import { appendEvents } from "./events.ts";
import type { Store } from "./open.ts";
import { findSerialHolders, type SerialClaim, type SerialHolder } from "./serial-holder.ts";

/** What an enrollment asks of the store. Concurrent ones share statements: a fleet enrolls at once. */
export interface Enrolling {
  /** See `redeemChallenges`. */
  readonly redeemChallenge: (use: Redemption) => Promise<Redeemed | undefined>;
  readonly putCertificate: (certificate: IssuedCertificate) => Promise<void>;
  readonly findCertificate: (sha256: string) => Promise<CertificateRow | undefined>;
  /** See `findSerialHolders`. */
  readonly serialHolder: (claim: SerialClaim) => Promise<SerialHolder>;
  /** See `beginEpochs`. */
  readonly beginEpoch: (enrollment: NewEpoch) => Promise<Begun>;
  /** See `enrollPinned`. */
  readonly enroll: (enrollment: Enrollment) => Promise<Enrolled>;
  /** See `updateTokens`. */
  readonly updateToken: (update: TokenUpdate) => Promise<boolean>;
  readonly append: (event: Event) => Promise<void>;
}

/** Collects what concurrent enrollments ask, each kind of question by itself. */
export function createEnrolling(store: Store): Enrolling {
  return {
    redeemChallenge: together((uses) => redeemChallenges(store, uses)),
    putCertificate: together((certificates) => nothing(certificates, putCertificates(store, certificates))),
    findCertificate: together((names) => findCertificates(store, names)),
    serialHolder: together((claims) => findSerialHolders(store, claims)),
    beginEpoch: together((enrollments) => beginEpochs(store, enrollments)),
    enroll: together((enrollments) => enrollPinned(store, enrollments)),
    updateToken: together((updates) => updateTokens(store, updates)),
    append: together((events) => nothing(events, appendEvents(store, events))),
  };
}

/** One lane: two statements that lock the same rows in another order would wait for each other. */
function together<In, Out>(
  run: (items: readonly In[]) => Promise<readonly Out[]>,
): (item: In) => Promise<Out> {
  const isShared = (error: unknown): boolean => error instanceof Retry || isConflict(error);
  return createBatcher<In, Out>({ run, isShared, size: 200, lanes: 1 }).add;
}

async function nothing(items: readonly unknown[], done: Promise<void>): Promise<undefined[]> {
  await done;
  return items.map(() => undefined);
}
