import { expect, test } from "vitest";
import { viewOperations } from "../../../loop/view-logs.ts";
import { androidHouse } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { off, on, revision } from "./manifests.ts";

const [store] = await storesOfSuite();
if (store === undefined) throw new Error("there is no store");
const minute = 60_000;

test("a device of another enterprise gets nothing of this one's policies: Google refuses it for that device alone, and its log says so", async () => {
  await using house = await androidHouse({ stores: store, files: revision(off), readEveryMs: 3 * minute });
  const { am, amapi } = house;
  const [ours] = await house.arrive([{ serial: "SN-OURS" }]);
  const other = amapi.enterprise({ projectId: "another-project" });
  const theirPolicy = `${other}/policies/theirs`;
  await am.enterprises.policies.patch({
    name: theirPolicy,
    requestBody: { cameraAccess: "CAMERA_ACCESS_ENFORCED", playStoreMode: "BLACKLIST" },
  });
  const { data } = await am.enterprises.enrollmentTokens.create({
    parent: other,
    requestBody: { policyName: theirPolicy },
  });
  const theirs = amapi.device({ serial: "SN-THEIRS" });
  expect(theirs.enroll(String(data.qrCode), "factory-reset")).toBeUndefined();
  const applied = () => theirs.ledger.of("policy-applied").map(({ name }) => name);

  // Google lists the devices of one enterprise: nobody asks about another's.
  amapi.requests.clear();
  await house.pass(4 * minute);
  expect(amapi.requests.entries.filter(({ path }) => path.includes(other))).toEqual([]);
  expect((await house.list()).devices.map(({ serial }) => serial)).toEqual(["SN-OURS"]);

  // Its name comes to be known here, as after a change of the configured enterprise.
  for (let round = 0; round < 2; round++) {
    // A round that reads the list asks about nobody by name.
    house.controller.android?.hint([String(theirs.name)]);
    await house.pass(minute);
  }
  house.commit(revision(on));
  await house.pass(8 * minute);
  expect(new Set(applied())).toEqual(new Set([theirPolicy]));
  expect(theirs.machine.apps.has("com.acme.mail")).toBe(false);
  const refused = amapi.requests.entries.filter(
    ({ path, method }) => path.includes(other) && method === "enterprises.devices.patch",
  );
  expect(new Set(refused.map(({ status, committed }) => [status, committed].join()))).toEqual(
    new Set(["400,false"]),
  );
  const { id, condition } = await house.view("SN-THEIRS");
  expect(condition.type).not.toBe("Ready");
  const told = await viewOperations(house.looking, { device: id, status: ["failed"], limit: 20 });
  expect(told.map(({ information }) => information).join()).toContain(
    `policy_name is expected to start with ${other}/policies/`,
  );

  expect((await house.view("SN-OURS")).condition.type).toBe("Ready");
  expect(ours?.ledger.of("policy-applied").at(-1)?.content).toMatchObject({
    cameraAccess: "CAMERA_ACCESS_ENFORCED",
  });
});
