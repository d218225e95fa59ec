import type { DeviceError } from "../core/report.ts";
import { errorChain } from "./report-message.ts";
import { dictAt, isDict, listAt, type PlistDict, textAt } from "./wire/plist.ts";

/** What was refused of a Settings command: it is acknowledged as a whole, and each setting has a status of its own. */
export function settingErrors(body: PlistDict): readonly DeviceError[] {
  const single = dictAt(body, "Settings");
  const results = (single === undefined ? (listAt(body, "Settings") ?? []) : [single])
    .slice(0, 50)
    .filter(isDict);
  const failed = results.filter((one) => (textAt(one, "Status") ?? "Acknowledged") !== "Acknowledged");
  return failed.flatMap((one) => {
    const chain = errorChain(one);
    return chain.length > 0 ? chain : [{ domain: "Settings", code: 0, text: "a setting was refused" }];
  });
}
