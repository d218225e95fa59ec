import type { Transport, TransportRequest, TransportResponse } from "../simulator/transport.ts";

/** One burst: all devices' next requests, sent at full speed. */
export interface Stage {
  readonly ms: number;
  readonly requests: readonly TransportRequest[];
  readonly responses: readonly TransportResponse[];
}

/** Sends prepared requests at full speed; the answers in their order. */
export type Burst = (requests: readonly TransportRequest[]) => Promise<Omit<Stage, "requests">>;

/** A transport whose requests wait until `run` sends them, so that what devices compute in between is not measured. */
export interface StagedTransport {
  readonly transport: Transport;
  /** Lets devices work and sends their requests in bursts, until all work is done. The bursts. */
  readonly run: (work: readonly (() => Promise<unknown>)[]) => Promise<readonly Stage[]>;
}

interface Waiting {
  readonly request: TransportRequest;
  readonly resolve: (response: TransportResponse) => void;
}

/** Devices of a simulated fleet take turns with the server: they all compute, then they all send. */
export function stagedTransport(burst: Burst): StagedTransport {
  let waiting: Waiting[] = [];
  let working = 0;
  let turn: (() => void) | undefined;

  /** When nobody computes any more, all that are left wait for an answer. */
  function rest(): void {
    working -= 1;
    if (working === 0) turn?.();
  }

  async function run(work: readonly (() => Promise<unknown>)[]): Promise<readonly Stage[]> {
    const stages: Stage[] = [];
    const failures: unknown[] = [];
    working = work.length;
    const resting = () =>
      new Promise<void>((resolve) => {
        turn = resolve;
        if (working === 0) resolve();
      });
    for (const one of work)
      void one()
        .catch((error: unknown) => failures.push(error))
        .finally(rest);
    for (await resting(); waiting.length > 0; await resting()) {
      const batch = waiting;
      waiting = [];
      const requests = batch.map((one) => one.request);
      const sent = await burst(requests);
      stages.push({ ...sent, requests });
      working = batch.length;
      for (const [index, one] of batch.entries()) one.resolve(sent.responses[index] as TransportResponse);
    }
    if (failures.length > 0) throw failures[0];
    return stages;
  }

  return {
    run,
    transport: (request) =>
      new Promise((resolve) => {
        waiting.push({ request, resolve });
        rest();
      }),
  };
}
