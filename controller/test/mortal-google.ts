import type { Google } from "../android/google.ts";

/** Reeve's client of Google's, as a process has it: when the process ends, nothing of it goes on. */
export interface MortalGoogle {
  /** What stands between reeve and the client that it has now, for the house. */
  readonly between: (google: Google) => Google;
  /**
   * At the end of the first call after which `isTime` is true, before its answer is heard, `doing` happens. `dies`: the
   * answer is never heard, and no call of this client's begins or ends any more. Resolves afterwards, when none is on
   * its way.
   */
  readonly interrupt: (isTime: () => boolean, how: Interruption) => Promise<void>;
}

interface Interruption {
  readonly dies: boolean;
  readonly doing?: () => Promise<void>;
}

interface Armed extends Interruption {
  readonly isTime: () => boolean;
  readonly happened: () => void;
}

/** A client that may be interrupted; each new one lives. */
export function mortalGoogle(): MortalGoogle {
  let armed: Armed | undefined;
  let life = 0;
  const underway = new Set<Promise<unknown>>();

  async function over(): Promise<void> {
    if (armed?.isTime() !== true) return;
    const { dies, doing, happened } = armed;
    armed = undefined;
    if (dies) life++;
    await doing?.();
    // What has left arrives, as if its process had lived.
    if (dies) await Promise.allSettled(underway);
    happened();
  }

  return {
    interrupt: (isTime, how) =>
      new Promise((resolve) => {
        armed = { ...how, isTime, happened: resolve };
      }),
    between: (google) => {
      const mine = life;
      const isDead = (): boolean => life !== mine;
      const manage: Google["manage"] = async (options, send) => {
        if (isDead()) return never();
        const calling = google.manage(options, (client, common) => {
          if (isDead()) return never();
          const sent = send(client, common);
          underway.add(sent);
          const landed = () => void underway.delete(sent);
          sent.then(landed, landed);
          return sent;
        });
        await calling.catch(() => {});
        if (!isDead()) await over();
        return isDead() ? never() : calling;
      };
      return { ...google, manage };
    },
  };
}

/** A process that has ended hears nothing. */
function never<T>(): Promise<T> {
  return new Promise(() => {});
}
