import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { daysLeft } from "../core/expiry.ts";
import { UserError } from "../errors.ts";
import type { EnrollmentServersView, EnrollmentServerView } from "../loop/portal/view-servers.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import type { Look } from "./render/look.ts";
import { clean, count, counted } from "./render/text.ts";
import { ago } from "./render/time.ts";
import { type Session, writeFileAt } from "./session.ts";

/** The certificate to upload for a server of the portal, to `--out` or to standard output. */
export async function enrollmentKey(session: Session, server: string): Promise<ExitCode> {
  const client = await session.client();
  const view = await client.post<{ readonly server: string; readonly certificate: string }>(
    pathOf(server, "key"),
  );
  if (session.out !== undefined && session.output === "text") {
    await writeFileAt(session.io.cwd, session.out, view.certificate);
    session.io.out(
      `Wrote ${session.out}. Upload it in the portal where the server is added, download its token, then:\n` +
        `reeve apple enrollment-import ${clean(server)} TOKEN.p7m\n`,
    );
  } else await session.show(view, ({ certificate }) => certificate);
  return exitCodes.inOrder;
}

const largestToken = 64 * 1024;

/** Imports a server token; it is in use at once. */
export async function importEnrollmentToken(
  session: Session,
  server: string,
  file: string,
): Promise<ExitCode> {
  const bytes = await readFile(resolve(session.io.cwd, file)).catch((cause: NodeJS.ErrnoException) => {
    throw new UserError("unreadable", `the token ${file} cannot be read: ${cause.code ?? "unknown error"}`, {
      cause,
    });
  });
  if (bytes.length > largestToken)
    throw new UserError("server-token", `${file} is too large for a server token`);
  const client = await session.client();
  const view = await client.post<{ readonly server: string; readonly expiresAt: number }>(
    pathOf(server, "token"),
    {
      token: bytes.toString("base64"),
    },
  );
  await session.show(view, (imported) => {
    const until = new Date(imported.expiresAt).toISOString().slice(0, 10);
    return `Imported: server ${clean(imported.server)}, token valid until ${until}. Its devices are being read.\n`;
  });
  return exitCodes.inOrder;
}

/** How the servers of Apple's portals stand. Exit code 1 when one of them is in trouble. */
export async function enrollmentStatus(session: Session): Promise<ExitCode> {
  const client = await session.client();
  const view = await client.get<EnrollmentServersView>("/v1/apple/enrollment-servers", {});
  await session.show(view, renderServers);
  const inOrder = view.unknown.length === 0 && view.servers.every((one) => one.trouble === undefined);
  return inOrder ? exitCodes.inOrder : exitCodes.problems;
}

function pathOf(server: string, what: string): string {
  return `/v1/apple/enrollment-servers/${encodeURIComponent(server)}/${what}`;
}

function renderServers({ servers, unknown }: EnrollmentServersView, look: Look): string {
  const lines = servers.flatMap((one) => serverLines(one, look));
  const missing = unknown.map(
    (name) =>
      `${clean(name)}  named by a manifest, and no token was imported: reeve apple enrollment-key ${name}`,
  );
  const all = [...lines, ...missing];
  return all.length === 0
    ? "No server of Apple's portals: reeve apple enrollment-key NAME\n"
    : `${all.join("\n")}\n`;
}

function serverLines(one: EnrollmentServerView, look: Look): readonly string[] {
  const whose = [one.serverName, one.organization].filter((text) => text !== undefined).map(clean);
  const named = whose.length === 0 ? "" : ` (${whose.join(", ")})`;
  if (one.tokenExpiresAt === undefined)
    return [`${clean(one.name)}  no token yet: reeve apple enrollment-import ${clean(one.name)} TOKEN.p7m`];
  const days = daysLeft(one.tokenExpiresAt, look.now);
  const token = days < 0 ? `token expired ${-days} d ago` : `token good for ${counted(days, "day")}`;
  return [
    `${clean(one.name)}${named}  read ${ago(one.syncedAt, look.now)}, ${token}`,
    ...(one.counts === undefined ? [] : [`  ${countsText(one.counts)}`]),
    ...(one.trouble === undefined
      ? []
      : [`  ${clean(one.trouble.message)}, since ${ago(one.trouble.since, look.now)}`]),
  ];
}

function countsText(counts: NonNullable<EnrollmentServerView["counts"]>): string {
  const parts = [
    [counts.assigned, "with their profile"],
    [counts.pending, "waiting for it"],
    [counts.conflicts, "meant by several manifests"],
    [counts.undeclared, "meant by none"],
  ] as const;
  const told = parts.filter(([devices]) => devices > 0).map(([devices, what]) => `${count(devices)} ${what}`);
  const refused = Object.entries(counts.outcomes).map(
    ([outcome, devices]) => `${count(devices)} ${clean(outcome)}`,
  );
  return [`${counted(counts.devices, "device")}: ${told.join(", ") || "none"}`, ...refused].join("; ");
}
