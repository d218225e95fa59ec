import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type BareRepository, makeBareRepository, serveRepository } from "../../git/remote-fixture.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import type { RunningFleet } from "../../simulator/start-fleet.ts";
import { app, type Files, organization, passcode, policy, slackId } from "../manifests.ts";
import { eventually } from "./eventually.ts";
import { executed, type House, member, openHouse } from "./house.ts";

// Processes start and stop here, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const first: Files = {
  "org.yaml": organization,
  "passcode.yaml": passcode(6),
  "slack.yaml": app("slack", slackId),
  "baseline.yaml": policy("profiles: [{name: passcode}]\napps: [{name: slack}]"),
};
const stronger: Files = { ...first, "passcode.yaml": passcode(8) };
const broken: Files = { ...stronger, "baseline.yaml": policy("profiles: [{name: passcod}]") };
const withoutApp: Files = { ...stronger, "baseline.yaml": policy("profiles: [{name: passcode}]") };
const withoutApp9: Files = { ...withoutApp, "passcode.yaml": passcode(9) };

for (const protocol of ["file", "http"] as const)
  describe(`a bare repository over ${protocol} drives the daemon`, { shuffle: false }, () => {
    let repository: BareRepository;
    let house: House;
    let fleet: RunningFleet;
    const closing = new AsyncDisposableStack();

    beforeAll(async () => {
      repository = closing.use(makeBareRepository());
      const served = protocol === "http" ? await serveRepository(repository) : undefined;
      if (served !== undefined) closing.defer(served.close);
      const url = served?.url ?? repository.url;
      repository.commit(first, { message: "First" });
      house = closing.use(
        await openHouse({
          settings: {
            source: { directory: undefined, url, interval: "10m", allowFileProtocol: "true" },
          },
        }),
      );
      await house.start();
      fleet = await house.enroll([member("SIM-1"), member("SIM-2", { platform: "ios" })]);
    });
    afterAll(() => closing.disposeAsync());

    test("what is pushed comes to be on the devices", async () => {
      await devices((device) => minLength(device) === 6 && isManaged(device));
      const status = await push(stronger, "Eight");
      expect(status.inForce?.message).toBe("Eight");
      await devices((device) => minLength(device) === 8);
    });

    test("a broken commit is refused with its place, and what was in force stays", async () => {
      const before = await house.status();
      const revision = repository.commit(broken, { message: "Broken" });
      await house.reeve("reconcile");
      await eventually("it is refused", async () => (await house.status()).refused?.revision === revision);
      const { code, stdout } = await house.reeve("status");
      expect(code).toBe(1);
      expect(stdout).toMatch(
        new RegExp(
          `REFUSED {2}${revision.slice(0, 7)} baseline.yaml:6:21 unknown-reference, (just now|\\d+ s ago); `,
        ),
      );
      expect((await house.status()).inForce?.revision).toBe(before.inForce?.revision);
      await settled();
      expect(fleet.devices.map(minLength)).toEqual([8, 8]);
    });

    test("an empty commit removes nothing", async () => {
      const removals = removed();
      const revision = repository.commit({}, { message: "Gone" });
      await house.reeve("reconcile");
      const { stdout } = await eventually("it is said", async () => {
        const said = await house.reeve("status");
        return said.stdout.includes(revision.slice(0, 7)) && said;
      });
      expect(stdout).toContain("no-manifests");
      await settled();
      expect(removed()).toBe(removals);
      expect(fleet.devices.map((device) => [minLength(device), isManaged(device)])).toEqual([
        [8, true],
        [8, true],
      ]);
    });

    test("a rewritten history comes into force, and its removals wait for a person", async () => {
      const removals = removed();
      const revision = repository.commit(withoutApp9, { message: "Rewritten", parent: null });
      await house.reeve("reconcile");
      await inForce(revision);
      const { stdout } = await house.reeve("status");
      expect(stdout).toContain("the history of the repository was rewritten");
      await devices((device) => minLength(device) === 9);
      await settled();
      expect(removed()).toBe(removals);
      expect(fleet.devices.every(isManaged)).toBe(true);

      const resumed = await house.reeve("resume", "removals");
      expect(resumed.code).toBe(0);
      await devices((device) => !isManaged(device));
    });

    test("the fix is in force", async () => {
      const status = await push(first, "Fixed");
      expect(status.refused).toBeUndefined();
      await devices((device) => minLength(device) === 6 && isManaged(device));
      expect(fleet.violations()).toEqual([]);
    });

    async function push(files: Files, message: string) {
      const revision = repository.commit(files, { message });
      expect((await house.reeve("reconcile")).code).toBe(0);
      return inForce(revision);
    }

    function inForce(revision: string) {
      return eventually(
        `${revision} is in force`,
        async () => {
          const status = await house.status();
          return status.inForce?.revision === revision && status;
        },
        { state: () => house.status() },
      );
    }

    function devices(hold: (device: AppleDevice) => boolean): Promise<unknown> {
      return eventually("the devices are as declared", () => fleet.devices.every(hold), {
        state: () => house.status(),
      });
    }

    function settled(): Promise<unknown> {
      return eventually(
        "nothing is under way",
        async () => {
          const { total } = await house.status();
          return total.total === 2 && total.reconciling === 0;
        },
        { state: () => house.status() },
      );
    }

    function removed(): number {
      const types = ["RemoveProfile", "RemoveApplication"];
      return fleet.devices.reduce(
        (sum, device) => sum + types.reduce((all, type) => all + executed(device, type), 0),
        0,
      );
    }
  });

function minLength(device: AppleDevice): unknown {
  return device.snapshot().profiles["reeve.profile.passcode"]?.payloads[0]?.minLength;
}

function isManaged(device: AppleDevice): boolean {
  return device.snapshot().apps[slackId]?.managed === true;
}
