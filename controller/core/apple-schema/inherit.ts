import { type OsGate, type OsGates, systems } from "./schema.ts";

/** The gates of a key: those above it, with what its own change. */
export function inheritGates(above: OsGates, own: OsGates | undefined): OsGates {
  if (own === undefined) return above;
  const gates: { -readonly [S in keyof OsGates]: OsGate } = { ...above };
  for (const system of systems) {
    const change = own[system];
    if (change !== undefined) gates[system] = inheritGate(above[system], change);
  }
  return gates;
}

function inheritGate(above: OsGate | undefined, own: OsGate): OsGate {
  if (above?.introduced === "n/a") return above;
  const sharedIpad = { ...above?.sharedIpad, ...own.sharedIpad };
  return { ...above, ...own, ...(Object.keys(sharedIpad).length === 0 ? {} : { sharedIpad }) };
}
