import { inSlices } from "../slices.ts";

/** Collects concurrent calls into batches, so that any number of them costs few statements. */
export interface Batcher<In, Out> {
  readonly add: (item: In) => Promise<Out>;
  /** Resolves when everything that was added before has been answered. */
  readonly idle: () => Promise<void>;
}

interface Waiting<In, Out> {
  readonly item: In;
  readonly resolve: (out: Out) => void;
  readonly reject: (error: unknown) => void;
}

export interface BatchOptions<In, Out> {
  /** Answers a batch, in its order. An error that `isShared` does not accept makes each item be tried alone. */
  readonly run: (items: readonly In[]) => Promise<readonly Out[]>;
  /** True for errors that would befall each item alone as well, such as a database that is down. */
  readonly isShared: (error: unknown) => boolean;
  /** The most items of one batch. */
  readonly size: number;
  /** How many batches may be under way at once. */
  readonly lanes: number;
}

/** While a batch is under way others collect; the first call of a quiet time waits only for the current tick. */
export function createBatcher<In, Out>(options: BatchOptions<In, Out>): Batcher<In, Out> {
  const waiting: Waiting<In, Out>[] = [];
  let running = 0;
  let scheduled = false;
  let quiet: (() => void)[] = [];

  function schedule(): void {
    if (scheduled || running >= options.lanes || waiting.length === 0) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      void drain();
      schedule();
    });
  }

  async function drain(): Promise<void> {
    const batch = waiting.splice(0, options.size);
    if (batch.length === 0) return;
    running += 1;
    await settle(batch);
    running -= 1;
    schedule();
    if (running === 0 && waiting.length === 0) {
      for (const resolve of quiet) resolve();
      quiet = [];
    }
  }

  async function settle(batch: readonly Waiting<In, Out>[]): Promise<void> {
    try {
      const results = await options.run(batch.map((one) => one.item));
      for await (const [index, one] of inSlices(batch.entries())) one.resolve(results[index] as Out);
    } catch (error) {
      if (batch.length === 1 || options.isShared(error)) {
        for (const one of batch) one.reject(error);
      } else {
        // One of them is poisoned: halves find it in few steps, and the others are not harmed.
        const middle = batch.length >> 1;
        await settle(batch.slice(0, middle));
        await settle(batch.slice(middle));
      }
    }
  }

  function add(item: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      schedule();
    });
  }

  function idle(): Promise<void> {
    if (running === 0 && waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => quiet.push(resolve));
  }

  return { add, idle };
}
