/**
 * Time for devices. The real world uses timers; the virtual one has an event queue that moves only when a
 * test says so, one task after the other, so that the same seed always gives the same history.
 */
export type World = {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs the task `ms` from now; the returned function cancels it. */
  after(ms: number, task: () => unknown): () => void;
  /** Waits inside a task. In a virtual world other tasks go on meanwhile. */
  sleep(ms: number): Promise<void>;
  /** Runs work that did not come from `after` so that a virtual world knows of it. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Cancels everything that is still planned. */
  stop(): void;
};

export type VirtualWorld = World & {
  /** Lets `ms` pass: every task due by then has run, in order of time, and come to rest. */
  advance(ms: number): Promise<void>;
  /** Runs until nothing is planned, at most `limitMs` of virtual time. The time that passed. */
  settle(limitMs: number): Promise<number>;
  /** Tasks planned. */
  pending(): number;
};

/** The clock and the timers of this process. Timers that are pending do not keep the process alive. */
export function realWorld(): World {
  const timers = new Set<NodeJS.Timeout>();
  function after(ms: number, task: () => unknown): () => void {
    let cancel = (): void => {};
    // A timer of Node that is to wait for longer fires at once.
    const step = Math.min(ms, 2 ** 31 - 1);
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (ms > step) cancel = after(ms - step, task);
      else void task();
    }, step);
    timer.unref();
    timers.add(timer);
    return () => {
      clearTimeout(timer);
      timers.delete(timer);
      cancel();
    };
  }
  return {
    now: () => Date.now(),
    after,
    sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
    run: (work) => work(),
    stop() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

type Planned = { readonly at: number; readonly order: number; readonly task: () => unknown };

/** A world that starts at `start` (epoch ms) and stands still until it is advanced. */
export function virtualWorld(start = Date.UTC(2026, 10, 20, 8)): VirtualWorld {
  let now = start;
  let order = 0;
  let busy = 0;
  let atRest: (() => void) | undefined;
  let failure: { readonly error: unknown } | undefined;
  const queue = eventQueue();

  function after(ms: number, task: () => unknown): () => void {
    const planned = { at: now + Math.max(0, ms), order: order++, task };
    queue.push(planned);
    return () => queue.remove(planned);
  }
  function leave(): void {
    busy--;
    if (busy === 0) atRest?.();
  }
  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      after(ms, () => {
        busy++;
        resolve();
      });
      leave();
    });
  }
  async function run<T>(work: () => Promise<T>): Promise<T> {
    busy++;
    try {
      return await work();
    } finally {
      leave();
    }
  }
  function rest(): Promise<void> {
    return new Promise((resolve) => {
      if (busy === 0) return resolve();
      atRest = () => {
        atRest = undefined;
        resolve();
      };
    });
  }
  async function step(planned: Planned): Promise<void> {
    now = Math.max(now, planned.at);
    failure = undefined;
    void run(async () => {
      try {
        await planned.task();
      } catch (error) {
        failure ??= { error };
      }
    });
    await rest();
    throwFailure();
  }
  function throwFailure(): void {
    if (failure !== undefined) throw failure.error;
  }
  async function advance(ms: number): Promise<void> {
    const until = now + ms;
    await rest();
    for (let next = queue.takeBy(until); next !== undefined; next = queue.takeBy(until)) await step(next);
    now = until;
  }
  async function settle(limitMs: number): Promise<number> {
    const begun = now;
    await rest();
    for (let next = queue.takeBy(begun + limitMs); next; next = queue.takeBy(begun + limitMs))
      await step(next);
    return now - begun;
  }
  return {
    now: () => now,
    after,
    sleep,
    run,
    stop: () => queue.clear(),
    advance,
    settle,
    pending: () => queue.size(),
  };
}

/** A binary heap by (time, order); entries that no longer wait are skipped when they come up. */
function eventQueue() {
  const heap: Planned[] = [];
  const waiting = new Set<Planned>();
  const before = (a: Planned, b: Planned) => a.at < b.at || (a.at === b.at && a.order < b.order);

  function swap(i: number, j: number): void {
    const held = heap[i] as Planned;
    heap[i] = heap[j] as Planned;
    heap[j] = held;
  }
  function push(planned: Planned): void {
    waiting.add(planned);
    let i = heap.push(planned) - 1;
    for (let up = (i - 1) >> 1; i > 0 && before(planned, heap[up] as Planned); up = (i - 1) >> 1) {
      swap(i, up);
      i = up;
    }
  }
  function pop(): Planned | undefined {
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    heap[0] = last;
    for (let i = 0; ; ) {
      let least = i;
      for (const down of [2 * i + 1, 2 * i + 2])
        if (down < heap.length && before(heap[down] as Planned, heap[least] as Planned)) least = down;
      if (least === i) return top;
      swap(i, least);
      i = least;
    }
  }
  function takeBy(until: number): Planned | undefined {
    while (heap[0] !== undefined && (!waiting.has(heap[0]) || heap[0].at <= until)) {
      const planned = pop() as Planned;
      if (waiting.delete(planned)) return planned;
    }
    return undefined;
  }
  return {
    push,
    takeBy,
    remove: (planned: Planned) => void waiting.delete(planned),
    size: () => waiting.size,
    clear() {
      heap.length = 0;
      waiting.clear();
    },
  };
}
