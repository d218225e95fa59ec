import type { Granted } from "../core/granted.ts";
import { loadInterned } from "../store/interned.ts";
import type { Lease } from "../store/leader.ts";
import { licensedBundles } from "../store/licence-counts.ts";
import {
  changeLicences,
  type GrantedApp,
  grantedStates,
  type LooseLicence,
  looseLicences,
  wantLicences,
} from "../store/licences.ts";
import type { Store } from "../store/open.ts";

/** What of the licences has to be asked for or given back, as devices are granted apps. */
export interface Wishes {
  /** How many licences were not wanted before. */
  readonly fresh: number;
  /** Held by devices that are not granted the app any more, by item: only what reeve associated. */
  readonly returns: ReadonlyMap<string, readonly string[]>;
}

/**
 * Compares the licences with what devices are granted. What a guard keeps is granted still, and keeps its licence; so
 * does what its user is left with. What reeve did not associate is forgotten and stays.
 */
export async function findWishes(store: Store, now: number, lease: Lease): Promise<Wishes> {
  const ids = await grantedStates(store);
  const record = await loadInterned(store, store.interned, ids);
  const bundles = await licensedBundles(store);
  const apps = ids.flatMap((id) => appsOf(id, record(id)?.body as Granted | undefined, bundles));
  const wanted = await wantLicences(
    store,
    apps.filter((app) => app.adamId !== undefined),
    now,
  );
  const loose = await looseLicences(store, apps, now);
  const forgotten = loose.filter((one) => one.status === "wanted" || !one.ours);
  for (const [adamId, serials] of byItem(forgotten))
    await changeLicences(store, { adamId, serials, to: "gone" }, now, lease);
  const returns = byItem(loose.filter((one) => one.status === "assigned" && one.ours));
  return { fresh: wanted.length, returns };
}

function appsOf(
  granted: string,
  body: Granted | undefined,
  bundles: ReadonlySet<string>,
): readonly GrantedApp[] {
  if (body === undefined) return [];
  const given = body.items.flatMap((item): GrantedApp[] => {
    if (item.kind !== "App") return [];
    if (item.licence !== undefined && body.sends === "all")
      return [{ granted, bundle: item.id, adamId: item.licence }];
    return bundles.has(item.id) ? [{ granted, bundle: item.id }] : [];
  });
  const left = [
    ...(body.leftAlone ?? []).flatMap((item) => (item.kind === "App" ? [item.id] : [])),
    ...(body.letGo ?? []).flatMap((id) => (id.startsWith("App/") ? [id.slice("App/".length)] : [])),
  ];
  return [...given, ...left.filter((one) => bundles.has(one)).map((bundle) => ({ granted, bundle }))];
}

function byItem(licences: readonly LooseLicence[]): ReadonlyMap<string, readonly string[]> {
  const groups = Map.groupBy(licences, (one) => one.adamId);
  return new Map([...groups].map(([adamId, all]) => [adamId, all.map((one) => one.serial)]));
}
