import type { X509Certificate } from "node:crypto";
import type { BusinessSession } from "../../apple/portal/business-session.ts";
import type { Ask } from "../../apple/portal/capped-fetch.ts";
import type { Clock } from "../../core/ports.ts";
import type { Store } from "../../store/open.ts";
import { devicePaths, type EnrollPorts, nameOf } from "../enroll.ts";
import type { Reconciler } from "../reconciler.ts";
import type { BusinessPorts } from "./business.ts";
import { createEnrollmentPortals, type EnrollmentPortals } from "./enrollment-portals.ts";
import { mayAct } from "./may-act.ts";
import { createPortalList } from "./portal-list.ts";
import { releaseRetired } from "./release-retired.ts";
import { createActivityWatch } from "./watch-activities.ts";

/** How Apple's portals are reached. */
export interface PortalParts {
  readonly serviceUrl: string;
  readonly ask: Ask;
  readonly intervalMs: number;
  /** Who issues the certificates by which devices sign their MachineInfo. */
  readonly authorities: readonly X509Certificate[];
  /** The API of Apple Business or School Manager; absent without a client for it. */
  readonly business?: BusinessSession;
}

/** The portals over a store; nothing is asked of them before the first tick. */
export function openPortals(
  store: Store,
  clock: Clock,
  { business: session, ...parts }: PortalParts,
  reconciler: Reconciler,
  enroll: EnrollPorts,
): { readonly portals: EnrollmentPortals; readonly business: BusinessPorts | undefined } {
  const lists = createEnrollmentPortals({
    store,
    clock,
    ...parts,
    enrollments: () => reconciler.current()?.compiled.enrollments,
    mayAct: () => mayAct(reconciler),
    placeOf: (server) => ({
      organization: nameOf(enroll),
      url: `${enroll.publicUrl()}${devicePaths.automated}/${server}`,
      anchors: enroll.roots,
    }),
  });
  const releasing = { store, clock, mayAct: () => mayAct(reconciler) };
  if (session === undefined) {
    const tick = async (): Promise<void> => {
      await lists.tick();
      await releaseRetired({ ...releasing, business: undefined });
    };
    return { portals: { ...lists, tick }, business: undefined };
  }
  const list = createPortalList({ store, clock, session });
  const business = { store, clock, session, list, halted: () => reconciler.latches().halted };
  const watch = createActivityWatch(business);
  const tick = async (): Promise<void> => {
    await watch();
    await list.tick();
    await lists.tick();
    await releaseRetired({ ...releasing, business });
  };
  return { portals: { ...lists, tick }, business };
}
