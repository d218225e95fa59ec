import type { Event } from "../core/ledger.ts";
import { appendEvents } from "./events.ts";
import type { Store } from "./open.ts";

/** Adds an event unless one of its type and subject is there. False when it was. */
export function appendEventOnce(store: Store, event: Event & { readonly subject: string }): Promise<boolean> {
  return store.transaction(async (db) => {
    await db.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`event ${event.subject}`]);
    const known = await db.query("select from reeve.event where type = $1 and subject = $2 limit 1", [
      event.type,
      event.subject,
    ]);
    if (known.length > 0) return false;
    await appendEvents(db, [event]);
    return true;
  });
}
