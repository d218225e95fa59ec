import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sealAll } from "../../loop/verify-events.ts";
import { pglite } from "../../store/test-stores.ts";
import { openCommandLine } from "../admin-answers.ts";
import { install, testSettings } from "../installation.ts";
import { baseline } from "../manifests.ts";

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
