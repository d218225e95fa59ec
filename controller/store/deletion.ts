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
  return vouchedFor(await withRetries(() => forget(store, store, wish)));
}

type Answer = Deleted | "unvouched";

/** Throws only when the transaction is over: what the gate has made of it stays. */
function vouchedFor(answer: Answer): Deleted {
  if (answer === "unvouched")
    throw new UserError("wrong-key", "the gate of this database believes another key than the one given");
  return answer;
}

async function forget(
  { clock, sealer }: Pick<Store, "clock" | "sealer">,
  db: Db,
  wish: Deletion,
): Promise<Answer> {
  const { device, epoch, evenIfRetired } = wish;
  const asked = [device, epoch, evenIfRetired === true, toText(wish.by), toText(wish.reason)] as const;
  const values = [...asked, markOfDeletion(sealer, asked), clock()];
  const [row] = await db.query<{ answer: Answer }>(
    "select reeve.forget_device($1, $2, $3, $4, $5, $6, $7) as answer",
    values,
  );
  return row?.answer ?? "unknown";
}

const atOnce = 100;
const againMs = 3_600_000;

/**
 * Deletes the records that were to go with the management, at most a hundred at once. Who came back, or was retired
 * meanwhile, keeps his, and that is told in the transaction that forgets the wish. One that cannot be deleted is tried
 * again after an hour, and stands in the way of none of the others; `onFailure` hears why.
 */
export async function deleteDeparted(
  store: Store,
  at: number,
  onFailure: (error: unknown, device: string) => void,
): Promise<void> {
  for (const wish of await departed(store))
    await withRetries(() => store.transaction((db) => deleteOrTell(store, db, wish, at)))
      .then(vouchedFor)
      .catch(async (error: unknown) => {
        onFailure(error, wish.device);
        await noteFailure(store, wish).catch((another: unknown) => onFailure(another, wish.device));
      });
}

async function noteFailure({ query, clock }: Store, { device }: Deletion): Promise<void> {
  await query("update reeve.deletion set failed_at = reeve.now_ms($2) where device = $1", [device, clock()]);
}

async function deleteOrTell(store: Store, db: Db, wish: Deletion, at: number): Promise<Answer> {
  const answer = await forget(store, db, wish);
  const why = kept[answer];
  if (why === undefined) return answer;
  const message = `${why}: its record stays, and is deleted only when somebody asks for it again`;
  await appendEvents(db, [{ type: "device.kept", at, device: wish.device, message, by: wish.by }]);
  return answer;
}

/** Why a wish came to nothing. */
const kept: Readonly<Partial<Record<Answer, string>>> = {
  "enrolled-again": "it has enrolled again",
  retired: "it was retired meanwhile",
  unknown: "there was nothing left to delete",
};

function departed({ query, clock }: Store): Promise<Deletion[]> {
  return query<Deletion>(
    `select x.device, x.epoch, x.by_person as by, x.reason from reeve.deletion x
     join reeve.device d on d.id = x.device cross join (select reeve.now_ms($2) as now) n
     -- One that lies ahead was written by a clock that has been put back since, or by somebody.
     where (x.failed_at is null or x.failed_at <= n.now - $3 or x.failed_at > n.now) and (d.epoch <> x.epoch or not exists (
       select from reeve.channel c where c.device = x.device and c.epoch = x.epoch and c.status <> 'left'))
     order by x.failed_at nulls first, x.at limit $1`,
    [atOnce, clock(), againMs],
  );
}
