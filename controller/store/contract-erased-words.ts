import { expect, it } from "vitest";
import { deleteDevice } from "./deletion.ts";
import { eraseOwed } from "./erasure.ts";
import { enroll, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

const retired = (device: string, erasedAt: number | null) =>
  `insert into reeve.lifecycle (device, epoch, state, ownership, since, may_enroll, erase_at, erased_at)
   values ('${device}', 1, 'retired', 'company', 1, false, ${start}, ${erasedAt})`;

/** What acts and the history called a device, once it is erased. */
export function erasedWordsContract(stores: TestStores): void {
  it("erases what acts called a device when they are over, and leaves as it was what may still leave", async () => {
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => start });
    const named = async (n: number) => (await enroll(store, n)).device;
    const ids = { gone: await named(3), one: await named(1), two: await named(2), deleted: await named(4) };
    const content = '{"of":["serial-one","serial-two"],"text":"serial-one"}';
    const acts: Record<string, Partial<Record<keyof typeof ids, string>>> = {
      alone: { one: "executed" },
      held: { one: "executed", two: "held" },
      over: { one: "executed", two: "failed" },
      past: { gone: "executed" },
      ready: { one: "executed", two: "ready" },
      sent: { one: "executed", two: "sent" },
      theirs: { two: "executed" },
      "with-deleted": { one: "executed", deleted: "cancelled" },
      "with-gone": { one: "executed", gone: "executed" },
    };
    const targets = Object.entries(acts).flatMap(([act, of]) =>
      Object.entries(of).map(
        ([device, status]) =>
          `('${act}', '${ids[device as keyof typeof ids]}', 1, 'lock', '{"message":"to ${device}"}', '${status}', 1)`,
      ),
    );
    await database.asOwner(`
      insert into reeve.act (id, name, content, author, reason, expires_at, created_at)
      select x, x, '${content}', 'x', 'x', 9e15, 1 from unnest('{${Object.keys(acts)}}'::text[]) x;
      insert into reeve.act_target (act, device, epoch, verb, parameters, status, updated_at)
      values ${targets.join()};
      update reeve.device set serial = 'serial-one', alias = 'one' where id = '${ids.one}';
      update reeve.channel set status = 'left';
      ${retired(ids.gone, 1)}; ${retired(ids.one, null)}; ${retired(ids.two, null)}`);
    const wish = { epoch: 1, by: "ann", reason: "sold" };
    expect(await deleteDevice(store, { ...wish, device: ids.deleted })).toBe("deleted");
    const contents = async () =>
      Object.fromEntries(
        (await store.query<{ id: string; content: string }>("select id, content from reeve.act")).map(
          (act) => [act.id, act.content],
        ),
      );
    /** The acts that still say what they set on this device. */
    const set = async (name: keyof typeof ids) =>
      (
        await store.query<{ act: string }>(
          "select act from reeve.act_target where device = $1 and parameters <> '{}' order by act",
          [ids[name]],
        )
      ).map(({ act }) => act);
    const owed = () => store.query("select act, device, words from reeve.erasure_owed order by act");
    const owing = (...names: string[]) =>
      names.map((act) => ({ act, device: ids.one, words: ["serial-one"] }));
    const erased = '{"of":["erased","serial-two"],"text":"erased"}';
    const after = {
      alone: "{}",
      held: content,
      over: erased,
      past: content,
      ready: content,
      sent: content,
      theirs: content,
      "with-deleted": "{}",
      "with-gone": "{}",
    };

    await store.query("select reeve.erase_device($1, '{}', $2)", [ids.one, start]);
    expect(await contents()).toEqual(after);
    expect(await owed()).toEqual(owing("held", "ready", "sent"));
    expect(await set("one")).toEqual(["held", "ready", "sent"]);
    expect(await set("two")).toEqual(["held", "over", "ready", "sent", "theirs"]);
    expect(await set("gone")).toEqual(["past", "with-gone"]);

    // It may be deleted as well, and has no names any more.
    expect(await deleteDevice(store, { ...wish, device: ids.one, evenIfRetired: true })).toBe("deleted");
    await eraseOwed(store);
    expect([await contents(), await owed()]).toEqual([after, owing("held", "ready", "sent")]);
    await store.query(
      "update reeve.act_target set status = 'cancelled' where act = 'held' and status = 'held'",
    );
    await eraseOwed(store);
    expect([await contents(), await owed()]).toEqual([{ ...after, held: erased }, owing("ready", "sent")]);
    expect(await set("one")).toEqual(["ready", "sent"]);
    expect(await set("two")).toEqual(["held", "over", "ready", "sent", "theirs"]);
  });

  it("takes out of the history what a device was called, and no word that is too short to be only its own", async () => {
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => start });
    const { device: two } = await enroll(store, 2);
    const { device: one } = await enroll(store, 1);
    await database.asOwner(`
      update reeve.device set alias = 'q', named = '{qq,abc,abcd,${one}}', serial = 'SERIAL78', udid = 'UDID567'
      where id = '${one}';
      update reeve.channel set user_name = 'somebody' where device = '${two}';
      update reeve.channel set status = 'left';
      insert into reeve.event_word (token, word, device)
      values ('a', 'q', null), ('b', 'qq', null), ('c', 'abc in it', null), ('d', 'abcd in it', null),
        ('e', '${one}', null), ('f', 'SERIAL78 was here', 'd-other'), ('g', 'UDID567 was here', 'd-other'),
        ('h', 'abcd', 'd-other'), ('i', 'somebody', null), ('j', 'anything', '${one}');
      ${retired(one, null)}`);

    await store.query("select reeve.erase_device($1, '{}', $2)", [one, start]);
    const words = await store.query<{ token: string; word: string }>(
      "select token, word from reeve.event_word where token < 'k' order by token",
    );
    expect(Object.fromEntries(words.map(({ token, word }) => [token, word]))).toEqual({
      a: "q",
      c: "abc in it",
      d: "(erased) in it",
      e: one,
      f: "(erased) was here",
      g: "UDID567 was here",
      h: "abcd",
      i: "somebody",
    });
  });
}
