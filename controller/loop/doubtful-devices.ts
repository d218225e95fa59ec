import type { Db } from "../store/db.ts";
import { listContested, listRivals, listUnvouched } from "../store/doubtful.ts";
import type { StatusView } from "./views.ts";

const most = 5;
const rivalMs = 30 * 86_400_000;

/** What `status` says where it is not clear which device is which; a person has to look. */
export async function doubtfulDevices(db: Db, now: number): Promise<StatusView["warnings"]> {
  const [contested, rivals, unvouched] = await Promise.all([
    listContested(db, most),
    listRivals(db, now - rivalMs, most + 1),
    listUnvouched(db, now - rivalMs, most + 1),
  ]);
  return [
    ...contested.map(({ claim, devices }) => ({
      message: `${claim} is claimed by ${named(devices)}: manifests that match it mean none of them`,
      hint: "reeve explain DEVICE",
    })),
    ...warn(rivals, (who) => ({
      message: `an earlier identity of ${who} still speaks: two devices claim to be one, or it was restored`,
      hint: "reeve events --type device.rival",
    })),
    ...warn(unvouched, (who) => ({
      message: `an identity that nobody vouches for speaks for ${who} and is refused: its enrollment profile was replaced by hand, or somebody else says to be it`,
      hint: "invite it by its serial number: reeve enroll apple --link --device NAME",
    })),
  ];
}

function warn(
  devices: readonly string[],
  about: (who: string) => StatusView["warnings"][number],
): StatusView["warnings"] {
  return devices.length === 0 ? [] : [about(named(devices))];
}

function named(devices: readonly string[]): string {
  const shown = devices.slice(0, most).join(", ");
  return devices.length > most ? `${shown} and others` : shown;
}
