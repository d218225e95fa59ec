import type { Diagnostic } from "../diagnostic.ts";
import type { AnyManifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { problem } from "./problem.ts";

/**
 * An erased device that shall come back by itself needs a network for it (Apple: "Erase a Device", ReturnToService).
 * A warning, for some stand on Ethernet.
 */
export function checkReturns(context: CheckContext): readonly Diagnostic[] {
  return context.of("Operation").flatMap((operation) => {
    const back = operation.spec.act.wipe?.returnToService;
    if (back === undefined || back.wifi !== undefined) return [];
    return [
      problem(operation as AnyManifest, ["spec", "act", "wipe", "returnToService"], {
        severity: "warning",
        rule: "return-without-network",
        message:
          "an erased device that is not on Ethernet stands at its setup, without a network to come back through",
        detail: ["Name the network: returnToService: {wifi: {ssid: …, password: …}}."],
      }),
    ];
  });
}
