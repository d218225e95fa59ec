import { UserError } from "../errors.ts";
import { openDatabase } from "../store/db.ts";
import { changeGate, type GateChange, type GateSettings, readGateSettings } from "../store/gate-settings.ts";
import { requireSchema } from "../store/migrate.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { count, counted } from "./render/text.ts";
import { timespan } from "./render/time.ts";
import type { Session } from "./session.ts";

/** Shows what the gate of the database goes by, after changing what was given; as the owner of the schema. */
export async function gate(session: Session, change: GateChange): Promise<ExitCode> {
  const { store } = await session.loadConfig();
  if (store.ownerUrl === undefined) {
    throw new UserError("no-owner", "this needs the connection of the role that owns the schema", {
      hint: "Give it with REEVE_STORE__OWNER_URL or store.ownerUrlFile, on a machine that is not the daemon's.",
    });
  }
  const owner = openDatabase({ connectionString: store.ownerUrl.reveal(), max: 1 });
  try {
    await requireSchema(owner);
    await changeGate(owner, change);
    const view = await readGateSettings(owner);
    await session.show({ ...view }, () => text(view));
  } finally {
    await owner.close();
  }
  return exitCodes.inOrder;
}

function text(view: GateSettings): string {
  const { budget, daily } = view;
  return [
    `Destroyed     ${budget.percent} % of the fleet in ${timespan(budget.windowMs)}, at least 1 device, at most ${count(budget.devices)}`,
    `              ${daily.percent} % in a day, or ${counted(daily.devices, "device")} where that is more`,
    `Disrupted     at most ${counted(view.disruptive, "device")} in an hour without an approval`,
    `Cool-off      ${view.coolOffMs === 0 ? "none" : timespan(view.coolOffMs)} on more than one device`,
    `Canary        the first of more than ${counted(view.canary, "device")} goes ahead`,
    `In a row      more than ${counted(view.approvals, "act")} that destroy, approved by one person within 20 minutes, engage the breaker`,
    `Solo          ${view.solo ? "on: the author may approve alone, an hour later, one device in an hour" : "off"}`,
    `Break-glass   ${view.breakGlass ? "on: one device in 24 hours" : "off"}`,
    "",
  ].join("\n");
}
