import { expect, test } from "vitest";
import { isSupported, requestTypeOf } from "../apple/commands.ts";
import { androidCommandsOf } from "../core/android-acts.ts";
import { freeze } from "../core/freeze.ts";
import { type AppleKind, sections } from "../core/granted.ts";
import { type EnrollmentStep, type Intent, isDestructive, type Verb } from "../core/intent.ts";
import { bothStores } from "./installation.ts";

const stores = await bothStores();

function keysOf<K extends string>(record: Readonly<Record<K, unknown>>): readonly K[] {
  return Object.keys(record) as K[];
}

// Records and not lists: a verb or a sort of intent that is added to the core does not compile before it stands here.
const verbs: Record<Verb, "destroys" | "disrupts" | "asks"> = {
  audit: "asks",
  lock: "disrupts",
  clearPasscode: "disrupts",
  lostMode: "disrupts",
  endLostMode: "disrupts",
  locate: "disrupts",
  playSound: "disrupts",
  reboot: "disrupts",
  shutdown: "disrupts",
  clearAppData: "destroys",
  relinquishOwnership: "destroys",
  addEsim: "disrupts",
  removeEsim: "destroys",
  readEid: "disrupts",
  wipe: "destroys",
  unenroll: "destroys",
  removeProfile: "disrupts",
  settings: "disrupts",
  clearRestrictionsPassword: "disrupts",
  clearBypassCode: "disrupts",
  setRecoveryLock: "disrupts",
  verifyRecoveryLock: "disrupts",
  setFirmwarePassword: "disrupts",
  verifyFirmwarePassword: "disrupts",
  setAdminPassword: "disrupts",
  rotateFileVaultKey: "disrupts",
  unlockUser: "disrupts",
  logOutUser: "disrupts",
  deleteUser: "destroys",
  startRemoteDesktop: "disrupts",
  stopRemoteDesktop: "disrupts",
  refreshCellularPlans: "disrupts",
  startMirroring: "disrupts",
  stopMirroring: "disrupts",
};
const kinds: Record<AppleKind, true> = { Profile: true, App: true, Book: true, Declarations: true };
const steps: Record<EnrollmentStep, true> = { renew: true, deviceConfigured: true, userConfigured: true };

const item = { item: "x", id: "x" };
const intents: { readonly [T in Intent["type"]]: readonly Extract<Intent, { readonly type: T }>[] } = {
  query: sections.map((section) => ({ type: "query", section })),
  install: keysOf(kinds).flatMap((kind) => [
    { type: "install", ...item, kind, digest: "d" },
    { type: "install", ...item, kind, digest: "d", inPlace: true },
  ]),
  remove: keysOf(kinds).map((kind) => ({ type: "remove", ...item, kind })),
  declare: [{ type: "declare", token: "t" }],
  assign: [{ type: "assign", policy: "base-a" }],
  act: keysOf(verbs).map((verb) => ({ type: "act", act: "a", verb })),
  enrollment: keysOf(steps).map((step) => ({ type: "enrollment", step, about: "x" })),
};
const all: readonly Intent[] = Object.values(intents).flat();

/** What commands of an intent are called, on Apple devices and on Android. */
function typesOf(intent: Intent): readonly string[] {
  if (intent.type === "assign") return ["devices.patch"];
  const android = intent.type === "act" ? androidCommandsOf(intent.verb) : [];
  return [isSupported(intent) ? requestTypeOf(intent) : "x", ...android];
}

test.each(stores)("on $name the gate and the core agree about every intent that there is", async (kind) => {
  await using database = await kind.fresh();
  await using store = await database.open({});
  const asked = all.flatMap((intent) => typesOf(intent).map((requestType) => ({ intent, requestType })));
  const rows = await store.query<{ destructive: boolean; gated: boolean }>(
    `select reeve.is_destructive(i.intent, i."requestType") as destructive, reeve.is_gated(i.intent) as gated
     from jsonb_array_elements($1::jsonb) with ordinality e(one, n),
       jsonb_to_record(e.one) as i(intent jsonb, "requestType" text) order by e.n`,
    [JSON.stringify(asked)],
  );
  expect(rows).toHaveLength(asked.length);
  for (const [index, { intent }] of asked.entries()) {
    const destructive = intent.type === "act" && verbs[intent.verb] === "destroys";
    expect({ intent, ...rows[index], core: isDestructive(intent) }).toEqual({
      intent,
      destructive,
      gated: intent.type === "act",
      core: destructive,
    });
  }
});

const nobody = {
  groups: [],
  devices: new Set<string>(),
  users: new Set<string>(),
  userGroups: new Set<string>(),
};

/** What one device must wait for an approval of, by the core. */
function isHeld(verb: Verb, parameters: Readonly<Record<string, unknown>>): boolean {
  const act = {
    name: "Operation/x@1",
    formerly: [],
    target: { all: false, ...nobody, exclude: undefined },
    verb,
    parameters,
    reason: "a test",
    expectedDevices: 1,
    expiresAt: 1,
    origin: { file: "x.yaml", line: 1, column: 1 },
  };
  return (
    freeze(act, [{ device: "d", epoch: 1, facts: {} }], 0, { most: 10, left: 10, windowMs: 1 }).status ===
    "held"
  );
}

test.each(stores)("on $name the gate and the core agree about what one device waits for", async (kind) => {
  await using database = await kind.fresh();
  await using store = await database.open({});
  const acts = keysOf(verbs).flatMap((verb) =>
    [{}, { pin: "123456" }, { message: "x" }].map((parameters) => ({ verb, parameters })),
  );
  const rows = await store.query<{ needs: boolean }>(
    `select reeve.needs_approval(i.verb, i.parameters) as needs
     from jsonb_array_elements($1::jsonb) with ordinality e(one, n),
       jsonb_to_record(e.one) as i(verb text, parameters jsonb) order by e.n`,
    [JSON.stringify(acts)],
  );
  const told = (needs: (index: number) => boolean | undefined) =>
    acts.map((act, index) => `${JSON.stringify(act)} ${needs(index)}`);
  expect(told((index) => rows[index]?.needs)).toEqual(
    told((index) => isHeld(acts[index]?.verb ?? "wipe", acts[index]?.parameters ?? {})),
  );
});

test.each(stores)("on $name the gate takes whatever it does not know for destructive", async (kind) => {
  await using database = await kind.fresh();
  await using store = await database.open({});
  const strangers = [
    [{ type: "act", act: "a", verb: "explode" }, "x"],
    [{ type: "act", act: "a" }, "x"],
    [{ type: "explode" }, "x"],
    [{ type: ["query"] }, "x"],
    [{}, "x"],
    [{ type: "query", section: "device" }, "EraseDevice"],
    [{ type: "install", ...item, kind: "App", digest: "d" }, "DeleteUser"],
    [{ type: "enrollment", step: "renew", about: "x" }, "RemoveProfile"],
    [{ type: "declare", token: "t" }, "RemoveProfile"],
  ] as const;
  for (const [intent, requestType] of strangers) {
    const rows = await store.query("select reeve.is_destructive($1::jsonb, $2) as destructive", [
      JSON.stringify(intent),
      requestType,
    ]);
    expect([intent, rows]).toEqual([intent, [{ destructive: true }]]);
  }
});
