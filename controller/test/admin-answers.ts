import type { Io } from "../cli/io.ts";
import { runReeve } from "../cli/test-daemon.ts";
import { type AdminPerson, hashToken } from "../http/access.ts";
import { type AdminPlane, createAdminPlane } from "../http/admin-plane.ts";
import { registerAdminRoutes } from "../http/admin-routes.ts";
import { createMetrics } from "../http/metrics.ts";
import type { RevisionSettings } from "../loop/secrets.ts";
import type { Installation } from "./installation.ts";

/** The admin plane of an installation, as its own process asks it. */
export function adminPlaneOf(
  house: Pick<Installation, "looking" | "controller">,
  settings: RevisionSettings,
  persons: readonly AdminPerson[] = [],
): AdminPlane {
  const metrics = createMetrics("1.2.3");
  const health = { metrics: metrics.scrape, live: () => [], ready: async () => [] };
  const plane = createAdminPlane({ persons, version: "1.2.3", ...health });
  registerAdminRoutes(plane, {
    looking: house.looking,
    settings,
    status: () => ({ source: "memory", warnings: [] }),
    enroll: house.controller.enroll,
    content: house.controller.content,
    ...(house.controller.portals === undefined ? {} : { portals: house.controller.portals }),
    nudge: () => {},
    pushCertificate: { origin: "none" } as const,
  });
  return plane;
}

export interface Answered {
  readonly path: string;
  readonly status: number;
  readonly text: string;
}

/** What the status of an answer should be: what lies at Apple, or tells others, is refused where it is not configured. */
export function expectedStatus(path: string): number {
  return /^\/v1\/(apple\/(devices|activities)|notifications)/.test(path) ? 400 : 200;
}

/** The JSON in an answer: all of it, or each line of one that is streamed. */
export function jsonTexts({ path, text }: Pick<Answered, "path" | "text">): readonly string[] {
  return /^\/v1\/(report|events\/export)/.test(path) ? text.trimEnd().split("\n") : [text];
}

/** What each route that only looks answers, asked about one device and the oldest message in quarantine. */
export async function everyAnswer(
  house: Installation,
  plane: AdminPlane,
  device: string,
): Promise<readonly Answered[]> {
  const paths = plane.listRoutes().flatMap(({ method, path }) => (method === "GET" ? [path] : []));
  const [unread] = await house.store.query<{ id: number }>(
    "select id from reeve.quarantine order by id limit 1",
  );
  const [revision] = await house.store.query<{ id: string }>("select id from reeve.revision limit 1");
  const answers: Answered[] = [];
  for (const template of paths) {
    const path = template
      .replace(":ref", device)
      .replace(":id", String(unread?.id))
      .replace(":revision", encodeURIComponent(revision?.id ?? ""));
    const { status, text } = await plane.inject({ method: "GET", path });
    answers.push({ path, status, text });
  }
  return answers;
}

/** The same over HTTP, with the command line as a person with this role uses it. */
export async function openCommandLine(
  house: Pick<Installation, "looking" | "controller">,
  settings: RevisionSettings,
  role: AdminPerson["role"] = "viewer",
) {
  const token = "token-of-the-test";
  const plane = adminPlaneOf(house, settings, [{ name: "the-auditor", role, tokens: [hashToken(token)] }]);
  const listening = await plane.listen([{ type: "tcp", host: "127.0.0.1", port: 0 }]);
  const [url = ""] = listening.urls;
  return {
    run: (argv: readonly string[], world: Partial<Io> = {}) =>
      runReeve([...argv, "--server", url], {
        env: { REEVE_TOKEN: token },
        now: house.looking.clock,
        ...world,
      }),
    [Symbol.asyncDispose]: () => listening.close(),
  };
}
