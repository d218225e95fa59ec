import { expect, test } from "vitest";
import { UserError } from "../../errors.ts";
import { approveHold } from "../../loop/control.ts";
import { type DeletionWish, deleteDirectly } from "../../loop/delete-device.ts";
import { actDirectly } from "../../loop/direct-act.ts";
import { enrollmentProfile } from "../../loop/enroll.ts";
import { deviceNamed, viewDevices } from "../../loop/view-devices.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { listEvents } from "../../store/events.ts";
import { prune } from "../../store/retention.ts";
import { type AndroidHouse, androidHouse } from "../android-house.ts";
import { everythingKept } from "../everything-kept.ts";
import { storesOfSuite } from "../installation.ts";
import { baseline, deprovision, device, type Files } from "../manifests.ts";
import { personal } from "./android/test-acts.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const duty = { name: "it-duty", identities: ["it-duty@acme.example"] };
const lead = { name: "it-lead" };
const owner = "canary.owner@acme.example";
const serials = ["CANARYSERIAL1", "CANARYGONE1", "RETURNS1", "LOST1", "RETIRED1", "STAYS1"];
// What revisions changed is kept by the names of manifests, which are the repository's.
const register = (serial: string, spec: string) => device(`pad-${serials.indexOf(serial)}`, serial, spec);
const personalOnes = ["CANARYSERIAL1", "CANARYGONE1", "RETURNS1", "RETIRED1"];
const files: Files = {
  ...baseline,
  "devices.yaml": personalOnes
    .map((serial) => register(serial, `ownership: personal, owner: ${owner}, alias: alias-${serial}`))
    .join("---\n"),
  "others.yaml": ["LOST1", "STAYS1"].map((serial) => register(serial, "ownership: company")).join("---\n"),
};
let keys = 0;

test.each(stores)(
  "on $name a person deletes the record of a device, after its management",
  async (stores) => {
    await using house = await androidHouse({
      stores,
      files,
      devices: serials.map((serial) => ({
        serial,
        name: serial,
        platform: "ios",
        supervised: true,
        ownApps: 0,
      })),
      ceiling: { devices: 50, percent: 1_000, windowMs: 20 * minute },
    });
    await house.enroll();
    const [phone] = await house.arrive([{ serial: "CANARYSERIAL2" }], personal);
    await house.settle();
    const joined = phone?.ledger.of("enrolled")[0]?.name ?? "";
    const android = await deviceNamed(house.store, joined);
    const apple = await deviceNamed(house.store, "CANARYSERIAL1");
    const gone = await deviceNamed(house.store, "CANARYGONE1");
    const returns = await deviceNamed(house.store, "RETURNS1");

    // One that nobody manages any more goes at once; one that is retired only when somebody says so.
    await house.device("CANARYGONE1").user.removeManagement({ force: true });
    await house.settle();
    expect(await remove(house, "CANARYGONE1")).toEqual({ status: "deleted", device: gone.id });
    expect(await codeOf(remove(house, gone.id))).toBe("no-such-device");
    house.commit({
      ...files,
      "end.yaml": deprovision("end", "devices: [RETIRED1]").replace("employee-left", "retired"),
    });
    await house.settle();
    for (const { digest } of await viewHolds(house.looking))
      await approveHold(house.looking, digest, { name: "it-duty" }, undefined);
    await house.settle();
    expect(await codeOf(remove(house, "RETIRED1"))).toBe("retired");
    expect(await remove(house, "RETIRED1", { evenIfRetired: true })).toMatchObject({ status: "deleted" });
    expect(await comeBack(house, "RETIRED1")).toBeUndefined();

    // Of a managed one it waits for somebody else, and nobody is deleted out of Lost Mode by the way.
    expect(
      await codeOf(deleteDirectly(house.looking, "STAYS1", wish(), { name: "local", unknown: true })),
    ).toBe("act-refused");
    await actDirectly(
      house.looking,
      "LOST1",
      { act: { lostMode: { message: "Call" } }, reason: "lost", expiresInMs: hour, key: key() },
      duty,
    );
    await house.settle();
    expect(await codeOf(remove(house, "LOST1"))).toBe("act-refused");
    expect(await remove(house, "LOST1", { evenIfLost: true })).toMatchObject({ status: "held" });
    const held = [];
    for (const word of ["CANARYSERIAL1", "RETURNS1", android.id]) held.push(await remove(house, word));
    expect(held).toMatchObject([
      { status: "held", verb: "unenroll" },
      { status: "held", verb: "unenroll" },
      { status: "held", verb: "unenroll" },
    ]);
    await house.settle();
    expect(await everythingKept(house.store)).toContain("canaryserial1");
    for (const view of held) {
      const digest = "digest" in view ? (view.digest ?? "") : "";
      expect(await codeOf(approveHold(house.looking, digest, duty, undefined))).toBe("approval-own-act");
      await approveHold(house.looking, digest, lead, undefined);
    }
    // One enrolls again before anybody looks: it is another enrollment, and keeps its record.
    await house.device("RETURNS1").connect();
    expect(house.device("RETURNS1").isEnrolled()).toBe(false);
    expect(await comeBack(house, "RETURNS1")).toBeUndefined();
    await house.pass(6 * minute, 2 * minute);

    const left = await viewDevices(house.looking, { limit: 50 }, { enrollment: "all" });
    const back = left.devices.filter(({ serial }) => serial === "RETIRED1");
    expect(back.map(({ id, enrollment }) => [id !== "", enrollment])).toEqual([[true, "enrolled"]]);
    expect(left.devices.map(({ serial }) => serial).sort()).toEqual([
      "LOST1",
      "RETIRED1",
      "RETURNS1",
      "STAYS1",
    ]);
    expect(left.total).toBe(4);
    expect((await deviceNamed(house.store, "RETURNS1")).id).toBe(returns.id);
    expect((await viewStatus(house.looking, { source: "", warnings: [] })).lifecycle).toEqual({});

    // The register is in the repository, and is not reeve's to erase.
    const { "devices.yaml": _, ...others } = files;
    house.commit(others);
    await house.settle();
    await prune(house.store);
    const words = [
      "CANARYSERIAL1",
      "CANARYGONE1",
      "CANARYSERIAL2",
      joined.slice(joined.lastIndexOf("/") + 1),
    ];
    const after = await everythingKept(house.store);
    expect(words.filter((word) => after.includes(word.toLowerCase()))).toEqual([]);
    const told = await listEvents(house.store, { types: ["device.deleted", "device.kept"], limit: 10 });
    expect(told.map(({ type, device, by }) => [type, device, by]).sort()).toEqual(
      [
        ["device.deleted", gone.id, "it-duty"],
        ["device.deleted", expect.any(String), "it-duty"],
        ["device.deleted", apple.id, "it-duty"],
        ["device.deleted", android.id, "it-duty"],
        ["device.kept", returns.id, "it-duty"],
      ].sort(),
    );
    // Nobody knows it again, and it may come as anybody may.
    expect(await comeBack(house, "CANARYSERIAL1")).toBeUndefined();
    await house.settle();
    expect((await deviceNamed(house.store, "CANARYSERIAL1")).id).not.toBe(apple.id);
  },
);

function key(): string {
  return (++keys).toString(16).padStart(16, "0");
}

function wish(more: Partial<DeletionWish> = {}): DeletionWish {
  return {
    reason: "asked for",
    expiresInMs: 24 * hour,
    key: key(),
    evenIfLost: false,
    evenIfRetired: false,
    ...more,
  };
}

function remove(house: AndroidHouse, word: string, more: Partial<DeletionWish> = {}) {
  return deleteDirectly(house.looking, word, wish(more), duty);
}

async function comeBack(house: AndroidHouse, name: string): Promise<string | undefined> {
  const invitation = { uses: 1, expiresAt: house.world.now() + hour, by: "test" };
  const profile = await enrollmentProfile(house.controller.enroll, invitation, true);
  const result = await house.device(name).enroll(profile, { connect: true });
  return result.ok ? undefined : result.reason;
}

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.code;
    throw error;
  }
}
