import type { Controller } from "../assemble.ts";
import type { Config } from "../config.ts";
import { noteStanding } from "../loop/concerns.ts";
import { type Notifier, type NotifierPorts, tidyReceivers } from "../loop/notifier.ts";
import { declaredReceivers, mailReceivers, type Receiver } from "../loop/receivers.ts";
import type { Looking } from "../loop/view-devices.ts";
import { viewStatus } from "../loop/view-status.ts";
import type { StatusView } from "../loop/views.ts";
import { type Address, createDeliver } from "../notify/deliver.ts";
import { openPost } from "./open-parts.ts";

/** Who is told, and how; the mail server is the one that invitations go by. */
export function notifierOf(config: Config, { store, reconciler }: Controller): NotifierPorts {
  return {
    store,
    clock: Date.now,
    deliver: createDeliver(openPost(config)),
    digestMs: config.notifications.digest,
    organization: () => reconciler.current()?.compiled.organization.name ?? "reeve",
    receivers: () => {
      const revised = reconciler.current();
      const configured = configuredReceivers(config);
      if (revised === undefined) return { known: configured, areAll: false };
      const { name, notifications } = revised.compiled.organization;
      const declared = declaredReceivers(name, notifications, revised.secrets);
      return { known: [...configured, ...declared], areAll: true };
    },
  };
}

function configuredReceivers({ notifications }: Config): readonly Receiver[] {
  return notifications.receivers.flatMap(({ name, kind, emails, url, signingKey, on }) => {
    const id = `configuration/${name}`;
    if (kind === "email") return mailReceivers(id, name, emails, on);
    const address = (): Address => {
      const where = { kind, url: url?.reveal() ?? "" };
      return kind === "webhook" ? { ...where, kind, key: signingKey?.reveal() } : { ...where, kind };
    };
    return [{ id, name, entries: [name], on, address }];
  });
}

/** What the leader does beside everything else, so that persons hear of it: parts, how often, and the work. */
export function notifyingJobs(
  notifier: Notifier,
  ports: NotifierPorts,
  looking: Looking,
  extras: () => { readonly source: string; readonly warnings: StatusView["warnings"] },
): readonly (readonly [part: string, everyMs: number, work: () => Promise<unknown>])[] {
  return [
    ["notify", 5_000, notifier.look],
    ["receivers", 60 * 60_000, () => tidyReceivers(ports)],
    ["standing", 60_000, async () => noteStanding(looking, await viewStatus(looking, extras()))],
  ];
}
