import { expect, it } from "vitest";
import {
  claimCertificates,
  countEnding,
  findCertificate,
  pinCertificates,
  putCertificates,
  replaceCertificate,
} from "./certificates.ts";
import { createChallenge, redeemChallenge } from "./challenges.ts";
import { createLink, findLink, linkId, listLinks, redeemLink, revokeLinks } from "./links.ts";
import { asserted, channelOf, enroll, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

const day = 86_400_000;

/** What every store promises of challenges, links and certificates. */
export function identitiesContract(stores: TestStores): void {
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
    await store.query("update reeve.certificate set revoked_at = $1 where sha256 = 'bad'", [start]);
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
}
