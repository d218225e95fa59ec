import { describe, expect, it } from "vitest";
import { createEnrolling, type Enrolling } from "./enrolling.ts";
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

      // A transaction of four or five and six single ones; a batch that has begun leaves some for the next.
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
      for (const n of [1, 2]) await enroll(store, n);

      const pins = ["UDID-1", "UDID-2"].map((channel) =>
        enrolling.pinCertificate({ sha256: "cert-1", channel }),
      );

      expect((await Promise.all(pins)).filter(Boolean)).toHaveLength(1);
    });

    it("with the same serial: the later one takes over the record, as one after the other", async () => {
      await using database = await stores.fresh();
      await using store = await database.open();
      const { beginEpoch, isSerialTaken } = createEnrolling(store);

      const [first, second] = await Promise.all(
        [1, 2].map((n) => beginEpoch(authentication(n, { serial: "SAME" }))),
      );
      const taken = await Promise.all(
        ["UDID-1", "UDID-2"].map((channel) => isSerialTaken({ serial: "SAME", channel })),
      );

      expect(second).toEqual({ device: first?.device, epoch: 2, created: false });
      expect(taken).toEqual([false, false]);
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
        updateToken({ channel: "UDID-1", push: push("old"), unlockToken, at: start }),
        updateToken({ channel: "nobody", push: push("x"), at: start }),
        updateToken({ channel: "UDID-1", push: push("new"), at: start }),
      ]);

      expect(told).toEqual([true, false, true]);
      expect((await readSecret(store, "UDID-1", "push"))?.toString()).toContain("new");
      expect((await readSecret(store, "UDID-1", "unlock-token"))?.toString()).toBe("unlock");
    });
  });
}

/** All that one enrollment asks, in the order of SCEP, Authenticate and TokenUpdate. */
async function enrollFully(enrolling: Enrolling, n: number) {
  const channel = `UDID-${n}`;
  await enrolling.putCertificate(certificate(n));
  const issued = await enrolling.findCertificate(`cert-${n}`);
  if (await enrolling.isSerialTaken({ serial: `SERIAL${n}`, channel })) throw new Error("taken");
  const begun = await enrolling.beginEpoch(authentication(n, { asserted: issued?.asserted ?? {} }));
  if (!(await enrolling.pinCertificate({ sha256: `cert-${n}`, channel }))) throw new Error("not pinned");
  const push = { token: `token-${n}`, magic: `magic-${n}`, topic: "com.apple.mgmt.test" };
  await enrolling.updateToken({ channel, push, at: start });
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
