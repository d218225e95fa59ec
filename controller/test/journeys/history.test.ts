import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { ExportedEvent } from "../../loop/export-events.ts";
import { sealAll } from "../../loop/verify-events.ts";
import type { RevisionEntryView } from "../../loop/views.ts";
import { pglite } from "../../store/test-stores.ts";
import { openCommandLine } from "../admin-answers.ts";
import { install, testSettings } from "../installation.ts";
import { baseline, device, operation, policy, profile } from "../manifests.ts";

test("an auditor sees what each revision changed, who made it, and everything that came of an act, line by line", async () => {
  const one = {
    ...baseline,
    "lock.yaml": operation("lock", "devices: [sim]", "lock: {}"),
    "sim.yaml": device("sim", "SIM-1"),
  };
  await using house = await install({
    stores: pglite,
    files: one,
    devices: [{ serial: "SIM-1", platform: "ipados", name: "SIM-1" }],
  });
  await house.enroll();
  await house.settle();
  house.commit({
    ...one,
    "new.yaml": profile("new", "type: com.apple.applicationaccess, content: {allowCamera: false}"),
    "news.yaml": policy("profiles: [{name: new}]", "news"),
  });
  await house.settle();
  house.commit({ "org.yaml": "nonsense" });
  await house.settle();
  await sealAll(house.store);
  await using line = await openCommandLine(house, testSettings);

  const { revisions } = JSON.parse((await line.run(["history", "-o", "json"])).out) as {
    revisions: readonly RevisionEntryView[];
  };
  expect(revisions.map(({ revision, status, author }) => [revision, status, author])).toEqual([
    ["r3", "refused", "it-lead@acme.example"],
    ["r2", "in-force", "it-lead@acme.example"],
    ["r1", "superseded", "it-lead@acme.example"],
  ]);
  expect(revisions[1]?.changes).toEqual({
    added: ["Policy/news", "Policy/news Profile/new"],
    changed: [],
    removed: [],
    told: 1,
  });
  const text = await line.run(["history"]);
  expect(text.out).toContain(
    "+ Policy/news, + Profile/new in Policy/news; devices were told otherwise 1 time",
  );
  const refused = await line.run(["history", "r3"]);
  expect(refused.out).toMatch(/^r3 {2}refused\nit-lead@acme.example, .*\n {4}change 3\n\nno manifests/);
  expect((await line.run(["history", "r2"])).out).toContain("  + Profile/new in Policy/news\n");
  expect(await line.run(["history", "x"])).toMatchObject({ code: 3 });

  const exported = await line.run(["events", "export"]);
  const events = exported.out
    .trimEnd()
    .split("\n")
    .map((one) => JSON.parse(one) as ExportedEvent);
  expect(events.map(({ id }) => Number(id))).toEqual(events.map((_, n) => n + 1));
  expect(events.every((event) => event.seal !== undefined)).toBe(true);
  expect(
    events
      .filter(({ type }) => type.startsWith("revision."))
      .map(({ type, by, revision }) => [type, by, revision]),
  ).toEqual([
    ["revision.in-force", "it-lead@acme.example", "r1"],
    ["revision.in-force", "it-lead@acme.example", "r2"],
    ["revision.refused", "it-lead@acme.example", "r3"],
  ]);
  const act = {
    act: "Operation/lock@1",
    author: "it-lead@acme.example",
    reason: "A test",
    revision: "r1",
    approvedBy: [],
  };
  expect(
    events
      .filter(({ type }) => type.startsWith("act."))
      .map(({ type, name, by, cause, revision }) => ({ type, name, by, cause, revision })),
  ).toEqual([
    { type: "act.ready", name: undefined, by: act.author, cause: act, revision: "r1" },
    { type: "act.sent", name: "SIM-1", by: act.author, cause: act, revision: "r1" },
    { type: "act.executed", name: "SIM-1", by: act.author, cause: act, revision: "r1" },
  ]);
  const middle = events[3]?.id ?? "";
  const rest = await line.run(["events", "export", "--after", middle]);
  expect(rest.out.trimEnd().split("\n")).toHaveLength(events.length - 4);
  expect(
    (await line.run(["events", "export", "--since", new Date(house.world.now() + 1).toISOString()])).out,
  ).toBe("");
  const file = join(await mkdtemp(join(tmpdir(), "reeve-history-")), "all.jsonl");
  const kept = await line.run(["events", "export", "--out", file]);
  expect(kept).toMatchObject({ out: "", err: `Written: ${events.length} events to ${file}\n` });
  expect(await readFile(file, "utf8")).toBe(exported.out);
  await rm(dirname(file), { recursive: true });
});

test("an auditor verifies the history, also against a head of a log", async () => {
  await using house = await install({
    stores: pglite,
    files: baseline,
    devices: [{ serial: "SIM-1", platform: "ipados", name: "SIM-1" }],
  });
  await house.enroll();
  await house.settle();
  await sealAll(house.store);
  await using line = await openCommandLine(house, testSettings);
  const folder = await mkdtemp(join(tmpdir(), "reeve-head-"));
  try {
    const head = await line.run(["events", "head"]);
    const [own = ""] = head.out.split("\n");
    await writeFile(join(folder, "reeve.log"), `{"event":"history.sealed","head":"${own}"}\n`);
    const sound = await line.run(["events", "verify", "--head", join(folder, "reeve.log")]);
    const other = `1:${"0".repeat(64)}`;
    const strange = await line.run(["events", "verify", "--head", other]);
    const asJson = await line.run(["events", "verify", "-o", "json"]);
    const none = await line.run(["events", "verify", "--head", join(folder, "nothing")]);

    expect(head).toMatchObject({ code: 0, err: "" });
    expect(own).toMatch(/^\d+:[0-9a-f]{64}$/);
    expect(sound).toMatchObject({ code: 0, err: "" });
    expect(sound.out).toContain("All are as they were written.\n1 published head found in it.\n");
    expect(sound.out).toContain(`Head     ${own}\n`);
    expect(strange.code).toBe(1);
    expect(strange.out).toContain(`head-unknown  the published head ${other} is not in this history`);
    expect(JSON.parse(asJson.out)).toMatchObject({
      formatVersion: 1,
      flawed: 0,
      flaws: [],
      publishedHeads: 0,
    });
    expect(none).toMatchObject({ code: 3, out: "" });

    await house.store.query("set session_replication_role = replica");
    await house.store.query(
      "update reeve.event set by_person = 'somebody else' where type = 'device.enrolled'",
    );
    await house.store.query("set session_replication_role = origin");
    const changed = await line.run(["events", "verify"]);
    expect(changed.code).toBe(1);
    expect(changed.out).toMatch(
      /^event-changed {2}event \d+ \(device\.enrolled\) was changed after seal \d+\n/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
