import { Stalled } from "../../errors.ts";
import {
  forgetTokens,
  knownTokens,
  longestCallMs,
  type TokenRow,
  tokenGone,
  unsettledTokens,
} from "../../store/android-tokens.ts";
import { appendEvents } from "../../store/events.ts";
import type { AndroidPorts } from "./ports.ts";
import type { ListedToken } from "./token-calls.ts";

type SettlePorts = Pick<AndroidPorts, "store" | "clock" | "tokens">;

/**
 * True afterwards: Google has none of the tokens that nobody wants any more, and none that was made by a call of
 * which the answer was lost, as far as it can be told from others'. Errors are those of `failureOf`.
 */
export async function settleTokens(ports: SettlePorts): Promise<void> {
  const { store, clock, tokens } = ports;
  const rows = await unsettledTokens(store, clock());
  if (rows.length === 0) return;
  for (const { id, name } of rows) {
    if (name === undefined) continue;
    try {
      await tokens.delete(name);
    } catch (error) {
      // Nobody at Google calls a token so: somebody wrote it into the database.
      if (!(error instanceof Stalled) || error.code !== "google-name") throw error;
      const message = `token ${id} is not taken back: ${error.message}`;
      await appendEvents(store, [{ type: "gate.name", at: clock(), message }]);
    }
    await tokenGone(store, id, true);
  }
  const lost = rows.filter((row) => row.name === undefined);
  if (lost.length > 0) await findLost(ports, lost);
  await forgetTokens(store, clock());
}

async function findLost(ports: SettlePorts, lost: readonly TokenRow[]): Promise<void> {
  const { store, clock, tokens } = ports;
  const listed = await tokens.list();
  const known = await knownTokens(
    store,
    listed.map((one) => one.name),
  );
  let strange = listed.filter((one) => !known.has(one.name));
  for (const row of lost) {
    const found = strange.filter((one) => couldBe(row, one));
    const claims = lost.filter((other) => found.some((one) => couldBe(other, one)));
    // Nobody was given its value. Where there are more than were lost, they are left to end by themselves.
    const areOurs = found.length <= claims.length;
    if (areOurs) {
      for (const { name } of found) await tokens.delete(name);
      strange = strange.filter((one) => !found.includes(one));
    }
    await tokenGone(store, row.id, !areOurs);
    if (found.length === 0) continue;
    const message = areOurs
      ? `token ${row.id}, of which Google's answer was lost, is taken back`
      : `token ${row.id}: Google's answer was lost, and ${found.length} unknown tokens may be it; none is touched`;
    await appendEvents(store, [{ type: "enrollment.revoked", at: clock(), message }]);
  }
}

/** Google's clock and this one may differ by so much. */
const clocksMs = 30_000;

/**
 * Google's list does not say what goes with a token. What is the same: what it allows, and that it was made, for as
 * long as it is good, while the call was under way.
 */
function couldBe(row: TokenRow, listed: ListedToken): boolean {
  if (listed.usage !== row.usage) return false;
  const madeAt = listed.expiresAt - (row.expiresAt - row.createdAt);
  const until = row.lostAt ?? row.createdAt + longestCallMs;
  return madeAt >= row.createdAt - clocksMs && madeAt <= until + clocksMs;
}
