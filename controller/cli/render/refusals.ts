import type { HoldView, LeftOut } from "../../loop/hold-view.ts";
import { clean, count, counted } from "./text.ts";

/** `without MAC-01, MAC-02 and 3 more: …`, a line for each reason; of an act that is refused whole `refused`. */
export function refusalLines({
  refusals = [],
  moreReasons = 0,
  status,
}: LeftOut & Partial<Pick<HoldView, "status">>): readonly string[] {
  const isWhole = status === "would be refused";
  const lines = refusals.map(({ reason, count: number, devices }) => {
    const left = number - devices.length;
    const names = `${devices.map(clean).join(", ")}${left > 0 ? ` and ${count(left)} more` : ""}`;
    const which = number === 0 ? "refused" : `${isWhole ? "refused for" : "without"} ${names}`;
    return `${which}: ${clean(reason)}`;
  });
  return moreReasons === 0 ? lines : [...lines, `and others for ${counted(moreReasons, "more reason")}`];
}
