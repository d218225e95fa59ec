import { UserError } from "../errors.ts";
import { type Deleted, deleteDevice } from "../store/deletion.ts";
import type { DeviceRow } from "../store/devices.ts";
import { type Asking, type DirectView, type DirectWish, fileFor, nameOf } from "./direct-act.ts";
import { deviceNamed, type Looking } from "./view-devices.ts";

/** A device whose record shall go. */
export interface DeletionWish extends Pick<DirectWish, "reason" | "expiresInMs" | "key"> {
  /** Its management may end although it is in Lost Mode. */
  readonly evenIfLost: boolean;
  /** Although it is retired: it may enroll again then. */
  readonly evenIfRetired: boolean;
}

export type DeletionView = { readonly status: "deleted"; readonly device: string } | DirectView;

/**
 * Deletes the record of a device that is not managed any more. Of a managed one the act is filed that ends its
 * management, and the record goes when that was carried out; until then an approval may be withheld, and the act
 * withdrawn. Throws UserError.
 */
export async function deleteDirectly(
  looking: Looking,
  word: string,
  wish: DeletionWish,
  by: Asking,
): Promise<DeletionView> {
  const row = await deviceNamed(looking.store, word);
  if (row.status !== "left") return fileEnd(looking, row, wish, by);
  const { reason, evenIfRetired } = wish;
  const who = by.person ?? by.name;
  const deletion = { device: row.id, epoch: row.epoch, by: who, reason, evenIfRetired };
  const answer = await deleteDevice(looking.store, deletion);
  if (answer !== "deleted") throw refusals[answer](nameOf(row));
  return { status: "deleted", device: row.id };
}

/** Of Apple devices only the management ends; Android's is ended by nothing but a wipe of what reeve manages. */
function fileEnd(
  looking: Looking,
  row: DeviceRow,
  { reason, expiresInMs, key, evenIfLost }: DeletionWish,
  by: Asking,
): Promise<DirectView> {
  const scope = row.facts.platform?.value === "android" ? {} : { scope: "work" };
  const wipe = { ...scope, ...(evenIfLost ? { evenIfLost } : {}) };
  const act = { act: { wipe }, reason, expiresInMs, key };
  return fileFor(looking, row, { act, name: "delete", more: { forget: true } }, by);
}

const refusals: Readonly<Record<Exclude<Deleted, "deleted">, (name: string) => UserError>> = {
  managed: (name) => changed(name),
  "enrolled-again": (name) => changed(name),
  unknown: (name) => changed(name),
  retired: (name) =>
    new UserError("retired", `${name} is retired: without its record it may enroll again`, {
      hint: "Its personal records are erased 90 days after it was retired. `--even-if-retired` deletes it now.",
    }),
};

function changed(name: string): UserError {
  return new UserError("device-changed", `${name} enrolls just now, or was deleted: look again`);
}
