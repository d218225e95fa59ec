import { expect, test } from "vitest";
import { uninstalls } from "./uninstalls.ts";

const app = (packageName: string, installType = "FORCE_INSTALLED") => ({ packageName, installType });

function policy(applications: readonly object[], more: object = {}) {
  const sources = Object.fromEntries(
    applications.map((_, index) => [
      `applications[${index}].installType`,
      { leaf: "", items: [`App/${index}`] },
    ]),
  );
  return { body: { playStoreMode: "WHITELIST", applications, ...more }, sources };
}

const open = { playStoreMode: "BLACKLIST" };

test.each([
  ["an app that is not named any more", policy([app("a"), app("b")]), policy([app("b")]), ["a"], false],
  ["one that was merely available", policy([app("a", "AVAILABLE")]), policy([]), ["a"], false],
  ["one that is blocked now", policy([app("a")], open), policy([app("a", "BLOCKED")], open), ["a"], false],
  ["one that was blocked before is gone already", policy([app("a", "BLOCKED")]), policy([]), [], false],
  ["one that becomes available stays", policy([app("a")]), policy([app("a", "AVAILABLE")]), [], false],
  ["nothing where all apps may stay", policy([app("a")], open), policy([], open), [], false],
  [
    "what is not named stays while nothing may be uninstalled, and what is blocked goes",
    policy([app("a"), app("b")]),
    policy([app("b", "BLOCKED")], { uninstallAppsDisabled: true }),
    ["b"],
    false,
  ],
  ["everything else, once only named apps may stay", policy([app("a")], open), policy([app("a")]), [], true],
  ["everything else, where Google's default decides", policy([], open), { body: {}, sources: {} }, [], true],
  [
    "everything else, once what was kept from users goes with what is not named",
    policy([], { uninstallAppsDisabled: true }),
    policy([]),
    [],
    true,
  ],
  [
    "nothing, where apps were kept from users and stay open to them",
    policy([], { uninstallAppsDisabled: true }),
    policy([], open),
    [],
    false,
  ],
  [
    "one that users could install, once it is blocked",
    policy([], open),
    policy([app("a", "BLOCKED")], open),
    ["a"],
    false,
  ],
  [
    "nothing that is blocked where nobody could install it",
    policy([]),
    policy([app("a", "BLOCKED")]),
    [],
    false,
  ],
  ["nothing of a device that had no policy", undefined, policy([]), [], false],
] as const)("%s", (_name, before, after, packages, others) => {
  const found = uninstalls(before, after);
  expect(found.apps.map((one) => one.packageName)).toEqual(packages);
  expect(found.others).toBe(others);
});

test("says which item blocks what goes", () => {
  expect(uninstalls(policy([app("a")]), policy([app("b"), app("a", "BLOCKED")])).apps).toEqual([
    { packageName: "a", items: ["App/0"], blockedBy: ["App/1"] },
  ]);
});

test("says which item had asked for what goes", () => {
  expect(uninstalls(policy([app("a"), app("b")]), policy([app("a")])).apps).toEqual([
    { packageName: "b", items: ["App/1"] },
  ]);
});

test("a policy is walked through once, however many apps it names", () => {
  let walks = 0;
  const counted = ({ body, sources }: ReturnType<typeof policy>) => ({
    body,
    sources: new Proxy(sources, {
      ownKeys: (all) => {
        walks++;
        return Reflect.ownKeys(all);
      },
    }),
  });
  const many = Array.from({ length: 200 }, (_, index) => app(`com.a${index}`));
  expect(uninstalls(counted(policy(many)), counted(policy(many.slice(1)))).apps).toEqual([
    { packageName: "com.a0", items: ["App/0"] },
  ]);
  expect(walks).toBe(2);
});
