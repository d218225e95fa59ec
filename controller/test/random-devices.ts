import { digestOf } from "../core/canonical.ts";
import type { ChannelState, Progress } from "../core/channel.ts";
import { type DeclarationSet, declarationsOf } from "../core/declarations.ts";
import type { Facts } from "../core/facts.ts";
import type { Granted, GrantedItem } from "../core/granted.ts";
import type { Observed } from "../core/observed.ts";
import type { Interned } from "../core/ports.ts";
import type { seeded } from "../simulator/random.ts";
import { grantedOf, reported } from "../store/test-fleet.ts";

/** A device as it stands in the store. */
export interface Seeded {
  readonly facts: Interned<Facts>;
  readonly granted: Interned<Granted> | undefined;
  readonly observed: Interned<Observed> | undefined;
  readonly declared: Interned<DeclarationSet> | undefined;
  readonly progress: ChannelState["progress"];
  readonly status: string;
  readonly suspended?: string;
  readonly seenAt: number;
}

type Random = ReturnType<typeof seeded>;

const items = [
  profile("wifi"),
  profile("vpn", { drift: "report" }),
  profile("kept", { retained: "removals are frozen" }),
  { ...profile("chat"), key: "App/chat", kind: "App", id: "com.chat" } as const,
];
const network = { over: "local", digest: "corp" } as const;
/** A network that left, as it was handed out by declaration, and the one that its devices keep it for. */
const old = {
  ...profile("old", { effects: { network } }),
  kind: "Declarations",
  parts: [{ form: "configuration", type: "com.apple.configuration.legacy", identifier: "old", token: "1" }],
} as const;
const wifi2 = profile("wifi2", {
  drift: "ignore",
  effects: { network },
  inPlaceOf: [{ key: old.key, kind: old.kind, id: old.id, effects: { network } }],
});
/** Declarations that were handed out before. */
export const handed = record(declarationsOf(grantedWith([old]), {}));
const inVain = grantedWith([wifi2]);
/** Its user has removed the one that it is given. */
const without: Observed = {
  profiles: {},
  declarations: { old: { token: "1", active: true, valid: "valid" } },
  owned: { [wifi2.key]: { kind: wifi2.kind, id: wifi2.id, digest: wifi2.digest, onLeave: "remove" } },
};
const grants: readonly (Granted | undefined)[] = [
  undefined,
  grantedWith(items.slice(0, 2)),
  grantedWith(items),
  grantedWith([]),
  grantedWith(items.slice(3), { unsupported: [{ key: "App/x", reason: "too old" }] }),
  grantedWith(items.slice(0, 1), { conflicts: ["Profile/y"] }),
  grantedWith(items.slice(0, 1), { sends: "queries", because: "observe" }),
  grantedWith([], { waiting: [{ key: "Profile/late", reason: "waits for its window" }] }),
  grantedWith([], { withheld: [{ key: "Profile/gone", reason: "the budget is used up" }] }),
  inVain,
];

/** A device in any of the ways in which one may stand. */
export function randomDevice(random: Random, now: number): Seeded {
  const granted = random.pick(grants);
  const some = random.pick([undefined, randomObserved(random), randomObserved(random)]);
  const observed = granted === inVain ? without : some;
  return {
    facts: facts(random.pick(["ios", "macos", "tvos"])),
    granted: granted && record(granted),
    observed: observed && record(observed),
    declared: random.pick([undefined, handed]),
    progress: randomProgress(random, now),
    status: random.pick(["enrolled", "enrolled", "enrolled", "authenticated", "quarantined", "left"]),
    ...(random.pick([true, false, false]) ? { suspended: "case 4711" } : {}),
    seenAt: now - random.pick([0, 60_000, 23 * 3_600_000, 25 * 3_600_000]),
  };
}

function randomObserved(random: Random): Observed {
  const chosen = items.filter(() => random.pick([true, false]));
  const owned = items.filter(() => random.pick([true, false]));
  return {
    ...(random.pick([true, true, false])
      ? { profiles: Object.fromEntries(chosen.map((item) => [item.id, item.uuid ?? ""])) }
      : {}),
    ...(random.pick([true, true, false])
      ? { apps: { "com.chat": { status: random.pick(["Managed", "Installing", "UserRejected"]) } } }
      : {}),
    owned: Object.fromEntries(
      owned.map(({ key, kind, id, digest, onLeave }) => [key, { kind, id, digest, onLeave }]),
    ),
  };
}

function randomProgress(random: Random, now: number): ChannelState["progress"] {
  const keys = [...items.map((item) => item.key), "Profile/gone", "query/profiles", "query/managedApps"];
  const chosen = keys.filter(() => random.pick([true, false, false, false]));
  return Object.fromEntries(
    chosen.map((key): [string, Progress] => [
      key,
      {
        digest: random.pick([items.find((item) => item.key === key)?.digest ?? "0", "other"]),
        attempts: random.pick([1, 2, 3, 4, 5, 40]),
        phase: random.pick(["sent", "acknowledged", "failed", "rejected", "unknown"]),
        at: now - random.pick([1, 2, 3]),
        ...random.pick([{}, { errors: [{ domain: "d", code: 1, text: random.pick(["no", "later"]) }] }]),
      },
    ]),
  );
}

export function facts(platform: string): Interned<Facts> {
  return record({ platform: reported(platform) });
}

export function record<T>(body: T): Interned<T> {
  return { id: digestOf(body), body };
}

export function profile(name: string, change: Partial<GrantedItem> = {}): GrantedItem {
  return {
    key: `Profile/${name}`,
    kind: "Profile",
    id: `reeve.profile.${name}`,
    digest: `digest-${name}`,
    uuid: `UUID-${name}`,
    drift: "correct",
    install: "required",
    onLeave: "remove",
    policy: "baseline",
    after: [],
    ...change,
  };
}

export function grantedWith(items: readonly GrantedItem[], change: Partial<Granted> = {}): Granted {
  return { ...grantedOf().body, items, ...change };
}
