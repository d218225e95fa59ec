import { explain } from "../core/explain.ts";
import { wavesOf } from "../core/seen-policies.ts";
import type { DeviceRow } from "../store/devices.ts";
import { listFailingUsers, listUsers } from "../store/users.ts";
import { situationOf } from "./converse.ts";
import type { UserExplainView, UserView } from "./user-views.ts";
import type { Looking } from "./view-devices.ts";
import type { StatusView } from "./views.ts";
import { exemptionTime } from "./window-clock.ts";

/** The users of a device who have a channel of their own. */
export async function viewUsers({ store }: Looking, device: string): Promise<readonly UserView[]> {
  const users = await listUsers(store, device);
  return users.map(({ channel, name, lastSeenAt }) => ({ channel, name: name ?? channel, lastSeenAt }));
}

/** Why each user of a device has what he has on his channel. */
export async function explainUsers(looking: Looking, device: DeviceRow): Promise<readonly UserExplainView[]> {
  const { store, reconciler, clock, renewBeforeMs } = looking;
  const compiled = reconciler.current()?.compiled;
  if (compiled === undefined) return [];
  const found: UserExplainView[] = [];
  const exemptAt = await exemptionTime(store, compiled, clock());
  for (const { channel, name, address, lastSeenAt } of await listUsers(store, device.id)) {
    const row = await store.channels.read(channel);
    if (row === undefined) continue;
    const { facts, named } = device;
    const waves = wavesOf(compiled, device.id);
    const subject = { facts, named, channel: "user", user: address, waves } as const;
    const told = explain(compiled, subject, situationOf(row, new Set(), renewBeforeMs), clock(), exemptAt);
    found.push({ channel, name: name ?? channel, lastSeenAt, items: told.items, next: told.next });
  }
  return found;
}

/** Users that a warning names. */
const mostNamed = 3;

/** Conditions are those of devices; what fails for their users is told beside them. */
export async function failingUsers({ store }: Looking): Promise<StatusView["warnings"]> {
  const { count, first } = await listFailingUsers(store, mostNamed);
  const [one] = first;
  if (one === undefined) return [];
  const users = count === 1 ? "1 user has" : `${count} users have`;
  const names = first.map(({ user, device }) => `${user} on ${device}`).join(", ");
  const more = count > first.length ? ` and ${count - first.length} more` : "";
  const message = `${users} a profile that fails on their channel: ${names}${more}`;
  return [{ message, hint: `reeve explain ${one.word}` }];
}
