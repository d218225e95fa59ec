import type { HoldView } from "../loop/hold-view.ts";
import type { ActStop } from "../loop/latches.ts";
import type { RefusedAct } from "../loop/refused-acts.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { renderHolds } from "./render/holds.ts";
import type { Session } from "./session.ts";

interface Held {
  readonly holds: readonly HoldView[];
  readonly ready?: readonly HoldView[];
  readonly refused?: readonly RefusedAct[];
  readonly stopped?: readonly ActStop[];
}

/** Acts that a guard has stopped and that wait for an approval. */
export async function holds(session: Session, all: boolean): Promise<ExitCode> {
  const view = await (await session.client()).get<Held>("/v1/holds");
  await session.show(view, (one, look) => renderHolds(one.holds, look, all, one));
  return exitCodes.inOrder;
}
