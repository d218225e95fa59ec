import { monitorEventLoopDelay } from "node:perf_hooks";

/** The longest times for which an event loop did nothing else, ms. */
export interface Blocks {
  /** By the clock; on a busy machine also the time in which another process ran on this core. */
  readonly wall: number;
  /** In CPU time of the loop's own thread, which other processes do not lengthen. At most one interval too long. */
  readonly cpu: number;
}

const intervalMs = 5;

/** Watches the event loop of this thread until the returned function is called. */
export function watchLoop(): () => Blocks {
  const delay = monitorEventLoopDelay({ resolution: intervalMs });
  let cpu = 0;
  let last = process.threadCpuUsage();
  // Between two calls the loop went once around: what it used meanwhile, it used in one go or nearly so.
  const look = (): void => {
    const now = process.threadCpuUsage();
    cpu = Math.max(cpu, (now.user + now.system - last.user - last.system) / 1_000);
    last = now;
  };
  const timer = setInterval(look, intervalMs);
  delay.enable();
  return () => {
    clearInterval(timer);
    delay.disable();
    look();
    return { wall: delay.max / 1e6, cpu };
  };
}
