import { UserError } from "../errors.ts";
import { type Db, withRetries } from "./db.ts";
import { appendEvents } from "./events.ts";
import { toText } from "./json.ts";
import type { Store } from "./open.ts";
import { markOfDeletion } from "./vouch.ts";

/** The record of a device that shall go, in the enrollment that is meant. */
export interface Deletion {
  readonly device: string;
  readonly epoch: number;
  readonly by: string;
  readonly reason: string;
  /** Also of a device that is retired: it may enroll again then. */
  readonly evenIfRetired?: boolean;
}

/** `managed`: not before its management has ended. `enrolled-again`: it is another enrollment by now. */
export type Deleted = "deleted" | "managed" | "retired" | "enrolled-again" | "unknown";

/** Deletes the record of a device that is not managed any more, at once. What stays is its id, in the history. */
export async function deleteDevice(store: Store, wish: Deletion): Promise<Deleted> {
  const { device, epoch, evenIfRetired } = wish;
  const asked = [device, epoch, evenIfRetired === true, toText(wish.by), toText(wish.reason)] as const;
  const values = [...asked, markOfDeletion(store.sealer, asked), store.clock()];
  const [row] = await withRetries(() =>
    store.query<{ answer: Deleted | "unvouched" }>(
      "select reeve.forget_device($1, $2, $3, $4, $5, $6, $7) as answer",
      values,
    ),
  );
  if (row?.answer === "unvouched")
    throw new UserError("wrong-key", "the gate of this database believes another key than the one given");
  return row?.answer ?? "unknown";
}

const atOnce = 100;

/** Deletes the records that were to go with the management, at most a hundred at once; who came back keeps his. */
export async function deleteDeparted(store: Store, at: number): Promise<void> {
  for (const wish of await departed(store)) {
    const answer = await deleteDevice(store, wish);
    if (answer !== "enrolled-again") continue;
    const message = "it has enrolled again: its record stays";
    await appendEvents(store, [{ type: "device.kept", at, device: wish.device, message, by: wish.by }]);
  }
}

function departed(db: Db): Promise<Deletion[]> {
  return db.query<Deletion>(
    `select x.device, x.epoch, x.by_person as by, x.reason from reeve.deletion x
     join reeve.device d on d.id = x.device
     where d.epoch <> x.epoch or not exists (
       select from reeve.channel c where c.device = x.device and c.epoch = x.epoch and c.status <> 'left')
     order by x.at limit $1`,
    [atOnce],
  );
}
