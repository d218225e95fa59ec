import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admit, type Gates } from "./admission.ts";
import { digestOf } from "./canonical.ts";
import { userGroupsOf } from "./compile-groups.ts";
import type { Compiled, CompiledPolicy, CompiledTarget, ItemUse } from "./compiled.ts";
import { desiredOf } from "./desired.ts";
import { enrollmentRulesOf } from "./enrollment-rules.ts";
import type { Facts } from "./facts.ts";
import { freeze } from "./freeze.ts";
import type { Granted } from "./granted.ts";
import { membershipOf } from "./membership.ts";
import { nothingObserved, type Observed } from "./observed.ts";
import { planFleet } from "./plan.ts";
import type { AdmissionGroup, Interned } from "./ports.ts";
import type { Selector } from "./selector.ts";

const origin = { file: "p.yaml", line: 1, column: 1 };
const open: Gates = { observe: false, suspended: undefined, removalsFrozen: undefined, removalBudget: true };

function reported(values: Record<string, string>): Facts {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, { value, source: "reported" as const }]),
  );
}

function use(key: string, wish: Partial<ItemUse> = {}, secrets: readonly string[] = []): ItemUse {
  const apple = { id: `id.${key}`, digest: `d-${key}`, uuid: `U-${key}`, scope: "device" as const, secrets };
  return { key, drift: "correct", install: "required", onLeave: "remove", forms: { apple }, origin, ...wish };
}

function target(parts: Partial<CompiledTarget>): CompiledTarget {
  const empty = {
    groups: [],
    devices: new Set<string>(),
    users: new Set<string>(),
    userGroups: new Set<string>(),
  };
  return { all: false, ...empty, exclude: undefined, ...parts };
}

function policy(name: string, uses: readonly ItemUse[], rest: Partial<CompiledPolicy> = {}): CompiledPolicy {
  return {
    name,
    priority: 100,
    target: target({ all: true }),
    mode: "enforce",
    uses,
    inventory: [],
    origin,
    ...rest,
  };
}

function compiled(
  policies: readonly CompiledPolicy[],
  groups: Record<string, { selector?: Selector; trust?: boolean }> = {},
): Compiled {
  return {
    revision: "r1",
    organization: {
      name: "acme",
      timeZone: "UTC",
      mode: "enforce",
      suspended: undefined,
      isolatingBudgets: [],
      mayIsolate: new Set(),
      removalBudgets: [{ devices: 50, share: 0.025 }],
      membershipLoss: 0.2,
      defaultGroups: {},
      notifications: [],
      deviceLimit: undefined,
      enrollment: enrollmentRulesOf(undefined),
    },
    groups: new Map(
      Object.entries(groups).map(([name, { selector, trust }]) => [
        name,
        { name, selector, devices: new Set<string>(), children: [], trustReported: trust ?? false },
      ]),
    ),
    userGroups: userGroupsOf({ direct: new Map(), parents: new Map() }),
    policies: [...policies].sort((a, b) => b.priority - a.priority),
    exemptions: [],
    acts: [],
    enrollments: [],
    devices: [],
    references: new Set(),
    notices: [],
    driftCheckMs: 3_600_000,
    contents: new Map(),
  };
}

const ipad = reported({ platform: "ipados", osVersion: "18.1", mode: "supervised" });
const berlin: Selector = [{ key: "osVersion", operator: "VersionAtLeast", values: ["17"] }];
const keysOf = (granted: { items: readonly { key: string }[] }): string[] =>
  granted.items.map((item) => item.key);

describe("membership", () => {
  test("an unknown fact keeps the previous membership, and makes no new member", () => {
    const set = compiled([], { modern: { selector: berlin } });
    const silent = { facts: reported({ platform: "ipados" }), named: [] };

    expect(membershipOf(set, silent, ["modern"]).groups).toEqual(["modern"]);
    expect(membershipOf(set, silent, undefined).groups).toEqual([]);
    expect(membershipOf(set, { facts: ipad, named: [] }, []).groups).toEqual(["modern"]);
  });

  test("a target does not contain a device that it might exclude", () => {
    const exclude = target({ groups: ["modern"] });
    const set = compiled([policy("p", [use("Profile/a")], { target: target({ all: true, exclude }) })], {
      modern: { selector: berlin },
    });

    const silent = desiredOf(set, { facts: reported({ platform: "ipados" }), named: [] }, undefined, 0);

    expect(silent.items).toEqual([]);
  });
});

describe("layering", () => {
  test("the higher priority wins, and equal ones that disagree conflict instead of flapping", () => {
    const low = policy("low", [use("App/x", { install: "required" })], { priority: 1 });
    const high = policy("high", [use("App/x", { install: "installed" })], { priority: 2 });
    const rival = policy("rival", [use("App/x", { install: "required" })], { priority: 2 });
    const subject = { facts: ipad, named: [] };

    const won = desiredOf(compiled([low, high]), subject, undefined, 0);
    const torn = desiredOf(compiled([low, high, rival]), subject, undefined, 0);

    expect(won.items.map((item) => [item.install, item.policy])).toEqual([["installed", "high"]]);
    expect(torn.items).toEqual([]);
    expect(torn.conflicts).toEqual([{ key: "App/x", policies: ["high", "rival"] }]);
  });

  test("a conflict leaves installed what is installed", () => {
    const subject = { facts: ipad, named: [] };
    const before = admit(
      desiredOf(compiled([policy("a", [use("App/x")])]), subject, undefined, 0),
      undefined,
      open,
    );
    const torn = desiredOf(
      compiled([policy("a", [use("App/x")]), policy("b", [use("App/x", { drift: "ignore" })])]),
      subject,
      undefined,
      0,
    );

    const after = admit(torn, before.granted, open);

    expect(after.removals).toEqual([]);
    expect(after.granted.conflicts).toEqual(["App/x"]);
  });

  test("a secret does not go to a device that only says of itself that it belongs here", () => {
    const secret = policy("p", [use("Profile/wifi", {}, ["wifi/psk"])], {
      target: target({ groups: ["modern"] }),
    });
    const subject = { facts: ipad, named: [] };

    const doubted = desiredOf(compiled([secret], { modern: { selector: berlin } }), subject, undefined, 0);
    const trusted = desiredOf(
      compiled([secret], { modern: { selector: berlin, trust: true } }),
      subject,
      undefined,
      0,
    );

    expect(doubted.items).toEqual([]);
    expect(doubted.unsupported[0]?.reason).toContain("trustReported");
    expect(keysOf(trusted)).toEqual(["Profile/wifi"]);
  });
});

describe("admission", () => {
  const subject = { facts: ipad, named: [] };
  const both = desiredOf(compiled([policy("p", [use("Profile/a"), use("App/b")])]), subject, undefined, 0);
  const one = desiredOf(compiled([policy("p", [use("Profile/a")])]), subject, undefined, 0);
  const granted = admit(both, undefined, open).granted;

  test.each([
    ["frozen removals", { ...open, removalsFrozen: "history was rewritten" }, "history was rewritten"],
    ["a used-up budget", { ...open, removalBudget: false }, "removal budget used up"],
  ])("%s keep what leaves, and say why", (_name, gates, reason) => {
    const admission = admit(one, granted, gates);

    expect(admission.removals).toEqual([]);
    expect(admission.retained).toEqual([{ key: "App/b", reason }]);
    expect(keysOf(admission.granted)).toEqual(["App/b", "Profile/a"]);
  });

  test("an app that is blocked from now on is a removal: frozen or without budget it stays as it was", () => {
    const app = use("App/b");
    const blocked = { id: "reeve.blocked.b", digest: "d-blocked", uuid: "U-blocked" };
    const forms = { apple: { ...app.forms.apple, blocked } } as ItemUse["forms"];
    const block = use("App/b", { install: "blocked", forms });
    const wanted = desiredOf(compiled([policy("p", [use("Profile/a"), block])]), subject, undefined, 0);
    const idsOf = (admission: ReturnType<typeof admit>): string[] =>
      admission.granted.items.map((item) => item.id);

    const free = admit(wanted, granted, open);
    expect([free.removals, idsOf(free)]).toEqual([["App/b"], ["reeve.blocked.b", "id.Profile/a"]]);
    const kept = admit(wanted, granted, { ...open, removalsFrozen: "history was rewritten" });
    expect([kept.removals, idsOf(kept)]).toEqual([[], ["id.App/b", "id.Profile/a"]]);
    expect(admit(wanted, free.granted, open).removals).toEqual([]);
  });

  const torn = desiredOf(
    compiled([
      policy("p", [use("Profile/a"), use("App/b")]),
      policy("q", [use("App/b", { drift: "ignore" })]),
    ]),
    subject,
    undefined,
    0,
  );

  test("what was left alone is remembered, also while nothing is changed, and leaves like anything else", () => {
    const alone = admit(torn, granted, open).granted;
    const watched = admit(torn, alone, { ...open, observe: true }).granted;
    const without = { ...open, removalBudget: false };

    expect(keysOf(alone)).toEqual(["Profile/a"]);
    expect(admit(one, alone, open).removals).toEqual(["App/b"]);
    expect(admit(one, watched, open).removals).toEqual(["App/b"]);
    expect(keysOf(admit(one, alone, without).granted)).toEqual(["App/b", "Profile/a"]);
    expect(digestOf(admit(both, alone, open).granted)).toBe(digestOf(granted));
  });

  test("an app under the name of another one is a removal; a profile is replaced", () => {
    const moved = (key: string): ItemUse => {
      const forms = { apple: { ...use(key).forms.apple, id: `new.${key}` } } as ItemUse["forms"];
      return use(key, { forms });
    };
    const wanted = desiredOf(
      compiled([policy("p", [moved("Profile/a"), moved("App/b")])]),
      subject,
      undefined,
      0,
    );

    expect(admit(wanted, granted, open).removals).toEqual(["App/b"]);
    expect(
      admit(wanted, granted, { ...open, removalBudget: false }).granted.items.map((item) => item.id),
    ).toEqual(["id.App/b", "new.Profile/a"]);
  });

  test("a profile that was renamed takes one place, and no others along", () => {
    const formerly = ["Profile/a", "Profile/c", "Profile/d"];
    const forms = { apple: { ...use("Profile/z").forms.apple, formerly } } as ItemUse["forms"];
    const all = ["Profile/a", "Profile/c", "Profile/d"].map((key) => use(key));
    const before = desiredOf(compiled([policy("p", all)]), subject, undefined, 0);
    const wanted = desiredOf(compiled([policy("p", [use("Profile/z", { forms })])]), subject, undefined, 0);

    const admission = admit(wanted, admit(before, undefined, open).granted, open);
    expect(admission.removals).toEqual(["Profile/c", "Profile/d"]);
  });

  test("what is to be kept is let go until it is wanted again", () => {
    const keeping = desiredOf(
      compiled([policy("p", [use("Profile/a"), use("App/b", { onLeave: "keep" })])]),
      subject,
      undefined,
      0,
    );
    const gone = admit(one, admit(keeping, undefined, open).granted, open);

    expect([gone.removals, gone.granted.letGo]).toEqual([[], ["App/id.App/b"]]);
    expect(admit(one, gone.granted, open).granted.letGo).toEqual(["App/id.App/b"]);
    expect(admit(both, gone.granted, open).granted).toEqual(granted);
  });

  test("observe and suspension send nothing but queries and keep what was granted", () => {
    const observing = admit(one, granted, { ...open, observe: true }).granted;
    const suspended = admit(one, granted, { ...open, suspended: "audit" }).granted;

    expect([observing.sends, observing.because, keysOf(observing)]).toEqual([
      "queries",
      "observe",
      ["App/b", "Profile/a"],
    ]);
    expect([suspended.sends, suspended.because]).toEqual(["queries", "suspended: audit"]);
  });

  test("what would erase devices sooner holds changes and no acts; what holds acts as well comes first", () => {
    const armed = admit(one, granted, { ...open, armed: true }).granted;
    expect([armed.sends, armed.because, armed.acts, keysOf(armed)]).toEqual([
      "queries",
      "armed",
      true,
      ["App/b", "Profile/a"],
    ]);
    for (const more of [{ observe: true }, { suspended: "audit" }]) {
      const both = admit(one, granted, { ...open, armed: true, ...more }).granted;
      expect([both.because === "armed", "acts" in both]).toEqual([false, false]);
    }
    expect(admit(one, granted, { ...open, armed: false }).granted.sends).toBe("all");
  });

  test("a policy in observe mode gives nothing new and takes nothing away", () => {
    const watching = desiredOf(
      compiled([policy("p", [use("Profile/a"), use("Profile/new")], { mode: "observe" })]),
      subject,
      undefined,
      0,
    );

    const admission = admit(watching, granted, open);
    expect(keysOf(admission.granted)).toEqual(["App/b", "Profile/a"]);
    expect(admission.removals).toEqual([]);
  });

  test("the order of policies of different priority does not matter", () => {
    const uses = ["Profile/a", "App/b", "App/c"].map((key) => use(key));
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 2 }), (priorities) => {
        const policies = priorities.map((priority) =>
          policy(
            `p${priority}`,
            [{ ...(uses[priority % 3] as ItemUse), install: priority % 2 === 0 ? "installed" : "required" }],
            { priority },
          ),
        );
        const there = admit(desiredOf(compiled(policies), subject, undefined, 0), undefined, open);
        const back = admit(
          desiredOf(compiled([...policies].reverse()), subject, undefined, 0),
          undefined,
          open,
        );
        expect(digestOf(there.granted)).toBe(digestOf(back.granted));
      }),
      { seed: 20_261_126 },
    );
  });
});

function interned<T>(body: T): Interned<T> {
  return { id: digestOf(body), body };
}

function group(
  count: number,
  granted: Granted | undefined,
  observed: Observed = nothingObserved,
): AdmissionGroup {
  const record = granted === undefined ? undefined : interned(granted);
  return {
    facts: interned(ipad),
    named: [],
    granted: record,
    observed: interned(observed),
    suspended: undefined,
    count,
  };
}

const free = () => ({ observe: false, suspended: undefined, removalsFrozen: undefined });

describe("a plan", () => {
  test("counts devices without looking at each, and shows what is not settled yet", () => {
    const set = compiled([policy("p", [use("Profile/a")])]);

    const { plan } = planFleet(set, [group(1_904, undefined)], free, 100, 0);

    expect(plan.entries).toEqual([
      { action: "install", key: "Profile/a", policy: "p", devices: 1_904, to: "d-Profile/a" },
    ]);
  });

  test("a removal goes as far as the budget reaches; the other devices keep what they have", () => {
    const full = compiled([policy("p", [use("Profile/a"), use("Profile/b")])]);
    const granted = planFleet(full, [group(1, undefined)], free, 100, 0).groups[0]?.admission.granted;
    const owned = { kind: "Profile" as const, onLeave: "remove" as const };
    const observed: Observed = {
      profiles: { "id.Profile/a": "U-Profile/a", "id.Profile/b": "U-Profile/b" },
      owned: {
        "Profile/a": { ...owned, digest: "d-Profile/a", id: "id.Profile/a" },
        "Profile/b": { ...owned, digest: "d-Profile/b", id: "id.Profile/b" },
      },
    };

    const fewer = planFleet(
      compiled([policy("p", [use("Profile/a")])]),
      [group(500, granted, observed)],
      free,
      311,
      0,
    );

    expect(fewer.plan.entries.map((entry) => [entry.action, entry.key, entry.devices, entry.reason])).toEqual(
      [
        ["remove", "Profile/b", 311, undefined],
        ["hold", "Profile/b", 189, "removal budget used up"],
      ],
    );
    expect(fewer.budgetUsed).toBe(311);
  });
});

describe("freezing an act", () => {
  const act = {
    name: "Deprovision/lost@1",
    formerly: [],
    target: target({}),
    verb: { company: "wipe" as const, personal: "unenroll" as const },
    parameters: {},
    reason: "stolen",
    expectedDevices: 1,
    expiresAt: 1_000,
    origin,
  };
  const roomFor = (most: number) => ({ most, left: most, windowMs: 3_600_000 });
  const owned = (value: string, source: "asserted" | "reported" = "asserted") => ({
    device: "d1",
    epoch: 3,
    facts: { ownership: { value, source } },
  });

  test("a wipe is held, with the device and the epoch it means", () => {
    expect(freeze(act, [owned("company")], 0, roomFor(10))).toEqual({
      status: "held",
      targets: [{ device: "d1", epoch: 3, verb: "wipe", destructive: true }],
      refusals: [],
    });
  });

  test.each([
    [
      "another number of devices than expected",
      [owned("company"), { ...owned("company"), device: "d2" }],
      /expected 1 devices, found 2/,
    ],
    ["no device at all", [], /contains no enrolled device/],
    ["unknown ownership", [{ device: "d1", epoch: 1, facts: {} }], /ownership is unknown/],
    ["ownership that only the device claims", [owned("company", "reported")], /only reported/],
  ])("refuses %s", (_name, devices, reason) => {
    const frozen = freeze(act, devices, 0, roomFor(10));

    expect(frozen.status).toBe("refused");
    expect(frozen.refusals[0]?.reason).toMatch(reason);
  });

  test("refuses what expired, and what destroys without saying how many", () => {
    expect(freeze(act, [owned("company")], 1_000, roomFor(10)).refusals[0]?.reason).toMatch(/expired/);
    expect(freeze({ ...act, expectedDevices: undefined }, [owned("company")], 0, roomFor(10)).status).toBe(
      "refused",
    );
  });

  test("an act that names two devices and may destroy only one of them is refused whole", () => {
    const two = { ...act, expectedDevices: 2 };
    const unknown = { device: "d2", epoch: 1, facts: {} };

    expect(freeze(two, [owned("company"), unknown], 0, roomFor(10))).toMatchObject({
      status: "refused",
      targets: [],
    });
  });

  test("a lock of more than ten devices says how many it means; an audit need not", () => {
    const many = Array.from({ length: 11 }, (_, index) => ({ device: `d${index}`, epoch: 1, facts: {} }));
    const uncounted = { ...act, expectedDevices: undefined };

    expect(freeze({ ...uncounted, verb: "lock" }, many, 0, roomFor(10)).refusals[0]?.reason).toMatch(
      /expectedDevices is missing/,
    );
    expect(freeze({ ...uncounted, verb: "lock", expectedDevices: 11 }, many, 0, roomFor(11)).status).toBe(
      "ready",
    );
    expect(freeze({ ...uncounted, verb: "audit" }, many, 0, roomFor(10)).status).toBe("ready");
  });

  test.each(["lock", "lostMode", "reboot", "shutdown", "clearPasscode", "removeProfile", "locate"] as const)(
    "%s of more devices than there is room for is held, and says why",
    (verb) => {
      const two = ["d1", "d2"].map((one) => ({ device: one, epoch: 1, facts: {} }));
      const wish = { ...act, verb, parameters: {}, expectedDevices: 2 };

      expect(freeze(wish, two, 0, roomFor(2))).toMatchObject({ status: "ready" });
      expect(freeze(wish, two, 0, roomFor(1))).toMatchObject({
        status: "held",
        because: "1 device an hour may be disrupted without an approval, and it disrupts 2 devices",
      });
      expect(freeze({ ...wish, verb: "audit" }, two, 0, roomFor(0)).status).toBe("ready");
    },
  );

  test("a lock with a PIN is held on a single device", () => {
    const wish = { ...act, verb: "lock", parameters: { pin: "123456" } } as const;
    const one = { device: "d1", epoch: 1, facts: {} };

    expect(freeze(wish, [one], 0, roomFor(10))).toMatchObject({
      status: "held",
      because: "it locks with a PIN",
    });
    expect(freeze({ ...wish, parameters: {} }, [one], 0, roomFor(10)).status).toBe("ready");
  });

  test("a personal device loses work data, never everything", () => {
    expect(freeze(act, [owned("personal")], 0, roomFor(10)).targets[0]?.verb).toBe("unenroll");
    expect(
      freeze({ ...act, verb: { company: "wipe", personal: undefined } }, [owned("personal")], 0, roomFor(10))
        .status,
    ).toBe("refused");
  });
});
