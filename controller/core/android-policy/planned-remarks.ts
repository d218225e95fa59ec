import type { Compiled } from "../compiled.ts";
import type { Granted } from "../granted.ts";
import type { GroupPlan, Line } from "../plan.ts";
import { overruledTexts, type PolicyRemarks, refusedText, remarksOn } from "./remarks.ts";

/**
 * Plans with what shows in the one policy of Android devices: an item that Google would refuse the policy for, and
 * values of an item that another decides. Each granted state is rendered once.
 */
export function plannedRemarks(compiled: Compiled): (part: GroupPlan) => GroupPlan {
  const known = new WeakMap<Granted, PolicyRemarks>();
  return (part) => {
    const { granted } = part.meant;
    const remarks = known.get(granted) ?? remarksOn(granted, (digest) => compiled.contents.get(digest));
    known.set(granted, remarks);
    if (remarks.faults.length === 0 && remarks.overruled.length === 0) return part;
    const policyOf = (key: string): string => granted.items.find((item) => item.key === key)?.policy ?? "";
    const refused = remarks.faults.flatMap((fault) =>
      fault.items.map((key): Line => {
        return { action: "conflict", key, policy: policyOf(key), reason: refusedText(fault) };
      }),
    );
    return { ...part, actions: [...part.actions.map((line) => withOverruled(line, remarks)), ...refused] };
  };
}

const mostNamed = 3;

function withOverruled(line: Line, remarks: PolicyRemarks): Line {
  if (line.action !== "install" && line.action !== "update") return line;
  const decides = remarks.overruled
    .filter(({ by }) => by === line.key)
    .map(({ path, item }) => `decides ${path} instead of ${item}`);
  const texts = [...overruledTexts(remarks, line.key), ...decides];
  if (texts.length === 0) return line;
  const more = texts.length > mostNamed ? ` and ${texts.length - mostNamed} more values are` : "";
  const reason = [line.reason, texts.slice(0, mostNamed).join(", ") + more].filter(Boolean).join("; ");
  return { ...line, reason };
}
