import { expect, it } from "vitest";
import {
  claimCertificates,
  countEnding,
  findCertificate,
  pinCertificates,
  putCertificates,
  replaceCertificate,
  revokeCertificate,
} from "./certificates.ts";
import { createChallenge, redeemChallenge } from "./challenges.ts";
import { countCommands } from "./commands.ts";
import { getContents, putContents } from "./content.ts";
import { budgetUsed, listControls, setControl, useBudget } from "./control.ts";
import { type DeviceFilter, listDevices } from "./devices.ts";
import { openUserChannel, updateToken } from "./enrollment.ts";
import { appendEvents, countRoutine, type EventFilter, listEvents } from "./events.ts";
import { acquireLease, releaseLease } from "./leader.ts";
import { createLink, findLink, linkId, listLinks, redeemLink, revokeLinks } from "./links.ts";
import { getMaterial, materialOrMake } from "./material.ts";
import { claimPushes, dueBacklog, markDue, markTokenDead } from "./push.ts";
import { forgetQuarantined, listQuarantine, quarantine, readQuarantined } from "./quarantine.ts";
import { listRevisions, putRevision, revisionInForce } from "./revisions.ts";
import { countStatus } from "./status.ts";
import { asserted, changeOf, channelOf, enroll, sent, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

const day = 86_400_000;

export function recordsContract(stores: TestStores): void {
  it("redeems a challenge as often as it may be, under concurrency, and only for its purpose", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const secret = "challenge-canary";
    const challenge = { secret, purpose: "scep", uses: 3, expiresAt: start + 10, by: "it", at: start };
    await createChallenge(store, { ...challenge, boundTo: "SERIAL1", asserted: { owner: asserted("a") } });
    const use = { secret, purpose: "scep", serial: "SERIAL1", at: start };

    const wrong = [
      await redeemChallenge(store, { ...use, purpose: "link" }),
      await redeemChallenge(store, { ...use, serial: "SERIAL2" }),
      await redeemChallenge(store, { ...use, at: start + 10 }),
      await redeemChallenge(store, { ...use, secret: "guess" }),
    ];
    const uses = await Promise.all(Array.from({ length: 6 }, () => redeemChallenge(store, use)));
    const rows = await store.query("select c::text from reeve.challenge c");

    expect(wrong).toEqual([undefined, undefined, undefined, undefined]);
    expect(uses.filter((one) => one !== undefined)).toHaveLength(3);
    expect(uses.find((one) => one !== undefined)?.asserted).toEqual({ owner: asserted("a") });
    expect(JSON.stringify(rows)).not.toContain("canary");
  });

  it("redeems a link a counted number of times", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const link = {
      secret: "s",
      label: "for Ada",
      uses: 1,
      expiresAt: start + day,
      asserted: {},
      by: "it",
      at: start,
    };
    await createLink(store, link);

    const before = await listLinks(store, start);
    const uses = await Promise.all([redeemLink(store, "s", start), redeemLink(store, "s", start)]);

    expect(before).toMatchObject([{ label: "for Ada", usesLeft: 1 }]);
    expect(uses.filter((use) => use !== undefined)).toEqual([{ asserted: {}, label: "for Ada" }]);
    expect(await listLinks(store, start)).toEqual([]);
    expect(await findLink(store, "s")).toMatchObject({ usesLeft: 0 });
    expect(await findLink(store, "t")).toBeUndefined();
  });

  it("revokes a link together with the profiles that were fetched with it", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const about = { uses: 2, expiresAt: start + day, asserted: {}, by: "it", at: start };
    await createLink(store, { ...about, secret: "s", label: "", mailedTo: "ada@acme.example" });
    await createLink(store, { ...about, secret: "other", label: "" });
    const fetched = { ...about, purpose: "scep" };
    await createChallenge(store, { ...fetched, secret: "c", by: `link ${linkId("s")}` });
    await createChallenge(store, { ...fetched, secret: "d", by: `link ${linkId("other")}` });

    expect(await revokeLinks(store, [linkId("s"), "nothing"], start)).toEqual([linkId("s")]);
    expect(await revokeLinks(store, [linkId("s")], start)).toEqual([]);

    expect(await redeemLink(store, "s", start)).toBeUndefined();
    const use = { purpose: "scep", at: start };
    expect(await redeemChallenge(store, { ...use, secret: "c" })).toBeUndefined();
    expect(await redeemChallenge(store, { ...use, secret: "d" })).toBeDefined();
    expect(await listLinks(store, start)).toMatchObject([{ id: linkId("other") }]);
    expect(await findLink(store, "s")).toMatchObject({ revokedAt: start, mailedTo: "ada@acme.example" });
  });

  it("pins a certificate to one enrollment, replaces it on renewal and refuses revoked ones", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const certificate = (n: string) => ({
      sha256: n,
      serial: `0${n}`,
      subject: `CN=${n}`,
      notBefore: start,
      notAfter: start + day,
      issuedAt: start,
      asserted: { "tag.site": asserted("berlin") },
    });
    await putCertificates(store, ["cert-1", "new", "bad"].map(certificate));
    const { device } = await enroll(store, 1);
    await enroll(store, 2);

    const pin = async (sha256: string, channel: string) => {
      const [claimed] = await claimCertificates(store, [{ sha256, channel }]);
      if (claimed) await pinCertificates(store, [{ sha256, channel }]);
      return claimed;
    };
    const pinned = await pin("cert-1", "UDID-1");
    const stolen = await pin("cert-1", "UDID-2");
    const foreign = await replaceCertificate(store, { channel: "UDID-2", from: "cert-1", to: "new" });
    const renewed = await replaceCertificate(store, { channel: "UDID-1", from: "cert-1", to: "new" });
    await revokeCertificate(store, "bad", start);
    const revoked = await pin("bad", "UDID-2");

    expect([pinned, stolen, foreign, renewed, revoked]).toEqual([true, false, false, true, false]);
    expect(await findCertificate(store, "cert-1")).toMatchObject({
      replacedBy: "new",
      device,
      channel: "UDID-1",
    });
    expect((await channelOf(store, "UDID-1")).certificate).toBe("new");
    expect(await findCertificate(store, "none")).toBeUndefined();
    expect(await countEnding(store, start + 0.9 * day, day)).toEqual({ ended: 0, ending: 1 });
    expect(await countEnding(store, start + 2 * day, day)).toEqual({ ended: 1, ending: 0 });
  });

  it("claims due pushes once, waits longer each time, and stops for a dead token", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    for (let n = 0; n < 6; n += 1) await enroll(store, n);
    const claim = { at: start, limit: 4, retryMs: 1000, maxRetryMs: 3000 };
    await markDue(store, [(await channelOf(store, "UDID-5")).device], 0);

    const claims = await Promise.all([claimPushes(store, claim), claimPushes(store, claim)]);
    // Two that look for work at the same moment may leave some of it to the next.
    const all = [...claims.flat(), ...(await claimPushes(store, claim))];
    const nothing = await claimPushes(store, { ...claim, at: start + 999 });
    const again = await claimPushes(store, { ...claim, at: start + 1000, limit: 10 });
    const third = await claimPushes(store, { ...claim, at: start + 2999, limit: 10 });
    const dead = await markTokenDead(store, "UDID-1", start + 5);
    const backlog = await dueBacklog(store, start + 10_000);

    expect(claims.some((one) => one[0]?.channel === "UDID-5")).toBe(true);
    expect(new Set(all.map((one) => one.channel)).size).toBe(6);
    expect(all).toHaveLength(6);
    expect(all.find((one) => one.channel === "UDID-2")).toMatchObject({
      pushes: 0,
      address: { token: "token-2", magic: "magic-2", topic: "com.apple.mgmt.test" },
    });
    expect(nothing).toEqual([]);
    expect(again.map((one) => one.pushes)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(third).toEqual([]);
    expect(dead).toBe(true);
    expect(backlog.count).toBe(5);
  });

  it("does not give up a token for what is said of the one before it", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    await enroll(store, 1);
    const push = { token: "newer", magic: "magic-1", topic: "com.apple.mgmt.test" };
    await updateToken(store, { channel: "UDID-1", push, at: start + 10 });
    await markDue(store, [(await channelOf(store, "UDID-1")).device], 0);

    expect(await markTokenDead(store, "UDID-1", start + 9)).toBe(false);
    const claim = { at: start + 10, limit: 4, retryMs: 1000, maxRetryMs: 3000 };
    expect(await claimPushes(store, claim)).toMatchObject([{ address: { token: "newer" } }]);
    expect(await markTokenDead(store, "UDID-1", start + 10)).toBe(true);
    expect(await claimPushes(store, { ...claim, at: start + 10_000 })).toEqual([]);
    await updateToken(store, { channel: "UDID-1", push: { ...push, token: "newest" }, at: start + 20_000 });
    expect(await claimPushes(store, { ...claim, at: start + 20_000 })).toMatchObject([
      { address: { token: "newest" } },
    ]);
  });

  it("holds a lease for one holder at a time and raises its term with each change of hands", async () => {
    let now = start;
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => now });
    const request = { name: "leader", ttlMs: 1000 };

    const a = await acquireLease(store, { ...request, holder: "a" });
    const refused = await acquireLease(store, { ...request, holder: "b" });
    now += 999;
    const extended = await acquireLease(store, { ...request, holder: "a" });
    now += 1000;
    const b = await acquireLease(store, { ...request, holder: "b" });
    const stale = putRevision(store, revision("old", "in-force"), a);

    await expect(stale).rejects.toMatchObject({ code: "lease-lost" });
    await releaseLease(store, b!);
    const again = await acquireLease(store, { ...request, holder: "a" });
    expect(a).toMatchObject({ term: 1, expiresAt: start + 1000 });
    expect(refused).toBeUndefined();
    expect(extended).toMatchObject({ term: 1, expiresAt: start + 1999 });
    expect(b).toMatchObject({ term: 2 });
    expect(again).toMatchObject({ term: 3 });
  });

  it("has one revision in force, and remembers the refused ones", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();

    await putRevision(store, revision("one", "in-force"));
    await putRevision(store, revision("broken", "refused"));
    const afterBroken = await revisionInForce(store);
    await putRevision(store, revision("two", "in-force"));

    expect(afterBroken?.id).toBe("one");
    expect((await listRevisions(store, 5)).map((one) => [one.id, one.status])).toEqual([
      ["two", "in-force"],
      ["broken", "refused"],
      ["one", "superseded"],
    ]);
  });

  it("finds devices by every filter of the portal", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const { device } = await enroll(store, 1, {
      asserted: { owner: asserted("Ada@acme.example"), "tag.site": asserted("berlin") },
    });
    await enroll(store, 2, { facts: { platform: asserted("macos"), model: asserted("Mac14,2") } });
    await openUserChannel(store, {
      channel: "UDID-1:ada-1",
      deviceChannel: "UDID-1",
      certificate: "c",
      topic: "t",
      at: start,
    });
    const row = await channelOf(store, "UDID-1");
    const detail = { QueryResponses: { PhoneNumber: "+49 (151) 2345", iTunesStoreAccountIsActive: true } };
    const observed = { id: "o", body: { profiles: { "com.acme.wifi": "UUID" }, owned: {} } };
    await store.channels.write(
      changeOf(row, { observed, details: [{ section: "device", detail, at: start }] }),
    );
    const find = async (filter: Omit<DeviceFilter, "limit">) =>
      (await listDevices(store, { ...filter, limit: 10 })).map((one) => one.id);
    const filters: Omit<DeviceFilter, "limit">[] = [
      { model: "iphone15" },
      { owner: "ada@ACME.example" },
      { phone: "151 2345" },
      { storeAccount: true },
      { user: "ADA" },
      { profile: "com.acme.wifi" },
      { tags: { site: "berlin" } },
      { facts: { platform: "ios" } },
      { ids: [device] },
    ];

    for (const filter of filters) expect([filter, await find(filter)]).toEqual([filter, [device]]);
    expect(await find({})).toHaveLength(2);
    expect(await find({ registered: false })).toEqual([]);
    expect(await find({ model: "iphone15", tags: { site: "paris" } })).toEqual([]);
    // The other one has not said whether it has one.
    expect(await find({ storeAccount: false })).toEqual([]);
  });

  it("counts devices by what their condition follows from", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    for (let n = 0; n < 3; n += 1) await enroll(store, n);
    const row = await channelOf(store, "UDID-0");
    const progress = { x: { digest: "d", attempts: 1, phase: "failed", at: start } } as const;
    await store.channels.write(changeOf(row, { state: { ...row.state, progress }, seenAt: start + 100 }));

    const groups = await countStatus(store, start + 1);

    expect(
      groups.map((group) => [group.count, group.silent, group.progress, group.facts?.body.platform?.value]),
    ).toEqual([
      [2, true, {}, "ios"],
      [1, false, progress, "ios"],
    ]);
    expect(groups[1]?.example).toBe(row.device);
  });

  it("finds events by type, subject and time, and leaves routine ones out where asked", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const event = (type: string, n: number, subject?: string) =>
      ({ type, at: start + n, message: `${n}`, ...(subject === undefined ? {} : { subject }) }) as const;
    await appendEvents(store, [
      event("act.approved", 0, "Operation/lock@1"),
      event("item.verified", 1, "Profile/wifi"),
      event("item.failed", 2, "Profile/wifi"),
      event("item.verified", 3, "App/chat"),
      event("actual", 4),
    ]);
    const found = async (filter: Partial<EventFilter>) =>
      (await listEvents(store, { ...filter, limit: 10 })).map((one) => one.message).join("");

    expect(await found({})).toBe("43210");
    expect(await found({ types: ["act.", "item.f"] })).toBe("20");
    expect(await found({ subject: "Profile/" })).toBe("21");
    expect(await found({ since: start + 1, until: start + 3 })).toBe("21");
    expect(await found({ notable: true })).toBe("420");
    const [first] = await listEvents(store, { types: ["act.approved"], limit: 1 });
    expect(await found({ after: first?.seq ?? 0, notable: true })).toBe("24");
    expect(await countRoutine(store, { limit: 10 })).toBe(2);
    expect(await countRoutine(store, { limit: 1 })).toBe(1);
    expect(await countRoutine(store, { limit: 10, subject: "App/" })).toBe(1);
  });

  it("keeps contents, controls, budgets, events and material", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const content = { kind: "App", bundleId: "x" } as never;
    await putContents(store, [{ digest: "d", body: content }], start);
    await putContents(store, [{ digest: "d", body: content }], start);
    await setControl(store, "observe", { reason: "first sync" }, { person: "it", at: start });
    await useBudget(store, "removals", [{ device: "a", subject: "App/x" }], start);
    await useBudget(store, "removals", [{ device: "a", subject: "App/y" }], start);
    await appendEvents(store, [{ type: "t", at: start, message: "m", by: "it" }]);
    let made = 0;
    const make = async () => {
      made += 1;
      return `key ${made}`;
    };

    const keys = await Promise.all([1, 2, 3].map(() => materialOrMake(store, "ca", make, start)));

    expect(await getContents(store, ["d", "none"])).toEqual(new Map([["d", content]]));
    expect(await listControls(store)).toEqual([
      { name: "observe", value: { reason: "first sync" }, by: "it", at: start },
    ]);
    expect(await budgetUsed(store, "removals", start - 1)).toBe(1);
    expect(await listEvents(store, { limit: 5 })).toEqual([
      { seq: 1, type: "t", at: start, message: "m", by: "it" },
    ]);
    expect(new Set(keys.map(String)).size).toBe(1);
    expect(await getMaterial(store, "none")).toBeUndefined();
  });

  it("counts commands by type and status", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    await enroll(store, 1);
    const row = await channelOf(store, "UDID-1");
    const ledger = [sent("c", { type: "query", section: "device" })];
    await store.channels.write(changeOf(row, { ledger }));

    expect(await countCommands(store, start)).toEqual([
      { requestType: "DeviceInformation", status: "sent", count: 1 },
    ]);
    expect(await countCommands(store, start + 1)).toEqual([]);
  });

  it("keeps the first bytes of what it could not read", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();

    await quarantine(store, {
      source: "checkin",
      reason: "bad\0plist",
      raw: Buffer.alloc(100_000, 1),
      at: start,
    });

    const [listed] = await listQuarantine(store, { limit: 5 });
    const row = await readQuarantined(store, listed?.id ?? 0);
    expect(row).toMatchObject({ source: "checkin", reason: "badplist", size: 100_000, channel: undefined });
    expect(row?.raw).toEqual(Buffer.alloc(47 * 1024, 1));
    const [stored] = await store.query<{ raw: Buffer }>("select raw from reeve.quarantine");
    expect(stored?.raw.includes(Buffer.alloc(16, 1))).toBe(false);
  });

  it("keeps room for the others when one source sends nothing but rubbish", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const send = (source: string) =>
      quarantine(store, { source, reason: "bad", raw: Buffer.alloc(1), at: start });

    for (let times = 0; times < 103; times++) await send("checkin one");
    await send("checkin other");

    const rows = await listQuarantine(store, { limit: 1_000 });
    expect(rows.filter((row) => row.source === "checkin one")).toHaveLength(100);
    expect(rows[0]?.source).toBe("checkin other");
    expect(await listQuarantine(store, { source: "checkin other", limit: 5 })).toEqual([rows[0]]);
    expect(await forgetQuarantined(store, [rows[0]?.id ?? 0, rows[1]?.id ?? 0, 999_999])).toBe(2);
    expect(await forgetQuarantined(store, "all")).toBe(99);
    expect(await listQuarantine(store, { limit: 5 })).toEqual([]);
  });
}

function revision(id: string, status: "in-force" | "refused") {
  return { id, message: `commit ${id}`, author: "it", at: start, status, diagnostics: [] };
}
