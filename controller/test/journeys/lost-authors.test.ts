import { expect, test } from "vitest";
import { noteActAuthors, readActAuthors, unknownAuthor } from "../../loop/act-authors.ts";
import { approveHold } from "../../loop/control.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { setControl } from "../../store/control.ts";
import { listRevisions } from "../../store/revisions.ts";
import { install, storesOfSuite } from "../installation.ts";
import { baseline, deprovision, device, type Files } from "../manifests.ts";

const stores = await storesOfSuite();
const serials = ["SIM-1", "SIM-2", "SIM-3"];
const quiet: Files = {
  ...baseline,
  "devices.yaml": serials.map((one) => device(one.toLowerCase(), one, "ownership: company")).join("---\n"),
};
const wipe = (name: string, target: string, more = ""): Files => ({
  [`${name}.yaml`]: deprovision(name, `devices: [${target}]`, 1, more),
});

test.each(stores)(
  "on $name an act of which it is not remembered who asked for it has no author, and nobody approves it",
  async (store) => {
    await using house = await install({
      stores: store,
      files: quiet,
      devices: serials.map((serial) => ({ serial, platform: "ipados" as const, supervised: true })),
    });
    const record = () =>
      house.store.query<{ sealed: string }>("select sealed from reeve.material where name = 'act-authors'");
    const forget = () => house.store.query("delete from reeve.material where name = 'act-authors'");
    const approve = async (act: string, by: string): Promise<string> => {
      const hold = (await viewHolds(house.looking)).find((one) => one.act.startsWith(`Deprovision/${act}@`));
      return approveHold(house.looking, hold?.digest ?? "", { name: by }, undefined).then(
        ({ status }) => status,
        ({ code }) => code,
      );
    };
    const watching = (value: string | undefined) =>
      setControl(house.store, "observe", value, { person: "test", at: house.world.now() });
    await house.enroll();
    await house.settle();
    const [old] = await record();

    // Mallory asks while reeve only watches, so that nothing is frozen; the record goes.
    await watching("a look first");
    const asked = { ...quiet, ...wipe("second", "sim-2") };
    house.commit(asked, { author: "mallory" });
    await house.settle();
    await forget();
    await watching(undefined);
    await house.settle();
    expect(await viewHolds(house.looking)).toMatchObject([{ act: "Deprovision/second@1", author: "" }]);
    for (const by of ["it-lead@acme.example", "bob"])
      expect(await approve("second", by), by).toBe("approval-author-unknown");

    // An older record, and the next commit of somebody else, whom his own act names and the others do not.
    await watching("another look");
    const more = { ...asked, ...wipe("third", "sim-3") };
    house.commit(more, { author: "mallory" });
    await house.settle();
    await forget();
    const [{ sealed }] = [old ?? { sealed: "" }];
    await house.store.query(
      "insert into reeve.material (name, sealed, updated_at) values ('act-authors', $1, 0)",
      [sealed],
    );
    house.commit({ ...more, ...wipe("first", "sim-1") }, { author: "bob" });
    await house.settle();
    await watching(undefined);
    await house.settle();
    for (const act of ["first", "third"])
      expect(await approve(act, "mallory"), act).toBe("approval-author-unknown");

    // What is asked for again from then on is known, and approved as ever.
    const again = { ...more, ...wipe("first", "sim-1", "  generation: 2") };
    house.commit(again, { author: "bob" });
    await house.settle();
    expect(await approve("first", "bob")).toBe("approval-own-act");
    expect(await approve("first", "carol")).toBe("ready");
    await house.settle();
    expect(house.fleet.devices.map((phone) => phone.ledger.of("erased").length)).toEqual([1, 0, 0]);

    // Nor is what the row of the revision says of itself believed, when a process starts with it.
    await forget();
    const compiled = house.looking.reconciler.current()?.compiled;
    const [row] = await listRevisions(house.store, 1);
    if (compiled === undefined || row === undefined) throw new Error("nothing is in force");
    const said = { revision: row.id, author: "bob", authorEmail: "bob@acme.example", verified: true };
    await noteActAuthors(house.store, compiled, said, 0);
    expect(Object.values((await readActAuthors(house.store, row.id)) ?? {})).toEqual(
      Array(3).fill(unknownAuthor),
    );
  },
);
