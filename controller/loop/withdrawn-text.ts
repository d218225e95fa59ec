import type { Withdrawn } from "../store/withdrawals.ts";

/** What a withdrawal did, as the end of a sentence. */
export function withdrawnText({ cancelled, stopped, sent }: Withdrawn): string {
  const parts = [
    ...(cancelled > 0 ? [`not sent to ${devices(cancelled)}`] : []),
    ...(stopped > 0 ? [`not sent again to ${devices(stopped)}, which did not answer`] : []),
    ...(sent > 0 ? [`sent to ${devices(sent)} before`] : []),
  ];
  return parts.length === 0 ? "nothing was left of it" : parts.join(", ");
}

function devices(count: number): string {
  return `${count} device${count === 1 ? "" : "s"}`;
}
