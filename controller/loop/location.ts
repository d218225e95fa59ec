import { randomUUID } from "node:crypto";
import type { LocationConfig } from "../apple/content/answers.ts";
import type { ContentClient } from "../apple/content/client.ts";
import { Stalled } from "../errors.ts";
import { getMeta, metaOrMake, putMeta } from "../store/meta.ts";
import type { Store } from "../store/open.ts";

/** What is known of the location whose licences are assigned, and what stands in the way. */
export interface LocationState {
  readonly uId: string;
  readonly name: string;
  /** Another MDM that manages it. */
  readonly managedBy?: string;
  readonly trouble?: string;
}

const stateName = "apps-and-books";

/** What was last known of the location; undefined before the first token. */
export async function locationState(store: Store): Promise<LocationState | undefined> {
  const text = await getMeta(store, stateName);
  return text === undefined ? undefined : (JSON.parse(text) as LocationState);
}

/** Remembers what is known of the location, for all replicas. */
export async function putLocationState(store: Store, state: LocationState): Promise<void> {
  await putMeta(store, stateName, JSON.stringify(state));
}

/** The name by which this installation says that it manages a location (Apple: MdmInfo). */
async function ownId(store: Store): Promise<string> {
  return metaOrMake(store, "mdm-id", randomUUID());
}

/** Another MDM that says it manages the location; undefined when it is ours, or nobody's. */
export async function rivalOf(store: Store, { manager }: LocationConfig): Promise<string | undefined> {
  if (manager === undefined || manager.id === (await ownId(store))) return undefined;
  return manager.name === "" ? "another MDM" : manager.name;
}

/**
 * Makes sure that the location is managed by nobody else: only one MDM may. One that nobody manages is taken. Throws
 * Stalled when another does.
 */
export async function holdLocation(
  store: Store,
  client: ContentClient,
  name: string,
): Promise<LocationConfig> {
  const found = await client.location();
  const rival = await rivalOf(store, found);
  if (rival !== undefined)
    throw new Stalled("content-managed", `the location ${found.name} is managed by ${rival}`);
  return found.manager === undefined ? takeLocation(store, client, name) : found;
}

/** Says that the location is managed by this installation, whoever managed it before. */
export async function takeLocation(
  store: Store,
  client: ContentClient,
  name: string,
): Promise<LocationConfig> {
  const id = await ownId(store);
  return client.manage({ id, name: name.slice(0, 100), metadata: "reeve" });
}
