/** What goes wrong with requests that match: once, unless `times` says more. */
export type RequestFault = {
  /** `enterprises.policies.patch`; any method when it is not said. */
  readonly method?: string;
  /** The path begins so. */
  readonly path?: string;
  /** The first so many that match pass unharmed. */
  readonly skip?: number;
  readonly times?: number;
  /** Answered instead of what was asked for, which does not happen. */
  readonly answer?: { readonly status: number; readonly body?: unknown };
  /** The answer is held back for so many milliseconds of the emulator's clock; its effect is not. */
  readonly delayMs?: number;
  /** The connection breaks: before anything happened, or after it happened and before its answer. */
  readonly drop?: "before-commit" | "after-commit";
};

export type RequestFaults = {
  add(fault: RequestFault): void;
  /** The fault of a request, if it has one; this counts as one of its times. */
  take(method: string | undefined, path: string): RequestFault | undefined;
  clear(): void;
};

export function openRequestFaults(): RequestFaults {
  let waiting: { readonly fault: RequestFault; skip: number; left: number }[] = [];
  return {
    add: (fault) => void waiting.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 }),
    take(method, path) {
      for (const one of waiting) {
        const { fault } = one;
        const isMeant =
          (fault.method === undefined || fault.method === method) && path.startsWith(fault.path ?? "");
        if (!isMeant || one.left === 0) continue;
        if (one.skip > 0) {
          one.skip -= 1;
          continue;
        }
        one.left -= 1;
        return fault;
      }
      return undefined;
    },
    clear() {
      waiting = [];
    },
  };
}

/** A short answer in Google's form for a fault, such as 503 UNAVAILABLE. */
export function googleFault(
  code: number,
  status: string,
  message: string,
): NonNullable<RequestFault["answer"]> {
  return { status: code, body: { error: { code, message, status } } };
}
