import { expect, test } from "vitest";
import { takeSecret, viewSecrets } from "../../../loop/view-secrets.ts";
import {
  acting,
  approve,
  canary,
  companyProfile,
  fullyManaged,
  issued,
  minute,
  one,
  outcomes,
  personal,
  told,
  withDevice,
} from "./test-acts.ts";

const download = { password: "addEsim: {activationCode: '${secret:unlock/password}'}" };

test("an eSIM comes by a code that stands nowhere, and goes when somebody has approved it", async () => {
  await using bed = await withDevice(fullyManaged);
  const { house, device } = bed;
  house.commit(acting(download));
  await house.settle();
  const [iccId = ""] = device.machine.esims;
  expect(device.ledger.of("esim")).toMatchObject([{ done: "added", subject: canary }]);
  expect(await outcomes(house)).toEqual({ password: `executed: eSIM ${iccId}` });
  const { data } = await house.am.enterprises.devices.operations.list({ name: `${device.name}/operations` });
  expect(data.operations?.[0]?.metadata).toMatchObject({ addEsimParams: { activationState: "ACTIVATED" } });
  for (const table of ["act", "act_target", "command", "event", "detail", "channel", "kept", "interned"]) {
    const [row] = await house.store.query<{ all: string }>(
      `select coalesce(string_agg(t::text, ''), '') as all from reeve.${table} t`,
    );
    expect(row?.all.includes(canary), table).toBe(false);
  }

  const removal = (id: string) => ({
    ...acting(download),
    ...acting({ remove: `removeEsim: {iccId: "${id}"}` }, one),
  });
  house.commit(removal("89880000000000000000"));
  await house.settle();
  expect([issued(house), (await outcomes(house)).remove]).toEqual([1, "held"]);
  await approve(house);
  await house.settle();
  expect((await outcomes(house)).remove).toBe("failed: it has no eSIM of the company with this ICCID");
  house.commit({
    ...acting(download),
    ...acting({ remove: `removeEsim: {iccId: "${iccId}"}` }, `${one}\n  generation: 2`),
  });
  await house.settle();
  await approve(house);
  // One destructive act on one device has used up the budget of twenty minutes.
  await house.pass(40 * minute, 10 * minute);
  expect(device.machine.esims).toEqual([]);
  expect(device.ledger.of("esim").map(({ done }) => done)).toEqual(["added", "removed"]);

  device.answersNext("ADD_ESIM", { esimStatus: { status: "PENDING_USER_ACTION" } });
  house.commit({ ...acting(download), ...acting(download, "  generation: 2") });
  await house.settle();
  await house.pass(30 * minute, 10 * minute);
  expect((await outcomes(house))["password@2"]).toBe("sent");
});

test("a personal device tells its EID where its user agrees, and activates no eSIM by itself", async () => {
  await using bed = await withDevice(personal);
  const { house, device } = bed;
  const [known] = (await house.list()).devices;
  device.be({ declines: true });
  house.commit(acting({ ...download, eid: "readEid: {}" }));
  await house.settle();
  expect(await outcomes(house)).toEqual({
    password: "failed: its user did not allow it",
    eid: "failed: its user did not want to tell it",
  });
  expect((await viewSecrets(house.looking, known?.serial ?? "")).secrets).toEqual([]);

  device.be({ declines: false });
  house.commit(acting({ ...download, eid: "readEid: {}" }, "  generation: 2"));
  await house.settle();
  expect(device.ledger.of("eid-asked").map(({ given }) => given)).toEqual([false, true]);
  const { values } = await takeSecret(house.looking, known?.serial ?? "", "eid", "for the carrier", {
    name: "it-duty",
  });
  expect(values).toMatchObject([{ value: device.machine.eid, encoding: "text" }]);
  const [row] = await house.store.query<{ all: string }>(
    "select string_agg(t::text, '') as all from (select t::text from reeve.act_target t union all select t::text from reeve.event t union all select t::text from reeve.command t) t",
  );
  expect(row?.all).not.toContain(device.machine.eid);

  const active = { password: "addEsim: {activationCode: '${secret:unlock/password}', activate: true}" };
  house.commit(acting(active, "  generation: 3"));
  await house.settle();
  expect((await told(house, "act.refused"))["Operation/password@3"]).toContain("only its user activates");
  expect(issued(house)).toBe(4);
});

test("a company's work profile on a later Android 16 is asked to remove no eSIM, also when that was approved", async () => {
  await using bed = await withDevice(companyProfile, { android: 16 });
  const { house, device } = bed;
  house.commit(acting({ remove: 'removeEsim: {iccId: "89880000000000000000"}', eid: "readEid: {}" }, one));
  await house.settle();
  await approve(house);
  await house.settle();
  expect(await outcomes(house)).toEqual({
    remove: expect.stringMatching(/^failed: Android 16 with security patches of December 2025 or later/),
  });
  expect((await told(house, "act.refused"))["Operation/eid@1"]).toContain(
    "readEid is for work profiles on personal",
  );
  expect([issued(house), device.ledger.of("command")]).toEqual([0, []]);
});
