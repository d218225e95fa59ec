import { expect, it } from "vitest";
import { appendEvents, listEvents } from "./events.ts";
import { start } from "./test-fleet.ts";
import { scene } from "./test-scene.ts";
import type { TestStores } from "./test-stores.ts";
import { withdrawAct } from "./withdrawals.ts";

/** What the history says of acts by itself, whoever writes. */
export function tellingContract(stores: TestStores): void {
  it("tells of what leaves, of what nobody has heard of, of what came too late and of what ended, once, with who asked for it", async () => {
    await using house = await scene(stores, 1);
    const { store, devices } = house;
    const [{ device } = { device: "" }] = devices;
    const act = await house.file("Deprovision/one@1", devices, { author: "ann", revision: "r1" });
    const late = await house.file("Deprovision/two@1", devices, { author: "bob", revision: "r2" });
    const google = await house.file("Deprovision/three@1", devices, { author: "cid", revision: "r3" });
    const silent = await house.file("Deprovision/four@1", devices, { author: "dan", revision: "r4" });
    const turn = (status: string, at: number, note: string | null = null, of = act) =>
      store.query("update reeve.act_target set status = $2, updated_at = $3, note = $4 where act = $1", [
        ...[of.id, status, at, note],
      ]);

    await turn("sent", start);
    await turn("sent", start + 1);
    await turn("unknown", start + 2, "it is silent");
    await turn("unknown", start + 3);
    await turn("executed", start + 4);

    await turn("expired", start + 5, "it waited for an approval", late);
    await turn("expired", start + 6, null, late);
    await turn("sent", start + 7, null, google);
    await turn("expired", start + 8, "nobody came", google);
    await turn("sent", start + 9, null, silent);
    await turn("expired", start + 10, null, silent);
    // What a withdrawal takes back is told with that, but not what Google still had then.
    const [left, gone, taken, recalled] = await Promise.all(
      ["left", "gone", "taken", "recalled"].map((name) =>
        house.file(`Operation/${name}@1`, devices, { author: "eve" }),
      ),
    );
    await turn("sent", start + 11, null, recalled);
    for (const { id = "" } of [taken, recalled].flatMap((one) => one ?? []))
      await withdrawAct(store, { act: id, by: "fay", note: "a mistake", at: start + 12 });
    await turn("cancelled", start + 13, "cancelled before it was done", recalled);
    await turn("cancelled", start + 14, "the enrollment ended", left);
    // Whatever somebody claims: what leaves is told.
    await store.query("insert into reeve.act_withdrawal values ($1, 1, 'eve', '')", [gone?.id]);
    await turn("sent", start + 15, null, gone);
    await turn("cancelled", start + 16, null, gone);
    await turn("cancelled", start + 17, null, gone);

    const told = { device, subject: "Deprovision/one@1", by: "ann", revision: "r1" };
    const [two, three] = [
      { device, subject: "Deprovision/two@1", by: "bob", revision: "r2" },
      { device, subject: "Deprovision/three@1", by: "cid", revision: "r3" },
    ];
    const unknown =
      "wipe: nobody knows whether it was carried out, and it is not sent again by itself; it is silent";
    expect(await listEvents(store, { limit: 13, types: ["act."] })).toMatchObject([
      { type: "act.cancelled", at: start + 16, message: "wipe is cancelled", subject: "Operation/gone@1" },
      { type: "act.sent", at: start + 15, subject: "Operation/gone@1" },
      {
        type: "act.cancelled",
        at: start + 14,
        message: "wipe is cancelled: the enrollment ended",
        by: "eve",
      },
      { type: "act.cancelled", at: start + 13, message: "wipe is cancelled: cancelled before it was done" },
      { type: "act.sent", at: start + 11, subject: "Operation/recalled@1" },
      { type: "act.expired", at: start + 10, message: "wipe: nobody fetched it", by: "dan" },
      { type: "act.sent", at: start + 9 },
      { type: "act.expired", at: start + 8, message: "wipe: nobody came", ...three },
      { type: "act.sent", at: start + 7, ...three },
      { type: "act.expired", at: start + 5, message: "wipe: it was not sent in time", ...two },
      { type: "act.unknown", at: start + 2, message: unknown, ...told },
      { type: "act.sent", at: start, message: "wipe is sent, in epoch 1", ...told },
    ]);
  });

  it("says of every event about an act its name, who asked for it and by which revision, where the event does not", async () => {
    await using house = await scene(stores, 1);
    const { store } = house;
    await house.file("Deprovision/other@1", house.devices, { author: "bob", revision: "r2" });
    const act = await house.file("Deprovision/one@1", house.devices, { author: "ann", revision: "r1" });
    await house.file("Deprovision/last@1", house.devices, { author: "cid", revision: "r3" });
    const name = "Deprovision/one@1";
    const events = [
      [{ type: "act.executed", subject: name }, "ann", "r1"],
      [{ type: "gate.refused", subject: act.id }, "ann", "r1"],
      [{ type: "act.failed", subject: act.id, by: "boss", revision: "r9" }, "boss", "r9"],
      [{ type: "act.cancelled", subject: name, by: "boss" }, "boss", "r1"],
      [{ type: "act.refused", subject: name, revision: "r9" }, "ann", "r9"],
      [{ type: "act.failed", subject: name, by: "boss", revision: "r9" }, "boss", "r9"],
      [{ type: "act.failed", subject: "Deprovision/none@1" }, undefined, undefined],
      [{ type: "gate.name" }, undefined, undefined],
      [{ type: "item.failed", subject: name }, undefined, undefined],
    ] as const;

    await appendEvents(
      store,
      events.map(([event], n) => ({ ...event, at: start + n, message: "" })),
    );

    const listed = await listEvents(store, { limit: 20, since: start, after: 0 });
    const told = listed.filter(({ message }) => message === "");
    expect(told.map(({ type, by, revision }) => [type, by, revision])).toEqual(
      events.map(([{ type }, by, revision]) => [type, by, revision]),
    );
    const named = events.map(([event]) => ("subject" in event ? event.subject : undefined));
    expect(told.map(({ subject }) => subject)).toEqual(named.map((one) => (one === act.id ? name : one)));
  });
}
