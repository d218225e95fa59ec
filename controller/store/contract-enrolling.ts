import { describe, expect, it } from "vitest";
import { enrollAndroid } from "./android-devices.ts";
import { intendPolicy, listAndroidPolicies, policyNotWritten, policyWritten } from "./android-policies.ts";
import { listDevices } from "./devices.ts";
import { createEnrolling, type Enrolling } from "./enrolling.ts";
import { beginEpoch } from "./enrollment.ts";
import { listEvents } from "./events.ts";
import { readSecret } from "./secrets.ts";
import { asserted, authentication, channelOf, enroll, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

const devices = Array.from({ length: 40 }, (_, n) => n);

/** What devices that enroll at the same moment may expect of every sort of store. */
export function enrollingContract(stores: TestStores): void {
  describe(`${stores.name}: many that enroll at once`, () => {
    it("share statements, and each gets its own", async () => {
      await using database = await stores.fresh();
      await using store = await database.open();
      const enrolling = createEnrolling(store);
      const before = store.statements();

      const begun = await Promise.all(devices.map((n) => enrollFully(enrolling, n)));

      // A transaction of eight or nine and five single ones; a batch that has begun leaves some for the next.
      expect(store.statements() - before).toBeLessThan(45);
      expect(new Set(begun.map(({ device }) => device)).size).toBe(40);
      for (const n of [0, 17, 39]) {
        expect(await channelOf(store, `UDID-${n}`)).toMatchObject({
          device: begun[n]?.device,
          status: "enrolled",
          certificate: `cert-${n}`,
          serial: `SERIAL${n}`,
          asserted: { "tag.site": { value: `site-${n}` } },
        });
        expect((await readSecret(store, `UDID-${n}`, "push"))?.toString()).toContain(`token-${n}`);
        expect(await enrolling.findCertificate(`cert-${n}`)).toMatchObject({
          channel: `UDID-${n}`,
          epoch: 1,
        });
        expect(await listEvents(store, { device: begun[n]?.device ?? "", limit: 5 })).toHaveLength(1);
      }
    });

    it("do not suffer for one that cannot be stored", async () => {
      await using database = await stores.fresh();
      await using store = await database.open();
      const { beginEpoch } = createEnrolling(store);

      const results = await Promise.allSettled(
        [0, 1, 2, 3].map((n) => beginEpoch(authentication(n, n === 2 ? { channel: "UDID\0" } : {}))),
      );

      expect(results.map(({ status }) => status)).toEqual([
        "fulfilled",
        "fulfilled",
        "rejected",
        "fulfilled",
      ]);
    });

    it("with the same certificate: one of them gets it", async () => {
      await using database = await stores.fresh();
      await using store = await database.open();
      const enrolling = createEnrolling(store);
      await enrolling.putCertificate(certificate(1));

      const enrolled = await Promise.all(
        [1, 2].map((n) =>
          enrolling.enroll({ epoch: authentication(n, { certificate: "cert-1" }), judged: undefined }),
        ),
      );

      expect(enrolled.filter((one) => one === "not-usable")).toHaveLength(1);
      expect(await listDevices(store, { limit: 5 })).toHaveLength(1);
    });

    it("on a channel that changed since it was judged: nothing begins", async () => {
      await using database = await stores.fresh();
      await using store = await database.open();
      const enrolling = createEnrolling(store);
      for (const n of [1, 2, 3]) await enrolling.putCertificate(certificate(n));
      const on = (n: number, epoch?: number) => {
        const judged = epoch === undefined ? undefined : ({ epoch, status: "authenticated" } as const);
        return enrolling.enroll({ epoch: authentication(1, { certificate: `cert-${n}` }), judged });
      };

      const both = await Promise.all([on(1), on(2)]);
      const late = await on(3);
      const known = await on(3, 1);

      expect(both).toEqual([expect.objectContaining({ epoch: 1 }), "changed"]);
      expect(late).toBe("changed");
      expect(known).toMatchObject({ epoch: 2 });
    });

    it("with the same serial: the later one takes over the record, as one after the other", async () => {
      await using database = await stores.fresh();
      await using store = await database.open();
      const { beginEpoch, serialHolder } = createEnrolling(store);

      const [first, second] = await Promise.all(
        [1, 2].map((n) => beginEpoch(authentication(n, { serial: "SAME" }))),
      );
      const taken = await Promise.all(
        ["UDID-1", "UDID-2"].map((channel) => serialHolder({ serial: "SAME", channel })),
      );

      expect(second).toEqual({ device: first?.device, epoch: 2, created: false });
      expect(taken).toEqual(["nobody", "nobody"]);
      expect((await channelOf(store, "UDID-1")).status).toBe("left");
    });

    it("and of one channel's tokens the last counts, without losing what only an earlier one brought", async () => {
      await using database = await stores.fresh();
      await using store = await database.open();
      const { updateToken } = createEnrolling(store);
      await enroll(store, 1);
      const push = (token: string) => ({ token, magic: "m", topic: "t" });
      const unlockToken = Buffer.from("unlock");

      const told = await Promise.all([
        updateToken({ channel: "UDID-1", epoch: 1, push: push("old"), unlockToken, at: start }),
        updateToken({ channel: "nobody", epoch: 1, push: push("x"), at: start }),
        updateToken({ channel: "UDID-1", epoch: 1, push: push("new"), at: start }),
        updateToken({ channel: "UDID-1", epoch: 2, push: push("newer"), at: start }),
      ]);

      expect(told).toEqual([true, false, true, false]);
      expect((await readSecret(store, "UDID-1", "push"))?.toString()).toContain("new");
      expect((await readSecret(store, "UDID-1", "unlock-token"))?.toString()).toBe("unlock");
    });

    it("are told of in the transaction that writes it, of one channel once", async () => {
      await using database = await stores.fresh();
      await using store = await database.open();
      const { updateToken } = createEnrolling(store);
      await beginEpoch(store, authentication(1));
      const push = { token: "t", magic: "m", topic: "t" };
      const enrolled = { type: "device.enrolled", at: start, message: "here" };
      const say = (at: number) =>
        updateToken({ channel: "UDID-1", epoch: 1, push, at: start, told: [{ ...enrolled, at }] });

      await expect(say(Number.NaN)).rejects.toThrow();
      expect((await channelOf(store, "UDID-1")).status).toBe("authenticated");
      await Promise.all([say(start), say(start)]);

      expect((await channelOf(store, "UDID-1")).status).toBe("enrolled");
      expect(await listEvents(store, { limit: 5 })).toMatchObject([enrolled]);
    });

    it("and so is what an enterprise lets in, and what becomes of its policies", async () => {
      await using database = await stores.fresh();
      await using store = await database.open();
      const told = (at: number) => [{ type: "some.thing", at, message: "here" }];
      const newcomer = { limit: undefined, quarantined: false, says: undefined, formerly: [] };
      const letIn = (at: number) =>
        enrollAndroid(store, authentication(1), { ...newcomer, tell: () => told(at) });
      const rendering = { hash: "h", items: {}, sources: {}, body: {} };
      await intendPolicy(store, { id: "p", rendering, at: start });
      const written = { id: "p", hash: "h", version: 1n, at: start };
      const refused = { id: "p", hash: "h", refusal: "no", retryAt: start };

      await expect(letIn(Number.NaN)).rejects.toThrow();
      expect(await store.channels.read("UDID-1")).toBeUndefined();
      await letIn(start);
      await expect(policyWritten(store, written, told(Number.NaN))).rejects.toThrow();
      expect(await listAndroidPolicies(store)).toMatchObject([{ writing: true, attempts: 0 }]);
      await expect(policyNotWritten(store, refused, told(Number.NaN))).rejects.toThrow();
      expect(await listAndroidPolicies(store)).toMatchObject([{ writing: true, attempts: 0 }]);
      await policyNotWritten(store, refused, told(start));
      await policyWritten(store, written, told(start));

      expect(await listAndroidPolicies(store)).toMatchObject([{ writing: false, version: 1n }]);
      expect(await listEvents(store, { limit: 5 })).toHaveLength(3);
    });
  });
}

/** All that one enrollment asks, in the order of SCEP, Authenticate and TokenUpdate. */
async function enrollFully(enrolling: Enrolling, n: number) {
  const channel = `UDID-${n}`;
  await enrolling.putCertificate(certificate(n));
  const issued = await enrolling.findCertificate(`cert-${n}`);
  const holder = await enrolling.serialHolder({ serial: `SERIAL${n}`, channel });
  if (holder !== "nobody") throw new Error("taken");
  const epoch = authentication(n, { asserted: issued?.asserted ?? {} });
  const begun = await enrolling.enroll({ epoch, judged: undefined });
  if (typeof begun === "string") throw new Error(begun);
  const push = { token: `token-${n}`, magic: `magic-${n}`, topic: "com.apple.mgmt.test" };
  await enrolling.updateToken({ channel, epoch: begun.epoch, push, at: start });
  await enrolling.append({ type: "device.enrolled", at: start, device: begun.device, message: channel });
  return begun;
}

function certificate(n: number) {
  return {
    sha256: `cert-${n}`,
    serial: `0${n}`,
    subject: `CN=${n}`,
    notBefore: start,
    notAfter: start + 86_400_000,
    issuedAt: start,
    asserted: { "tag.site": asserted(`site-${n}`) },
  };
}
