import { expect, test } from "vitest";
import { engagedLatches } from "../../store/control.ts";
import { listEvents } from "../../store/events.ts";
import { postgres } from "../../store/test-stores.ts";
import { burnDown, callEverything } from "../attacks-by-catalog.ts";
import { byGit, byToken, files, serials } from "../attacks-by-git.ts";
import { bySql } from "../attacks-by-sql.ts";
import { againstTheBreaker } from "../attacks-on-stops.ts";
import { answered, type MalloryHouse, malloryHouse, type Way } from "../mallory.ts";
import { policy, profile } from "../manifests.ts";

const server = await postgres();
const minute = 60_000;

test.runIf(server !== undefined)(
  "with every credential of one administrator, over the wire, one device is wiped, by break-glass, and the breaker is engaged at the end",
  async () => {
    if (server === undefined) return;
    await using one = await malloryHouse(server, files, serials);
    const { house } = one;
    expect(house.store.gate).toBe("enforced");
    const all: readonly Way[] = [...byGit, ...byToken, ...bySql, ...againstTheBreaker];
    const answers: [string, string][] = [];
    let most = 0;
    for (const [name, work] of all) {
      if (name.startsWith("breaks the glass")) most = 1;
      const answer = await work(one).catch(String);
      // What commits have come to is seen when the last of them is in force.
      if (!byGit.slice(0, -1).some(([other]) => other === name)) await everybodyConnects(one);
      expect(one.destroyed().length, name).toBe(most);
      answers.push([name, answer]);
    }
    expect(Object.fromEntries(answers)).toEqual(
      Object.fromEntries(all.map(([name, , answer]) => [name, answer])),
    );
    expect(await engagedLatches(house.store)).toMatchObject([{ name: "breaker" }]);

    expect(await callEverything(one)).toEqual([]);
    await everybodyConnects(one, 20 * minute);
    expect(one.destroyed()).toEqual(["SIM-1"]);
    await armed(one);
    const told = await listEvents(house.store, { limit: 50, types: ["gate."] });
    expect(new Set(told.map(({ type }) => type))).toEqual(
      new Set([
        "gate.breaker",
        "gate.break-glass",
        "gate.content",
        "gate.name",
        "gate.lifted",
        "gate.refused",
      ]),
    );

    expect(await burnDown(one)).toEqual([]);
    await everybodyConnects(one, 20 * minute);
    expect(one.destroyed()).toEqual(["SIM-1"]);
    expect(await engagedLatches(house.store)).toMatchObject([
      { name: "armed" },
      { name: "breaker", by: "reeve" },
    ]);
  },
  300_000,
);

/** A passcode rule that erases: what the boss agreed to was another one. */
async function armed({ push, house, look, as }: MalloryHouse): Promise<void> {
  const rule = (attempts: number) => ({
    "armed.yaml": profile(
      "armed",
      `type: com.apple.mobiledevice.passwordpolicy, content: {forcePIN: true, maxFailedAttempts: ${attempts}}`,
    ),
    "for.yaml": policy("profiles: [{name: armed}]", "armed"),
  });
  const resume = (name: "boss" | "mallory") => answered(as[name].post("/v1/resume/armed", {}));
  push({ ...files, ...rule(10) }, "mallory");
  await look();
  expect([await resume("boss"), await resume("boss")]).toEqual(Array(2).fill("another-approver-needed"));
  push({ ...files, ...rule(2) }, "mallory");
  await look();
  expect([await resume("mallory"), await resume("mallory")]).toEqual(
    Array(2).fill("another-approver-needed"),
  );
  await look();
  const rules = house.fleet.devices.map((device) => device.snapshot().profiles["reeve.profile.armed"]);
  expect(rules.filter((found) => found !== undefined)).toEqual([]);
}

/** Every device is woken, connects and does what it is told; Google's, too. */
async function everybodyConnects({ house, sql }: MalloryHouse, ms = minute): Promise<void> {
  await sql("update reeve.channel set due_at = 0, version = version + 1");
  await house.pass(ms, Math.max(minute, ms / 2)).catch(() => {});
  for (const device of house.fleet.devices) await device.connect().catch(() => {});
  await house.world.advance(30_000);
}
