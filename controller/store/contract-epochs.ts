import { expect, it } from "vitest";
import { checkOut } from "./check-out.ts";
import { listCommands } from "./commands.ts";
import { listDevices } from "./devices.ts";
import { beginEpoch, openUserChannel, releaseQuarantined, updateToken } from "./enrollment.ts";
import { readSecret } from "./secrets.ts";
import { authentication, changeOf, channelOf, enroll, sent, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

/** What every store promises of enrollments: epochs, user channels, tokens. */
export function epochsContract(stores: TestStores): void {
  it("begins an epoch, and ends what was open in the one before", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const first = await enroll(store, 1);
    const row = await channelOf(store, "UDID-1");
    await store.channels.write(
      changeOf(row, {
        state: { ...row.state, progress: { x: { digest: "d", attempts: 1, phase: "sent", at: start } } },
        ledger: [sent("old", { type: "query", section: "device" })],
        observed: { id: "o", body: { owned: {} } },
      }),
    );

    const second = await beginEpoch(store, authentication(1, { certificate: "new", at: start + 1 }));
    const after = await channelOf(store, "UDID-1");

    expect(first).toMatchObject({ epoch: 1, created: true });
    expect(second).toEqual({ device: first.device, epoch: 2, created: false });
    expect(after).toMatchObject({
      status: "authenticated",
      certificate: "new",
      epoch: 2,
      state: { progress: {} },
    });
    expect(after.observed).toBeUndefined();
    expect(after.version).toBeGreaterThan(row.version);
    expect(await listCommands(store, { limit: 5 })).toMatchObject([
      { id: "old", epoch: 1, status: "abandoned" },
    ]);
    expect(await readSecret(store, "UDID-1", "push")).toBeUndefined();
  });

  it("knows a device by its serial when it comes with another UDID, and leaves the old channel", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const first = await enroll(store, 1);

    const again = await enroll(store, 9, { serial: "SERIAL1" });

    expect(again).toEqual({ device: first.device, epoch: 2, created: false });
    expect((await channelOf(store, "UDID-1")).status).toBe("left");
    expect(await listDevices(store, { limit: 10 })).toMatchObject([{ id: first.device, channel: "UDID-9" }]);
  });

  it("ends all that was open of the device and of whoever had its serial number, and nothing of another", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const [one, two, three] = [await enroll(store, 1), await enroll(store, 2), await enroll(store, 3)];
    await database.asOwner(everythingOpen);
    const standing = async ({ device }: { device: string }) =>
      (await store.query<{ row: string }>(everythingOf, [device])).map(({ row }) => row);
    const untouched = await standing(three);

    // It is known by its channel, and says the serial number of the second.
    const begun = await beginEpoch(store, authentication(1, { serial: "SERIAL2", at: start + 1 }));

    expect(begun).toEqual({ device: one.device, epoch: 2, created: false });
    const ended = [
      ...["once notNow unknown", "once sent unknown", "query notNow abandoned", "query sent abandoned"],
      ...["converge notNow abandoned", "converge sent abandoned"],
    ].map((row) => `command ${row} ${start + 1} the enrollment ended`);
    const all = [
      ...[...ended, "command converge executed executed", "command once executed executed"],
      ...["command query executed executed", "target executed executed 1"],
      ...["target held cancelled", "target ready cancelled", "target sent unknown"].map(
        (row) => `${row} ${start + 1} the enrollment ended`,
      ),
    ];
    expect(await standing(one)).toEqual(
      [
        ...[...all, "channel OLD-1 left 1 v1 due 5 pushes 3 dead", "channel USER-1 left 1 v2 pushes 3 dead"],
        ...["channel UDID-1 authenticated 2 v3 pushes 0", "device 2 SERIAL2 awaiting"],
      ].sort(),
    );
    expect(await standing(two)).toEqual(
      [
        ...[...all, "channel OLD-2 left 1 v1 due 5 pushes 3 dead", "channel USER-2 left 1 v2 pushes 3 dead"],
        ...["channel UDID-2 left 1 v3 pushes 3 dead", "device 1"],
      ].sort(),
    );
    expect(await standing(three)).toEqual(untouched);
    expect(untouched).toContain("target sent sent 1");

    // Two that came at one moment each were given it: it means the one that came last.
    for (const [older, newer] of [
      [two, three],
      [three, two],
    ] as const) {
      await database.asOwner(`update reeve.device set serial = 'SAME', enrolled_at = 5;
        update reeve.device set serial = null where id = '${one.device}';
        update reeve.device set enrolled_at = 4 where id = '${older.device}'`);
      const last = await beginEpoch(
        store,
        authentication(7, { serial: "SAME", channel: `NEW-${newer.device}` }),
      );
      expect(last).toMatchObject({ device: newer.device, created: false });
    }
    const { serial: _, ...unnumbered } = authentication(8);
    const unnamed = await beginEpoch(store, unnumbered);
    expect(unnamed).toMatchObject({ epoch: 1, created: true });
    expect(await channelOf(store, "UDID-8")).toMatchObject({ device: unnamed.device, epoch: 1 });
  });

  it("opens user channels in the device's epoch and leaves all of them on check-out", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const { device } = await enroll(store, 1);
    const user = { channel: "UDID-1:USER", deviceChannel: "UDID-1", certificate: "c", topic: "t", at: start };

    const opened = await openUserChannel(store, user);
    // A device may make up as many users as it likes; those who are known stay.
    expect(await openUserChannel(store, { ...user, channel: "UDID-1:MADE-UP" }, 1)).toBe("full");
    expect(await store.channels.read("UDID-1:MADE-UP")).toBeUndefined();
    expect(await openUserChannel(store, user, 1)).toEqual({ device, epoch: 1 });
    const untold = [{ type: "device.left", at: Number.NaN, message: "at no time" }];
    await expect(checkOut(store, "UDID-1", start + 1, untold)).rejects.toThrow();
    const left = await checkOut(store, "UDID-1", start + 1);
    const again = await checkOut(store, "UDID-1", start + 2);
    const late = await openUserChannel(store, user);

    expect(opened).toEqual({ device, epoch: 1 });
    expect([left, again, late]).toEqual([true, false, undefined]);
    expect((await channelOf(store, "UDID-1:USER")).status).toBe("left");
    expect(await listDevices(store, { registered: true, limit: 5 })).toEqual([]);
    expect(await listDevices(store, { registered: false, limit: 5 })).toMatchObject([{ id: device }]);
  });

  it("takes no device's channel for a user's and no user's for a device's, and opens a user's anew", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const { device } = await enroll(store, 1);
    await enroll(store, 2);
    const open = (channel: string, deviceChannel: string) =>
      openUserChannel(store, { channel, deviceChannel, certificate: "c", topic: "t", at: start });
    const user = "UDID-1:USER";

    await open(user, "UDID-1");
    expect([await open("UDID-2", "UDID-1"), await open("UDID-1:OTHER", user)]).toEqual([
      undefined,
      undefined,
    ]);
    await database.asOwner(`update reeve.channel set pushes = 3, token_dead = true where id = '${user}'`);
    await enroll(store, 1);
    expect(await open(user, "UDID-1")).toEqual({ device, epoch: 2 });

    expect(
      await store.query(
        "select kind, epoch, status, version, pushes, token_dead from reeve.channel where device = $1 order by id",
        [device],
      ),
    ).toMatchObject([
      { kind: "device", epoch: 2, status: "enrolled" },
      // Opened, left with its device, and opened.
      { kind: "user", epoch: 2, status: "authenticated", version: 3, pushes: 0, token_dead: false },
    ]);
    expect(await channelOf(store, "UDID-2")).toMatchObject({ status: "enrolled", certificate: "cert-2" });
  });

  it("keeps tokens sealed, and quarantines a token without an enrollment until it is released", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    await enroll(store, 1);
    const push = { token: "canary-token", magic: "canary-magic", topic: "t" };
    const update = {
      channel: "UDID-1",
      epoch: 1,
      push,
      unlockToken: Buffer.from("canary-unlock"),
      at: start,
    };

    await updateToken(store, { ...update, quarantined: true });
    const quarantined = (await channelOf(store, "UDID-1")).status;
    const released = await releaseQuarantined(store, "UDID-1", [], start);
    const rows = await store.query<{ text: string }>("select s::text as text from reeve.channel_secret s");

    expect(quarantined).toBe("quarantined");
    expect(released).toBe(true);
    expect((await channelOf(store, "UDID-1")).status).toBe("enrolled");
    expect((await readSecret(store, "UDID-1", "unlock-token"))?.toString()).toBe("canary-unlock");
    expect(JSON.stringify(rows)).not.toContain("canary");
    expect(await updateToken(store, { ...update, channel: "nobody" })).toBe(false);

    // What was judged before the device left is not true of what it began since.
    await beginEpoch(store, authentication(1, { at: start + 1 }));
    expect(await updateToken(store, update)).toBe(false);
    expect(await channelOf(store, "UDID-1")).toMatchObject({ epoch: 2, status: "authenticated" });
    expect(await readSecret(store, "UDID-1", "push")).toBeUndefined();
  });
}

/** Of each device what may be open of it and what is not: channels, targets of acts, commands. Their numbers are 1 to 3. */
const everythingOpen = `
  insert into reeve.channel (id, device, epoch, kind, status, certificate, topic, last_seen_at)
  select x.name || '-' || right(d.serial, 1), d.id, 1, 'user', x.status, 'c', 't', 1
  from reeve.device d, (values ('USER', 'enrolled'), ('OLD', 'left')) x(name, status);
  update reeve.channel set pushes = 3, token_dead = true, due_at = 5;
  update reeve.device set awaiting = false;
  insert into reeve.act (id, name, content, author, reason, expires_at, created_at)
  select s, s, '{}', 'x', 'x', 9e15, 1 from unnest('{held,ready,sent,executed}'::text[]) s;
  insert into reeve.act_target (act, device, epoch, verb, parameters, status, updated_at)
  select a.id, d.id, 1, 'lock', '{}', a.id, 1 from reeve.act a, reeve.device d;
  insert into reeve.command (id, channel, device, epoch, intent, request_type, subject, class, attempt, status, sent_at)
  select concat_ws(' ', d.id, c, s), 'x', d.id, 1, '{"type": "query"}', 'x', 'x', c, 1, s, 1
  from reeve.device d, unnest('{query,converge,once}'::text[]) c, unnest('{sent,notNow,executed}'::text[]) s`;

const everythingOf = `
  select row from (
    select concat_ws(' ', 'channel', id, status, epoch, 'v' || version, 'due ' || due_at, 'pushes ' || pushes,
      case when token_dead then 'dead' end) as row from reeve.channel where device = $1
    union all select concat_ws(' ', 'device', epoch, serial, case when awaiting then 'awaiting' end)
    from reeve.device where id = $1
    union all select concat_ws(' ', 'target', act, status, updated_at, note) from reeve.act_target where device = $1
    union all select concat_ws(' ', 'command', replace(id, device || ' ', ''), status, closed_at, note)
    from reeve.command where device = $1
    union all select concat_ws(' ', 'secret', s.name, c.id) from reeve.channel_secret s
    join reeve.channel c on c.id = s.channel where c.device = $1) x
  order by row collate "C"`;
