import { daysLeft } from "../../core/expiry.ts";
import { type EnrollmentServerRow, listServers } from "../../store/enrollment-servers.ts";
import type { Store } from "../../store/open.ts";
import type { Reconciler } from "../reconciler.ts";
import type { StatusView } from "../views.ts";
import type { Standing } from "./standing.ts";

/** How the devices of a server stand. */
export type StandingCounts = Omit<Standing, "wanted">;

/** The servers of Apple's portals as people see them; their tokens are shown to nobody. */
export interface EnrollmentServersView {
  readonly servers: readonly EnrollmentServerView[];
  /** Servers that manifests name and that nobody has imported a token of. */
  readonly unknown: readonly string[];
}

export interface EnrollmentServerView {
  readonly name: string;
  /** As the portal calls it, and whose it is. */
  readonly serverName?: string;
  readonly organization?: string;
  /** When its token ends; absent before one was imported. */
  readonly tokenExpiresAt?: number;
  /** When its list of devices was last read to the end. */
  readonly syncedAt?: number;
  readonly nextAt: number;
  readonly trouble?: { readonly code: string; readonly message: string; readonly since: number };
  readonly counts?: StandingCounts;
}

interface Ports {
  readonly store: Store;
  readonly reconciler: Pick<Reconciler, "current">;
}

/** All servers, with counts where they can be worked out. */
export async function viewServers(
  ports: Ports,
  standing: ((server: string) => Promise<Standing>) | undefined,
): Promise<EnrollmentServersView> {
  const rows = await listServers(ports.store);
  const servers: EnrollmentServerView[] = [];
  for (const row of rows) {
    const stands = row.tokenExpiresAt === null ? undefined : await standing?.(row.name);
    servers.push({ ...viewOf(row), ...(stands === undefined ? {} : { counts: countsOf(stands) }) });
  }
  return { servers, unknown: unknownServers(ports, rows) };
}

/** The counts alone. */
export function countsOf({ wanted: _wanted, ...counts }: Standing): StandingCounts {
  return counts;
}

function viewOf(row: EnrollmentServerRow): EnrollmentServerView {
  const { name, serverName, organization, tokenExpiresAt, syncedAt, nextAt, troubleCode, trouble } = row;
  return {
    name,
    nextAt,
    ...(serverName === null ? {} : { serverName }),
    ...(organization === null ? {} : { organization }),
    ...(tokenExpiresAt === null ? {} : { tokenExpiresAt }),
    ...(syncedAt === null ? {} : { syncedAt }),
    ...(trouble === null || troubleCode === null
      ? {}
      : { trouble: { code: troubleCode, message: trouble, since: row.troubleSince ?? 0 } }),
  };
}

function unknownServers({ reconciler }: Ports, rows: readonly EnrollmentServerRow[]): readonly string[] {
  const named = reconciler.current()?.compiled.enrollments.map((one) => one.server) ?? [];
  const known = new Set(rows.filter((one) => one.tokenExpiresAt !== null).map((one) => one.name));
  return [...new Set(named)].filter((name) => !known.has(name)).sort();
}

const warnDays = 60;

/** What a person should do about servers of Apple's portals. */
export async function serverWarnings(ports: Ports, now: number): Promise<StatusView["warnings"]> {
  const rows = await listServers(ports.store);
  const unknown = unknownServers(ports, rows).map((name) => ({
    message: `AutomatedEnrollment names the server ${name}, whose token was not imported`,
    hint: `reeve apple enrollment-key ${name}`,
  }));
  return [...unknown, ...rows.flatMap((row) => [...tokenWarnings(row, now), ...troubleWarnings(row)])];
}

function tokenWarnings({ name, tokenExpiresAt }: EnrollmentServerRow, now: number): StatusView["warnings"] {
  if (tokenExpiresAt === null) return [];
  const days = daysLeft(tokenExpiresAt, now);
  if (days > warnDays) return [];
  const ends = days < 0 ? `expired ${-days} days ago: new devices are not seen` : `expires in ${days} days`;
  return [
    { message: `the token of the server ${name} ${ends}`, hint: `reeve apple enrollment-import ${name}` },
  ];
}

function troubleWarnings({ name, trouble }: EnrollmentServerRow): StatusView["warnings"] {
  return trouble === null
    ? []
    : [{ message: `the server ${name}: ${trouble}`, hint: "reeve apple enrollment-status" }];
}

/** What stands in the way of single devices, as the last round saw it. */
export function deviceWarnings(counts: ReadonlyMap<string, StandingCounts>): StatusView["warnings"] {
  return [...counts].flatMap(([name, { conflicts, outcomes }]) => {
    const refused = (outcomes.NOT_ACCESSIBLE ?? 0) + (outcomes.FAILED ?? 0);
    const found = [
      [conflicts, "are meant by several AutomatedEnrollments of one priority: what is assigned stays"],
      [refused, "did not take their enrollment profile at Apple; they are tried again"],
    ] as const;
    return found.flatMap(([devices, what]) =>
      devices === 0
        ? []
        : [{ message: `${devices} of the server ${name} ${what}`, hint: "reeve apple enrollment-status" }],
    );
  });
}
