import { Retry, UserError } from "../errors.ts";
import type { EventsView } from "../loop/views.ts";
import type { Client, Query } from "./client.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { renderEvents, renderFollowed } from "./render/events.ts";
import type { Session } from "./session.ts";

/** What happened, of one device or of all. */
export async function events(session: Session, filters: Query): Promise<ExitCode> {
  const view = await (await session.client()).get<EventsView>("/v1/events", filters);
  await session.show(view, renderEvents);
  return exitCodes.inOrder;
}

const everyMs = 2_000;
/** What is shown of what has happened already. */
const already = 10;

/**
 * The last few events and then each as it happens, the oldest first, until it is interrupted; as JSON one object on
 * each line. While the daemon asks for patience or is not reached it goes on asking.
 */
export async function followEvents(session: Session, filters: Query): Promise<ExitCode> {
  if (session.out !== undefined)
    throw new UserError("usage", "--follow has no end, so it goes to no file: redirect it");
  const client = await session.client();
  const first = await client.get<EventsView>("/v1/events", { limit: already, ...filters });
  let after = print(session, [...first.events].reverse()) ?? (await newest(client));
  while (await session.io.wait(everyMs)) {
    const view = await patiently(session, () =>
      client.get<EventsView>("/v1/events", { ...filters, limit: 1_000, after }),
    );
    after = print(session, view?.events ?? []) ?? after;
  }
  return exitCodes.inOrder;
}

/** Nothing fits yet: only what comes after everything there is now. */
async function newest(client: Client): Promise<string> {
  const { events } = await client.get<EventsView>("/v1/events", { limit: 1, routine: true });
  return events[0]?.id ?? "0";
}

/** Prints events and gives the number of the last. */
function print({ io, output, look }: Session, found: EventsView["events"]): string | undefined {
  if (found.length === 0) return undefined;
  io.out(
    output === "json" ? found.map((one) => `${JSON.stringify(one)}\n`).join("") : renderFollowed(found, look),
  );
  return found.at(-1)?.id;
}

async function patiently<T>({ io }: Session, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Retry) && !(error instanceof UserError && error.code === "not-running"))
      throw error;
    io.err(`${error.message}; asking again\n`);
    return undefined;
  }
}
