import { type ContentClient, openContent } from "../apple/content/client.ts";
import { type ContentToken, readContentToken } from "../apple/content/token.ts";
import { daysLeft } from "../core/expiry.ts";
import type { Clock } from "../core/ports.ts";
import { Stalled, UserError } from "../errors.ts";
import { appendEvents } from "../store/events.ts";
import { countLicences } from "../store/licence-counts.ts";
import { forgetLicences } from "../store/licences.ts";
import { getMaterial, putMaterial } from "../store/material.ts";
import type { Store } from "../store/open.ts";
import { type LocationState, locationState, putLocationState, rivalOf, takeLocation } from "./location.ts";

const material = "content-token";

/** What importing and looking at a content token needs. */
export interface ContentPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly serviceUrl: string;
  /** As others see who manages the location. */
  readonly name: string;
}

/** A content token as people see it; itself it is shown to nobody. */
export interface ContentTokenView extends Partial<LocationState> {
  readonly organization?: string;
  readonly notAfter?: number;
  /** Licences by what has become of them. */
  readonly licences: Readonly<Record<string, number>>;
}

/** The content token that was imported; undefined when none was. */
export async function storedContentToken(store: Store): Promise<ContentToken | undefined> {
  const stored = await getMaterial(store, material);
  return stored === undefined ? undefined : readContentToken(stored.toString("utf8"));
}

/** What is known of the token, its location and its licences. */
export async function viewContentToken({ store }: Pick<ContentPorts, "store">): Promise<ContentTokenView> {
  const token = await storedContentToken(store);
  const known = token === undefined ? {} : { organization: token.organization, notAfter: token.notAfter };
  return { ...known, ...(await locationState(store)), licences: await countLicences(store) };
}

/**
 * Puts a content token into the store, sealed, once the service has taken it. Throws UserError when it is of no use,
 * or belongs to another location than the one before and `replace` was not said: what was assigned there is then
 * forgotten, and stays assigned.
 */
export async function importContentToken(
  ports: ContentPorts,
  file: string,
  by: string,
  replace: boolean,
): Promise<ContentTokenView> {
  const { store, clock } = ports;
  const token = readContentToken(file);
  if (token.notAfter <= clock())
    throw new UserError("content-token-expired", "the content token has expired", { hint: renewHint });
  const found = await asked(openContent(ports.serviceUrl, token.text).then((client) => client.location()));
  const before = await locationState(store);
  if (before !== undefined && before.uId !== found.uId) {
    if (!replace)
      throw new UserError(
        "content-location",
        `the token is of ${found.name}, the one before of ${before.name}`,
        {
          hint: "With --replace reeve goes over to the other location, and leaves what it assigned in the old one.",
        },
      );
    await forgetLicences(store, clock());
  }
  const managedBy = await rivalOf(store, found);
  await putMaterial(store, material, token.text, clock());
  const state = { uId: found.uId, name: found.name, ...(managedBy === undefined ? {} : { managedBy }) };
  await putLocationState(store, state);
  const until = new Date(token.notAfter).toISOString().slice(0, 10);
  const message = `content token of ${found.name} (${token.organization}), valid until ${until}`;
  await appendEvents(store, [{ type: "content-token.imported", at: clock(), message, by }]);
  return viewContentToken(ports);
}

/** Takes the location over from another MDM, because a person said so. */
export async function takeOver(ports: ContentPorts, by: string): Promise<ContentTokenView> {
  const { store, clock } = ports;
  const client = await asked(clientOf(ports));
  const before = await asked(client.location());
  const found = await asked(takeLocation(store, client, ports.name));
  await putLocationState(store, { uId: found.uId, name: found.name });
  const from = before.manager === undefined ? "" : ` from ${before.manager.name}`;
  const message = `the location ${found.name} was taken over${from}`;
  await appendEvents(store, [{ type: "location.taken-over", at: clock(), message, by }]);
  return viewContentToken(ports);
}

async function clientOf({ store, serviceUrl }: ContentPorts): Promise<ContentClient> {
  const token = await storedContentToken(store);
  if (token === undefined)
    throw new UserError("no-content-token", "no content token was imported", { hint: importHint });
  return openContent(serviceUrl, token.text);
}

/** Somebody is there to hear it: what would be shown as stalled is an error of what was asked. */
async function asked<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Stalled)) throw error;
    throw new UserError(error.code, error.message, { cause: error, hint: renewHint });
  }
}

const importHint = "reeve apple content-token import FILE";
const renewHint =
  "Download it anew from Apple Business or School Manager, then: reeve apple content-token import FILE";
const warnDays = 60;

/** What a person should know of the content token and its location. */
export async function contentWarnings(
  store: Store,
  now: number,
): Promise<readonly { readonly message: string; readonly hint: string }[]> {
  const { notAfter, managedBy, trouble } = await viewContentToken({ store });
  if (notAfter === undefined) return [];
  const days = daysLeft(notAfter, now);
  const ends =
    days < 0
      ? `content token expired ${-days} days ago: no licence is assigned`
      : `content token expires in ${days} days`;
  return [
    ...(days > warnDays ? [] : [{ message: ends, hint: renewHint }]),
    ...(trouble === undefined
      ? []
      : [
          {
            message: `Apps and Books: ${trouble}`,
            hint:
              managedBy === undefined
                ? "reeve apple content-token show"
                : "reeve apple content-token take-over",
          },
        ]),
  ];
}
