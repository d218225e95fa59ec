import { expect, test } from "vitest";
import { type Bed, bed, SECOND } from "../simulator/amapi/test-amapi.ts";
import type { Quota } from "./bucket.ts";
import { type Google, google } from "./google.ts";
import { allPages } from "./pages.ts";
import { throttle } from "./throttle.ts";

/** The client of production for an emulator. When it has to wait, what is under way ends and time passes. */
function clientOf({ amapi, world }: Bed, quota: Quota = { calls: 1_000, perMs: 100 * SECOND }) {
  const flying = new Set<Promise<unknown>>();
  const client = google({
    access: { type: "emulator", rootUrl: amapi.rootUrl },
    throttle: throttle({
      quota,
      clock: () => world.now(),
      wait: async (ms) => {
        await Promise.allSettled(flying);
        await world.advance(ms);
      },
    }),
  });
  const manage: Google["manage"] = (options, send) =>
    client.manage(options, (am, common) => {
      const sent = send(am, common);
      flying.add(sent);
      return sent.finally(() => flying.delete(sent));
    });
  return { ...client, manage };
}

test("a burst of calls stays within the quota: Google refuses none, and the lock is not the last", async () => {
  const one = await bed({ knobs: { quota: { requests: 20, perMs: 100 * SECOND } } });
  const client = clientOf(one, { calls: 20, perMs: 100 * SECOND });
  const done: string[] = [];
  const call = (name: string, urgency: "sync" | "lock"): Promise<unknown> =>
    client
      .manage({ urgency }, (am, common) => am.enterprises.get({ name: one.enterprise }, common))
      .then(() => done.push(name));
  const syncs = Array.from({ length: 40 }, () => call("sync", "sync"));
  await Promise.all([...syncs, call("lock", "lock")]);
  expect(one.amapi.requests.entries.map(({ status }) => status)).toEqual(Array(41).fill(200));
  expect(done.indexOf("lock")).toBeLessThan(20);
});

test("after a refusal for the quota the next call waits for a minute, and is answered", async () => {
  const one = await bed({ knobs: { quota: { requests: 1, perMs: 60 * SECOND } } });
  const client = clientOf(one);
  const get = () =>
    client.manage({ urgency: "lock" }, (am, common) => am.enterprises.get({ name: one.enterprise }, common));
  await get();
  await expect(get()).rejects.toMatchObject({ name: "Retry", code: "google-quota" });
  const before = one.world.now();
  expect(await get()).toMatchObject({ type: "answer" });
  expect(one.world.now() - before).toBeGreaterThanOrEqual(60 * SECOND);
  expect(one.amapi.requests.entries.map(({ status }) => status)).toEqual([200, 429, 200]);
});

test("a command whose answer is lost is unanswered, was sent once, and is found by its operation", async () => {
  const one = await bed();
  await one.policy("default", {});
  const device = await one.enrolled();
  const name = device.name ?? "";
  const client = clientOf(one);
  one.amapi.fail({ method: "enterprises.devices.issueCommand", drop: "after-commit" });
  const lock = client.manage({ urgency: "lock" }, (am, common) =>
    am.enterprises.devices.issueCommand({ name, requestBody: { type: "LOCK" } }, common),
  );
  await expect(lock).rejects.toMatchObject({ name: "Retry", code: "google-unanswered" });
  const found = await allPages(async (token) => {
    const answer = await client.manage({ urgency: "command" }, (am, common) =>
      am.enterprises.devices.operations.list(
        { name: `${name}/operations`, ...(token === undefined ? {} : { pageToken: token }) },
        common,
      ),
    );
    return answer.type === "answer"
      ? { items: answer.data.operations ?? [], next: answer.data.nextPageToken }
      : { items: [] };
  });
  expect(found.map(({ metadata }) => metadata?.type)).toEqual(["LOCK"]);
  expect(one.amapi.requests.count("enterprises.devices.issueCommand")).toBe(1);
});

test("all devices are found over several pages, and a wiped one is gone", async () => {
  const one = await bed();
  await one.policy("default", {});
  const devices = [];
  for (let count = 0; count < 12; count++) devices.push(await one.enrolled());
  const client = clientOf(one);
  const list = () =>
    allPages(async (token) => {
      const answer = await client.manage({ urgency: "sweep" }, (am, common) =>
        am.enterprises.devices.list(
          { parent: one.enterprise, pageSize: 5, ...(token === undefined ? {} : { pageToken: token }) },
          common,
        ),
      );
      return answer.type === "answer"
        ? { items: answer.data.devices ?? [], next: answer.data.nextPageToken }
        : { items: [] };
    });
  expect((await list()).map(({ name }) => name).sort()).toEqual(devices.map(({ name }) => name).sort());
  const name = devices[0]?.name ?? "";
  await client.manage({ urgency: "lock" }, (am, common) => am.enterprises.devices.delete({ name }, common));
  const get = client.manage({ urgency: "sync" }, (am, common) =>
    am.enterprises.devices.get({ name }, common),
  );
  await expect(get).rejects.toMatchObject({ name: "Stalled", code: "google-gone" });
  expect(await list()).toHaveLength(11);
});

test("what Google refuses says where, in Google's words", async () => {
  const one = await bed();
  const name = `${one.enterprise}/policies/p`;
  const patch = clientOf(one).manage({ urgency: "sync" }, (am, common) =>
    am.enterprises.policies.patch({ name, requestBody: { cameraAccess: "DISABLED" } }, common),
  );
  await expect(patch).rejects.toMatchObject({ name: "Stalled", code: "google-refused" });
  await expect(patch).rejects.toThrow("policy.camera_access");
});
