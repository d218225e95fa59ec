import type { CountedBudget } from "../core/ports.ts";

/** The devices that budgets have counted within their window, up to the database's time: a part of a `with`. */
export function countedDevices(clock: string, windowMs: string): string {
  return `counted as materialized (
    select distinct budget, device from reeve.budget_use
    where budget in ('removals', 'isolating') and at > reeve.now_ms(${clock}) - ${windowMs}::bigint
  )`;
}

/** True for a device that is among these. */
export function isCounted(budget: CountedBudget, device: string): string {
  return `${device} in (select k.device from counted k where k.budget = '${budget}')`;
}
