import { expect, test } from "vitest";
import { enrollmentProfile, type Invitation } from "../../loop/enroll.ts";
import { createEnrollmentLink } from "../../loop/links.ts";
import { revokeLinks } from "../../store/links.ts";
import { pglite } from "../../store/test-stores.ts";
import { transportOf } from "../hand-made.ts";
import { bothStores, type Installation, install } from "../installation.ts";
import { baseline, organizationWith } from "../manifests.ts";

const server = (await bothStores()).at(-1) ?? pglite;
const spec =
  'deviceLimit: 2, enrollment: {displayName: "<b>Acme</b> & sons", supportEmail: help@acme.example, instructions: "Bring \\"it\\" <here>"}';
const files = { ...baseline, "org.yaml": organizationWith(spec) };
const devices = ["SIM-1", "SIM-2", "SIM-3"].map((serial) => ({ serial, platform: "ipados" }) as const);
const hour = 3_600_000;

const browsers = {
  iPhone: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
  iPad: "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
  Mac: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15",
  Windows: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36",
};

test("a page says who asks, what can be seen and done, and has one button; looking at it uses nothing up", async () => {
  await using house = await installation();
  const { url } = await createEnrollmentLink(house.controller.enroll, invitation(house));
  for (let looks = 0; looks < 3; looks++) {
    const { status, headers, text } = await open(house, url, browsers.iPhone);
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
    expect(text).toContain("<h1>Let &lt;b&gt;Acme&lt;/b&gt; &amp; sons manage this device</h1>");
    expect(text).toContain("Bring &quot;it&quot; &lt;here&gt;");
    expect(text.match(/class="button"/g)).toHaveLength(1);
    expect(text).not.toContain("<b>");
    expect(text).not.toContain("<script");
  }
  expect(await house.device("SIM-1").enroll(url)).toEqual({ ok: true });
});

test("the page tells iPhone, iPad, Mac and what is none of them apart", async () => {
  await using house = await installation();
  const { url } = await createEnrollmentLink(house.controller.enroll, invitation(house));
  const said = async (browser: string | undefined) => (await open(house, url, browser)).text;
  expect(await said(browsers.iPhone)).toContain("manages this iPhone");
  expect(await said(browsers.iPad)).toContain("manages this iPad");
  const mac = await said(browsers.Mac);
  expect(mac).toContain("Double-click the profile");
  // Safari on an iPad calls itself a Mac.
  expect(mac).toContain("Profile Downloaded");
  for (const other of [await said(browsers.Windows), await said(undefined)]) {
    expect(other).toContain("Open this link in Safari on the iPhone, iPad or Mac");
    expect(other).toContain("<svg");
    expect(other).not.toContain('class="button"');
  }
});

test("a link that is no good any more says why, on its page and behind its button", async () => {
  await using house = await installation();
  const { enroll } = house.controller;
  const [used, revoked, short, late] = [
    await createEnrollmentLink(enroll, invitation(house)),
    await createEnrollmentLink(enroll, invitation(house)),
    await createEnrollmentLink(enroll, { ...invitation(house), expiresAt: house.world.now() + 60_000 }),
    await createEnrollmentLink(enroll, { ...invitation(house), expiresAt: house.world.now() + 9 * hour }),
  ];
  expect(await house.device("SIM-1").enroll(used.url)).toEqual({ ok: true });
  await revokeLinks(house.store, [revoked.id], house.world.now());
  await house.world.advance(60_000);
  const endings = [
    [used.url, 410, "This link has been used"],
    [revoked.url, 410, "This link was withdrawn"],
    [short.url, 410, "This link has expired"],
    ["https://mdm.test/enroll/AAAAAAAAAAAAAAAAAAAAAA", 404, "This link is not known here"],
  ] as const;
  for (const [url, status, says] of endings)
    for (const where of [url, `${url}/profile`]) {
      const page = await open(house, where, browsers.iPhone);
      expect(page.status).toBe(status);
      expect(page.text).toContain(`<h1>${says}</h1>`);
      expect(page.text).toContain("help@acme.example");
      expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
    }

  await house.enroll([house.device("SIM-2")]);
  const full = await open(house, late.url, browsers.iPhone);
  expect(full).toMatchObject({
    status: 403,
    text: expect.stringContaining("No more devices can be enrolled"),
  });
  // It is still good when there is room again.
  await house.device("SIM-2").user.removeManagement();
  await house.settle();
  expect(await house.device("SIM-3").enroll(late.url)).toEqual({ ok: true });
});

test("a profile that was fetched with a link is worth nothing after the link is revoked", async () => {
  await using house = await installation();
  const { url, id } = await createEnrollmentLink(house.controller.enroll, { ...invitation(house), uses: 2 });
  const profile = await fetchProfile(house, url);
  await revokeLinks(house.store, [id], house.world.now());
  expect(await house.device("SIM-1").enroll(profile)).toMatchObject({ ok: false });
  const file = await enrollmentProfile(house.controller.enroll, invitation(house), true);
  expect(await house.device("SIM-1").enroll(file)).toEqual({ ok: true });
});

async function installation(): Promise<Installation> {
  const house = await install({ stores: server, files, devices });
  await house.settle();
  return house;
}

function invitation(house: Installation): Invitation {
  return { uses: 1, expiresAt: house.world.now() + hour, by: "test" };
}

async function open(house: Installation, url: string, browser: string | undefined) {
  const headers = browser === undefined ? {} : { "user-agent": browser };
  const reply = await transportOf(house)({ method: "GET", url, headers });
  return { status: reply.status, headers: reply.headers, text: reply.body.toString("utf8") };
}

async function fetchProfile(house: Installation, url: string): Promise<Buffer> {
  const reply = await transportOf(house)({ method: "GET", url: `${url}/profile`, headers: {} });
  expect(reply.headers["content-type"]).toBe("application/x-apple-aspen-config");
  return reply.body;
}
