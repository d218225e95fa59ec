import { expect, test } from "vitest";
import { googleFault } from "../../../simulator/amapi/request-faults.ts";
import { acting, effects, fullyManaged, minute, told, withDevice } from "./test-acts.ts";

const year = 365 * 24 * 60 * minute;

test("what was written while the clock stood a year ahead holds nothing up when it stands right again", async () => {
  await using bed = await withDevice(fullyManaged);
  const { house, device } = bed;
  const { store } = house;
  const quota = googleFault(429, "RESOURCE_EXHAUSTED", "Quota exceeded");
  const refused = googleFault(400, "INVALID_ARGUMENT", "This policy has a fault.");
  house.amapi.fail({ method: "enterprises.devices.issueCommand", answer: quota });
  house.amapi.fail({ method: "enterprises.policies.patch", answer: refused });
  const acts = acting({ lock: "lock: {}" });
  const camera = acts["camera.yaml"]?.replace("ACCESS_DISABLED", "ACCESS_ENFORCED") ?? "";
  house.commit({ ...acts, "camera.yaml": camera });
  await house.controller.reconciler.poll();
  while (!(await house.controller.reconciler.tick()));
  await house.controller.android?.round().catch(() => {});
  const later = async (sql: string): Promise<number> => (await store.query(sql, [year])).length;
  expect([
    await later("update reeve.android_policy set retry_at = retry_at + $1 where retry_at > 0 returning id"),
    await later(`update reeve.channel set version = version + 1, state = jsonb_set(state, '{putOff}',
      (select jsonb_object_agg(key, value::text::bigint + $1) from jsonb_each(state->'putOff')))
      where state->'putOff' <> '{}' returning id`),
    await later(
      "update reeve.android_device set read_at = read_at + $1, listed = listed + $1 returning state",
    ),
  ]).toEqual([1, 1, 1]);
  await house.pass(6 * minute, 2 * minute);
  expect(effects(device)).toEqual(["locked"]);
  expect(device.ledger.of("policy-applied").at(-1)?.content).toMatchObject({
    cameraAccess: "CAMERA_ACCESS_ENFORCED",
  });
  await house.am.enterprises.devices.delete({ name: device.name ?? "" });
  await house.pass(4 * minute, 2 * minute);
  expect(Object.values(await told(house, "device.left"))).toHaveLength(1);
});
