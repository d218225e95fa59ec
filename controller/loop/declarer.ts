import type { Compiled } from "../core/compiled.ts";
import { declareDevices } from "../store/declared.ts";
import type { Store } from "../store/open.ts";
import { declarationsOf } from "./admit.ts";

/** Takes what manifests say of devices into their records. */
export interface Declarer {
  /** All devices, unless they were compared with this policy set a short while ago. */
  readonly all: (compiled: Compiled, now: number) => Promise<void>;
  /** Those that came, or reported something else. */
  readonly only: (compiled: Compiled, devices: readonly string[], now: number) => Promise<void>;
  /** The next `all` compares in any case. */
  readonly forget: () => void;
}

const againMs = 15 * 60_000;

/** Whoever comes or changes is declared at once; a register of a whole fleet is not read again every minute. */
export function createDeclarer(store: Store): Declarer {
  let last: { readonly compiled: Compiled; readonly at: number } | undefined;
  const declare = (compiled: Compiled, options: { readonly at: number; readonly only?: readonly string[] }) =>
    declareDevices(store, declarationsOf(compiled.devices), compiled.references, options);
  return {
    async all(compiled, now) {
      if (last?.compiled === compiled && now >= last.at && now - last.at < againMs) return;
      await declare(compiled, { at: now });
      last = { compiled, at: now };
    },
    async only(compiled, devices, now) {
      await declare(compiled, { at: now, only: devices });
    },
    forget() {
      last = undefined;
    },
  };
}
