import type { Db } from "./db.ts";

/** What the owner of the database has allowed the gate. Times in ms. */
export interface GateSettings {
  readonly coolOffMs: number;
  /** What destroys on more devices waits for what becomes of the first. */
  readonly canary: number;
  /** One person who approves more acts that destroy within 20 minutes engages the breaker. */
  readonly approvals: number;
  readonly solo: boolean;
  readonly breakGlass: boolean;
  /** Destroyed within the window and within a day; the smaller, and the greater, of number and share counts. */
  readonly budget: { readonly devices: number; readonly percent: number; readonly windowMs: number };
  readonly daily: { readonly devices: number; readonly percent: number };
  /** Disrupted without an approval in the window. */
  readonly disruptive: number;
}

/** What the gate goes by. Only the owner's connection may read it all. */
export async function readGateSettings(owner: Db): Promise<GateSettings> {
  const settings = await owner.query<{ name: string; value: string }>(
    "select name, value from reeve.setting where name <> 'vouch'",
  );
  const rows = await owner.query<{ name: string; devices: number; percent: string; windowMs: number }>(
    `select name, devices, percent, window_ms as "windowMs" from reeve.ceiling`,
  );
  const of = (name: string): string => settings.find((one) => one.name === name)?.value ?? "";
  const ceiling = (name: string) => {
    const row = rows.find((one) => one.name === name);
    return {
      devices: row?.devices ?? 0,
      percent: Number(row?.percent ?? 0),
      windowMs: Number(row?.windowMs ?? 0),
    };
  };
  const { devices, percent } = ceiling("daily");
  return {
    coolOffMs: Number(of("cool-off-ms")),
    canary: Number(of("canary")),
    approvals: Number(of("approvals-in-a-row")),
    solo: of("solo") === "on",
    breakGlass: of("break-glass") === "on",
    budget: ceiling("enforced"),
    daily: { devices, percent },
    disruptive: ceiling("disruptive").devices,
  };
}

/** What an owner may set; what is left out stays. */
export interface GateChange {
  readonly coolOffMs?: number | undefined;
  readonly canary?: number | undefined;
  readonly approvals?: number | undefined;
  readonly solo?: boolean | undefined;
  readonly breakGlass?: boolean | undefined;
  readonly devices?: number | undefined;
  readonly daily?: number | undefined;
  readonly disruptive?: number | undefined;
}

/** Changes the gate over the owner's connection, and says so in an event. */
export async function changeGate(owner: Db, change: GateChange): Promise<void> {
  const values: readonly (readonly [string, string | undefined])[] = [
    ["cool-off-ms", change.coolOffMs?.toString()],
    ["canary", change.canary?.toString()],
    ["approvals-in-a-row", change.approvals?.toString()],
    ["solo", word(change.solo)],
    ["break-glass", word(change.breakGlass)],
  ];
  const ceilings: readonly (readonly [string, number | undefined])[] = [
    ["enforced", change.devices],
    ["daily", change.daily],
    ["disruptive", change.disruptive],
  ];
  const told: string[] = [];
  for (const [name, value] of values) {
    if (value === undefined) continue;
    await owner.query("update reeve.setting set value = $2 where name = $1", [name, value]);
    told.push(`${name} ${value}`);
  }
  for (const [name, devices] of ceilings) {
    if (devices === undefined) continue;
    await owner.query("update reeve.ceiling set devices = $2 where name = $1", [name, devices]);
    told.push(`${name} ${devices}`);
  }
  if (told.length === 0) return;
  await owner.query(
    "insert into reeve.event (at, type, message, by_person) values (reeve.now_ms(null), 'gate.changed', $1, 'owner')",
    [told.join(", ")],
  );
}

function word(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : value ? "on" : "off";
}
