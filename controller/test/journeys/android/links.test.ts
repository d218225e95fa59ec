import { expect, test } from "vitest";
import type { Mail } from "../../../invitation/mail.ts";
import { createEnrollmentLink } from "../../../loop/links.ts";
import { mailInvitations } from "../../../loop/mail-invitations.ts";
import { revokeLinks } from "../../../store/links.ts";
import { androidHouse } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { organizationWith } from "../../manifests.ts";

const [store] = (await storesOfSuite()) as [Awaited<ReturnType<typeof storesOfSuite>>[number]];
const groups = `apiVersion: reeve/v1
kind: DeviceGroup
metadata: {name: field}
spec: {}
`;
const hour = 3_600_000;
const pixel = "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36";
const mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15";
const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1";

async function bed(mails: Mail[] = []) {
  const house = await androidHouse({
    stores: store,
    files: {
      "org.yaml": organizationWith("enrollment: {supportEmail: help@acme.example}"),
      "g.yaml": groups,
    },
    devices: [{ serial: "IPAD-1", platform: "ipados" }],
    parts: {
      post: async (mail) => {
        mails.push(mail);
        return { ok: true };
      },
    },
  });
  const link = (uses: number, platforms: { apple: boolean; android?: "fullyManaged" | "workProfile" }) =>
    createEnrollmentLink(house.controller.enroll, {
      uses,
      platforms,
      group: "field",
      owner: "ada@acme.example",
      tags: { site: "hh" },
      expiresAt: house.world.now() + hour,
      by: "lea",
    });
  const open = async (url: string, browser = pixel) => {
    const reply = await house.transport({ method: "GET", url, headers: { "user-agent": browser } });
    return { status: reply.status, text: reply.body.toString("utf8"), headers: reply.headers };
  };
  const created = () => house.amapi.requests.count("enterprises.enrollmentTokens.create");
  /** Google's tokens by the enrollment id that a page shows. */
  const codeOn = async (page: { readonly text: string }) => {
    const [, value] = /Enrollment id: <code>(\w+)<\/code>/.exec(page.text) ?? [];
    const listed = await house.am.enterprises.enrollmentTokens.list({ parent: house.enterprise });
    const token = listed.data.enrollmentTokens?.find((one) => one.value === value);
    return String(token?.qrCode);
  };
  return { house, link, open, created, codeOn };
}

test("a link shows a code for one Android device after the other, and asserts what it was made with", async () => {
  const { house, link, open, created, codeOn } = await bed();
  await using _ = house;
  const { url, id } = await link(2, { apple: true, android: "workProfile" });
  // Looking, also by previews of chats, makes no token.
  const landing = await open(url);
  expect(landing.text).toContain(`href="${url}/android"`);
  expect(landing.text).toContain("get a work profile");
  expect((await open(url, mac)).text).toContain("Show the code for an Android device");
  expect((await open(url, phone)).text).toContain("Download the profile");
  expect(created()).toBe(0);

  const first = await open(`${url}/android`);
  expect(first.status).toBe(200);
  expect(first.headers).toMatchObject({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
  expect(first.text).toMatch(/https:\/\/enterprise\.google\.com\/android\/enroll\?et=\w+/);
  expect(first.text).toContain("tap the same place six times");
  expect(first.text).toContain("afw#setup");
  expect(first.text).toContain("<svg");
  // Who comes back is shown the same code, as long as no device has used it.
  expect(await codeOn(await open(`${url}/android`))).toBe(await codeOn(first));
  expect(created()).toBe(1);

  const qrCode = await codeOn(first);
  const [one, two] = ["PHONE-1", "PHONE-2"].map((serial) => house.amapi.device({ serial }));
  expect(one?.enroll(qrCode, "in-settings")).toBeUndefined();
  await house.pass(120_000, 30_000);
  const next = await open(`${url}/android`);
  expect(created()).toBe(2);
  expect(two?.enroll(await codeOn(next), "factory-reset")).toBeUndefined();
  await house.pass(120_000, 30_000);
  const ended = await open(`${url}/android`);
  expect(ended).toMatchObject({ status: 410, text: expect.stringContaining("has been used") });
  expect((await open(url)).status).toBe(410);
  expect((await open(`${url}/profile`)).status).toBe(410);

  // A personal device does not tell its serial number.
  const rows = await house.store.query<Record<string, string>>(
    `select enrolled_as->'group'->>'value' as group, enrolled_as->'owner'->>'value' as owner,
       enrolled_as->'tag.site'->>'value' as site, reported->'ownership'->>'value' as ownership
     from reeve.device order by enrolled_at, id`,
  );
  const said = { group: "field", owner: "ada@acme.example", site: "hh" };
  expect(rows).toEqual([
    { ...said, ownership: "personal" },
    { ...said, ownership: "company" },
  ]);
  const by = await house.store.query("select distinct created_by as by from reeve.android_token");
  expect(by).toEqual([{ by: `link ${id}` }]);
});

test("an iPad uses up a link for both; a revoked link takes its token with it, and a lost answer gives the use back", async () => {
  const mails: Mail[] = [];
  const { house, link, open, codeOn, created } = await bed(mails);
  await using _ = house;
  const both = await link(1, { apple: true, android: "fullyManaged" });
  expect(await house.device("IPAD-1").enroll(both.url)).toEqual({ ok: true });
  expect(await open(`${both.url}/android`)).toMatchObject({ status: 410 });
  expect(created()).toBe(0);

  const only = await link(1, { apple: false, android: "fullyManaged" });
  expect((await open(only.url, phone)).text).toContain("Open this link on the Android device");
  expect((await open(`${only.url}/profile`, phone)).status).toBe(410);
  house.amapi.fail({ method: "enterprises.enrollmentTokens.create", drop: "after-commit" });
  expect(await open(`${only.url}/android`)).toMatchObject({
    status: 503,
    text: expect.stringContaining("Please try again in a few minutes"),
  });
  await house.pass(120_000, 30_000);
  const page = await open(`${only.url}/android`);
  expect(page.status).toBe(200);
  expect(page.text).not.toContain("enterprise.google.com");
  const qrCode = await codeOn(page);
  // What was lost is not there any more.
  const listed = await house.am.enterprises.enrollmentTokens.list({ parent: house.enterprise });
  expect(listed.data.enrollmentTokens).toHaveLength(1);

  await revokeLinks(house.store, [only.id], house.world.now());
  await house.pass(30_000, 30_000);
  expect(await open(`${only.url}/android`)).toMatchObject({ status: 410 });
  expect(house.amapi.device({ serial: "LATE-1" }).enroll(qrCode, "factory-reset")).toContain("not valid");

  // One mail for whatever the person has.
  const invitation = {
    uses: 1,
    expiresAt: house.world.now() + hour,
    by: "lea",
    platforms: { apple: true, android: "workProfile" },
  } as const;
  const sent = await mailInvitations(house.controller.enroll, invitation, [
    "ada@acme.example",
    "lea@acme.example",
  ]);
  expect(sent).toMatchObject([{ sent: true }, { sent: true }]);
  expect(new Set(mails.map((one) => /https:\S+\/enroll\/\S+/.exec(one.text)?.[0])).size).toBe(2);
  for (const { text, html, image } of mails) {
    expect(text).toContain("iPhone, iPad, Mac or Android device");
    for (const part of [text, html]) {
      expect(part).toContain("Tap Allow");
      expect(part).toContain("tap the same place six times");
      expect(part).toContain("Set up the work profile");
    }
    expect(image?.png.subarray(1, 4).toString()).toBe("PNG");
  }
});
