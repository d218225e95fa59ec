import { expect, test } from "vitest";
import { policyTree } from "../bench/policies.ts";
import type { SourceTree } from "../core/source-tree.ts";
import { createManifestReader } from "../manifests/manifest-reader.ts";
import { testSettings } from "../test/installation.ts";
import { baseline } from "../test/manifests.ts";
import { putTogether, takeApart } from "./compiled-pieces.ts";
import { revise } from "./revise.ts";
import { createReviser, type Reviser, type ReviserOptions, type Revision } from "./reviser.ts";

const now = Date.UTC(2026, 10, 20, 8);

function treeOf(texts: Readonly<Record<string, string>>): SourceTree {
  const entries = Object.entries(texts).map(
    ([path, text]) => [path, { type: "file" as const, bytes: Buffer.from(text) }] as const,
  );
  return { revision: "r", entries: new Map(entries) };
}

function reviser(options: ReviserOptions = {}): Reviser & AsyncDisposable {
  const made = createReviser(options);
  return { ...made, [Symbol.asyncDispose]: made.close };
}

function rulesOf(revision: Revision): readonly string[] {
  return revision.type === "refused" ? revision.diagnostics.map((one) => one.rule) : ["valid"];
}

/** Two megabytes of the smallest words that YAML has. */
const costly = Object.fromEntries(
  Array.from({ length: 4 }, (_, file) => [`${file}.yaml`, `a: [${"b,".repeat(250_000)}]\n`]),
);

test("a revision that takes too long is refused with the cap, and the next one has a fresh thread", async () => {
  await using one = reviser({ timeMs: 20 });
  expect(rulesOf(await one.revise(treeOf(costly), testSettings, now))).toEqual(["takes-too-long"]);
  await using two = reviser({ memoryMiB: 24 });
  expect(rulesOf(await two.revise(treeOf(costly), testSettings, now))).toEqual(["takes-too-much-memory"]);
  expect(rulesOf(await two.revise(treeOf(baseline), testSettings, now))).toEqual(["valid"]);
});

test("a thread that fails by itself is a bug, and no revision is refused for it", async () => {
  const failing = `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from "node:worker_threads";
    parentPort.on("message", () => { throw new TypeError("not a cap"); });
  `)}`;
  await using one = reviser({ thread: new URL(failing) });
  await expect(one.revise(treeOf(baseline), testSettings, now)).rejects.toThrow("not a cap");
  const ending = `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from "node:worker_threads";
    parentPort.on("message", () => process.exit(7));
  `)}`;
  await using two = reviser({ thread: new URL(ending) });
  await expect(two.revise(treeOf(baseline), testSettings, now)).rejects.toThrow("ended with 7");
});

test("more than may wait are told to come back, and those before them are answered", async () => {
  await using one = reviser({ mostWaiting: 1 });
  const first = one.revise(treeOf(baseline), testSettings, now);
  const second = one.revise(treeOf(baseline), testSettings, now);
  await expect(one.revise(treeOf(baseline), testSettings, now)).rejects.toMatchObject({ code: "plan-busy" });
  expect([rulesOf(await first), rulesOf(await second)]).toEqual([["valid"], ["valid"]]);
});

test("the thread is given no variable but those that a repository may name", async () => {
  const telling = `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from "node:worker_threads";
    parentPort.on("message", (task) => {
      const seen = Object.keys({ ...process.env, ...task.settings.environment });
      parentPort.postMessage({ type: "fingerprints", fingerprints: Object.fromEntries(seen.map((n) => [n, ""])) });
    });
  `)}`;
  await using one = reviser({ thread: new URL(telling) });
  const environment = { DATABASE_URL: "postgres://u:p@h/d", REEVE_SECRET_WIFI: "hunter22" };
  const seen = await one.fingerprints(new Map(), [], { ...testSettings, environment });
  expect(Object.keys(seen)).toEqual(["REEVE_SECRET_WIFI"]);
});

test("what comes out of the thread is what is compiled here, with its user groups", async () => {
  const users =
    "apiVersion: reeve/v1\nkind: UserGroup\nmetadata: {name: staff}\nspec: {users: [Mia@acme.example]}\n";
  const all = "apiVersion: reeve/v1\nkind: UserGroup\nmetadata: {name: all}\nspec: {userGroups: [staff]}\n";
  const tree = policyTree(1_000, 42);
  const more = treeOf({ "users.yaml": `${users}---\n${all}` });
  const both = {
    revision: "r",
    entries: new Map([...tree.entries, ["users.yaml", ...more.entries.values()] as never]),
  };
  const here = revise(both, testSettings, now, createManifestReader());
  if (here.type !== "valid") throw new Error("the bench's policies are invalid");
  const { compiled } = here.resolved;
  const again = await putTogether(takeApart(compiled));
  const { get: _get, ...userGroups } = again.userGroups;
  expect({ ...again, userGroups }).toEqual({ ...compiled, userGroups: { links: compiled.userGroups.links } });
  expect(again.userGroups.get("mia@acme.example")).toEqual(["all", "staff"]);
  expect(again.policies[0]?.uses[0]?.forms).toBe(
    again.policies.flatMap((one) => one.uses).find((one) => one.key === again.policies[0]?.uses[0]?.key)
      ?.forms,
  );
});

test("while a thousand manifests are taken in, this thread stays free", async () => {
  await using one = reviser();
  await one.revise(policyTree(1_000), testSettings, now);
  const before = process.threadCpuUsage();
  expect(rulesOf(await one.revise(policyTree(1_000, 42), testSettings, now))).toEqual(["valid"]);
  const used = process.threadCpuUsage(before);
  expect((used.user + used.system) / 1_000).toBeLessThan(100);
});

test("what knows the daemon's own secrets stays out of the thread, and keeps them from being read", async () => {
  await using one = reviser();
  const isOwn = (value: string): boolean => value === "hunter22";
  const environment = { REEVE_SECRET_WIFI_PSK: "hunter22" };
  const secret = `apiVersion: reeve/v1
kind: Secret
metadata: {name: wifi}
spec: {provider: env, allow: [Profile/passcode]}
`;
  const tree = treeOf({ ...baseline, "secret.yaml": secret });
  const revision = await one.revise(tree, { ...testSettings, environment, isOwn }, now);
  expect(() => {
    if (revision.type === "valid") revision.revised.secrets.read("wifi/psk", "Profile/passcode");
  }).toThrow(/own secrets/);
});
