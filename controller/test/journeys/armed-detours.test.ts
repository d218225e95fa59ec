import { expect, test } from "vitest";
import { resumeArmed } from "../../loop/breaker.ts";
import { approveHold, resume } from "../../loop/control.ts";
import { actDirectly } from "../../loop/direct-act.ts";
import { readLatches } from "../../loop/latches.ts";
import { treeOf } from "../../loop/packed-tree.ts";
import { viewPlan } from "../../loop/view-plan.ts";
import type { AndroidDevice } from "../../simulator/amapi/device/android-device.ts";
import { engage } from "../../store/control.ts";
import { type AndroidHouse, androidHouse } from "../android-house.ts";
import { type Installation, install, storesOfSuite, testSettings } from "../installation.ts";
import { device, type Files, files, policy, profile } from "../manifests.ts";
import { fragment, off, revision } from "./android/manifests.ts";
import { effects as effectsOn } from "./android/test-acts.ts";

const stores = await storesOfSuite();
const by = { name: "it-duty", identities: ["it-duty@acme.example"] };
const minute = 60_000;

test.each(stores)(
  "on $name a rule that another policy had overruled comes to no phone until two approvers say so",
  async (store) => {
    const wipe = (attempts: number) =>
      `passwordPolicies: [{passwordScope: SCOPE_DEVICE, passwordMinimumLength: 6, passwordQuality: NUMERIC, maximumFailedPasswordsForWipe: ${attempts}}]`;
    const strict = {
      "strict.yaml": fragment("strict", wipe(2)),
      "a.yaml": policy("profiles: [{name: strict}]", "a"),
    };
    const lax = (spec: string) => ({
      "lax.yaml": fragment("lax", wipe(0)),
      "b.yaml": policy(`${spec}\nprofiles: [{name: lax}]`, "b"),
    });
    const all = (more: Files) => revision(off, ["mail"], { ...strict, ...more });
    await using house = await androidHouse({ stores: store, files: all(lax("priority: 500")) });
    // A first revision that arms is only watched, and somebody has looked.
    await resume(house.looking, "observe", undefined, by);
    const [phone] = await house.arrive([{}]);
    await house.pass(10 * minute, 5 * minute);
    expect(attemptsOf(phone)).toBe(0);

    const planned = await viewPlan(house.looking, treeOf(encoded(all({})), "planned"), testSettings);
    expect(planned.entries.map(({ reason }) => reason)).toContain("armed");

    for (const commit of [all(lax("priority: 500\nmode: observe")), all({})]) {
      house.commit(commit);
      await house.pass(10 * minute, 5 * minute);
      expect(await latched(house)).toEqual([
        expect.stringContaining(
          "Policy/a Profile/strict lets devices erase themselves after 2 wrong passcodes",
        ),
      ]);
      expect(attemptsOf(phone)).toBe(0);
    }
    const lock = { act: { lock: {} }, reason: "stolen", expiresInMs: 60 * minute, key: "0".repeat(16) };
    await actDirectly(house.looking, phone?.serial ?? "", lock, by);
    await house.pass(10 * minute, 5 * minute);
    expect(phone && effectsOn(phone)).toContain("locked");
    expect(attemptsOf(phone)).toBe(0);
    expect(await resumeArmed(house.looking, { name: "one" })).toBe(false);
    expect(await resumeArmed(house.looking, { name: "another" })).toBe(true);
    await house.pass(10 * minute, 5 * minute);
    expect(attemptsOf(phone)).toBe(2);
    house.commit(revision("cameraAccess: CAMERA_ACCESS_ENFORCED", ["mail"], strict));
    await house.pass(10 * minute, 5 * minute);
    expect(await latched(house)).toEqual([]);
  },
);

test.each(stores)(
  "on $name a user who joins a group with such a rule is not given it, and a stolen iPad is locked and wiped meanwhile",
  async (store) => {
    const rule = "content: {minLength: 6, forcePIN: true, maxFailedAttempts: 2}";
    const all = (users: string, owner = "tom@acme.example") =>
      files({
        "devices.yaml": [
          device("one", "SIM-1", "owner: lea@acme.example, ownership: company"),
          device("two", "SIM-2", `owner: ${owner}, ownership: company`),
        ].join("---\n"),
        "staff.yaml": `apiVersion: reeve/v1\nkind: UserGroup\nmetadata: {name: staff}\nspec: {users: [${users}]}\n`,
        "passcode.yaml": profile("passcode", `type: com.apple.mobiledevice.passwordpolicy, ${rule}`),
        "policy.yaml": policy("profiles: [{name: passcode}]", "meant", "userGroups: [staff]"),
      });
    const ipads = ["SIM-1", "SIM-2"].map((serial) => ({ serial, platform: "ipados", name: serial }) as const);
    await using house = await install({ stores: store, files: all("lea@acme.example"), devices: ipads });
    await house.enroll();
    await house.settle();
    await resume(house.looking, "observe", undefined, by);
    await house.settle();
    const has = () =>
      house.fleet.devices.map((one) => one.snapshot().profiles["reeve.profile.passcode"] !== undefined);
    expect(has()).toEqual([true, false]);

    for (const commit of [
      all("lea@acme.example, tom@acme.example"),
      all("lea@acme.example", "lea@acme.example"),
    ]) {
      house.commit(commit);
      await house.settle();
      expect(await latched(house)).toHaveLength(1);
      expect(has()).toEqual([true, false]);
    }

    let keys = 0;
    const ask = (act: Readonly<Record<string, unknown>>, serial = "SIM-2") =>
      actDirectly(
        house.looking,
        serial,
        {
          act,
          reason: "stolen",
          expiresInMs: 24 * 60 * minute,
          key: (++keys).toString(16).padStart(16, "0"),
        },
        by,
      );
    expect(await ask({ lock: { message: "Back to IT" } })).toMatchObject({ status: "ready", notes: [] });
    const { digest = "" } = await ask({ wipe: {} });
    await house.settle();
    expect(effects(house)).toEqual(["locked SIM-2"]);
    expect(has()).toEqual([true, false]);
    await approveHold(house.looking, digest, { name: "it-lead" }, undefined);
    await house.settle();
    expect(effects(house)).toEqual(["locked SIM-2", "erased SIM-2"]);
    expect(house.fleet.violations()).toEqual([]);

    // A database that may be an old copy is another matter, and says how it goes on.
    await engage(house.store, {
      name: "restored",
      reason: "an old copy",
      by: "reeve",
      at: house.looking.clock(),
    });
    await house.settle();
    await expect(ask({ lock: {} }, "SIM-1")).rejects.toMatchObject({
      code: "observing",
      hint: expect.stringContaining("reeve resume restored"),
    });
  },
);

async function latched(house: Installation | AndroidHouse): Promise<readonly string[]> {
  const { all } = await readLatches(house.store);
  return all.filter(({ name }) => name === "armed").map(({ reason }) => reason);
}

function attemptsOf(phone: AndroidDevice | undefined): unknown {
  const applied = phone?.ledger.of("policy-applied").at(-1) as
    | { readonly content?: { readonly passwordPolicies?: readonly Readonly<Record<string, unknown>>[] } }
    | undefined;
  return applied?.content?.passwordPolicies?.[0]?.maximumFailedPasswordsForWipe ?? 0;
}

function effects(house: Installation): readonly string[] {
  return house.fleet.devices.flatMap(({ ledger, serial }) => [
    ...ledger.of("executed").flatMap(({ effect }) => (/^locked/.test(effect) ? [`locked ${serial}`] : [])),
    ...ledger.of("erased").map(() => `erased ${serial}`),
  ]);
}

function encoded(texts: Files): Files {
  return Object.fromEntries(
    Object.entries(texts).map(([path, text]) => [path, Buffer.from(text).toString("base64")]),
  );
}
