import type { ContentTokenView } from "../loop/content-token.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { clean } from "./render/text.ts";
import { readTextAt, type Session } from "./session.ts";

const path = "/v1/apple/content-token";

/** Hands the daemon a content token, which it asks the service about before it keeps it. */
export async function importContent(session: Session, file: string, replace: boolean): Promise<ExitCode> {
  const token = (await readTextAt(session.io.cwd, file, "content token")).trim();
  const client = await session.client();
  return show(session, await client.post(path, { token, ...(replace ? { replace } : {}) }), "Imported. ");
}

/** Shows what is known of the content token and its location. */
export async function showContent(session: Session): Promise<ExitCode> {
  const client = await session.client();
  return show(session, await client.get<ContentTokenView>(path, {}), "");
}

/** Takes the location over from another MDM. */
export async function takeOverContent(session: Session): Promise<ExitCode> {
  const client = await session.client();
  return show(session, await client.post(`${path}/take-over`, {}), "Taken over. ");
}

async function show(session: Session, view: unknown, done: string): Promise<ExitCode> {
  const shown = view as ContentTokenView;
  await session.show({ ...shown }, () => `${done}${describe(shown)}\n`);
  return exitCodes.inOrder;
}

function describe({ organization, name, notAfter, managedBy, trouble, licences }: ContentTokenView): string {
  if (notAfter === undefined) return "No content token was imported.";
  const until = new Date(notAfter).toISOString().slice(0, 10);
  const counts = Object.entries(licences).map(([status, count]) => `${count} ${status}`);
  return [
    `Location ${clean(name ?? "unknown")} of ${clean(organization ?? "unknown")}, token valid until ${until}.`,
    ...(managedBy === undefined
      ? []
      : [`Managed by ${clean(managedBy)}: reeve apple content-token take-over`]),
    ...(trouble === undefined ? [] : [`In the way: ${clean(trouble)}`]),
    `Licences: ${counts.length === 0 ? "none wanted" : counts.join(", ")}.`,
  ].join("\n");
}
