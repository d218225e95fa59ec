import type { Pem } from "../apple/identity.ts";
import { type PushCertificate, readPushCertificate } from "../apple/push-certificate.ts";
import type { Clock } from "../core/ports.ts";
import { UserError } from "../errors.ts";
import { appendEvents } from "../store/events.ts";
import { getMaterial, putMaterial } from "../store/material.ts";
import type { Store } from "../store/open.ts";
import { countTopics, type TopicCount } from "../store/topics.ts";

const material = "push-certificate";

/** Where the daemon has its push certificate from. */
export type PushOrigin = "files" | "store" | "none";

/** The push certificate as people see it; its key is shown to nobody. */
export interface PushCertificateView {
  readonly origin: PushOrigin;
  /** What the running daemon pushes with. */
  readonly topic?: string;
  readonly notAfter?: number;
  /** What enrolled devices expect. */
  readonly expected: readonly TopicCount[];
}

/** A push certificate that was imported into the store; undefined when none was. */
export async function storedPushCertificate(store: Store): Promise<Pem | undefined> {
  const stored = await getMaterial(store, material);
  return stored === undefined ? undefined : (JSON.parse(stored.toString("utf8")) as Pem);
}

/**
 * Checks a push certificate before it is put anywhere. Throws UserError when it does not fit its key, has expired, or
 * would leave enrolled devices behind: a device answers only to the topic that it enrolled with.
 */
export function checkPushCertificate(
  pem: Pem,
  expected: readonly TopicCount[],
  options: { readonly now: number; readonly force: boolean },
): PushCertificate {
  const read = readPushCertificate(pem, { now: options.now });
  const lost = expected.filter((one) => one.topic !== read.topic);
  const devices = lost.reduce((all, one) => all + one.devices, 0);
  if (devices === 0 || options.force) return read;
  const whose = devices === 1 ? "1 enrolled device expects" : `${devices} enrolled devices expect`;
  throw new UserError(
    "push-topic-changed",
    `the certificate's topic is ${read.topic}; ${whose} ${lost.map((one) => one.topic).join(", ")}`,
    {
      hint: "Renew the existing certificate at Apple's portal, with the account that made it. With --force those devices cannot be woken any more and have to enroll again.",
    },
  );
}

/** Puts a push certificate into the store, sealed, with an event that says whose word it was. */
export async function importPushCertificate(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  pem: Pem,
  by: string,
  force: boolean,
): Promise<PushCertificate> {
  const read = checkPushCertificate(pem, await countTopics(store), { now: clock(), force });
  await putMaterial(store, material, JSON.stringify(pemOf(read)), clock());
  const until = new Date(read.notAfter).toISOString().slice(0, 10);
  const message = `topic ${read.topic}, valid until ${until}${force ? ", forced" : ""}`;
  await appendEvents(store, [{ type: "push-certificate.imported", at: clock(), message, by }]);
  return read;
}

function pemOf({ certificatePem, keyPem }: PushCertificate): Pem {
  return { certificatePem, keyPem };
}
