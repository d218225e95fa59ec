import { readFile } from "node:fs/promises";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAuthority, readAuthority } from "../../apple/identity.ts";
import { selfMadeTls } from "../../daemon/certificates.ts";
import type { Listening } from "../../http/listener.ts";
import type { Invitation } from "../../loop/enroll.ts";
import { createEnrollmentLink } from "../../loop/links.ts";
import { pglite } from "../../store/test-stores.ts";
import { type AndroidHouse, androidHouse } from "../android-house.ts";
import { browserHere, openBrowser } from "../browser.ts";
import { bothStores } from "../installation.ts";
import { baseline, organizationWith } from "../manifests.ts";

const executable = browserHere();
const spec = 'enrollment: {displayName: "Acme & sons", instructions: "<script>document.title = 1</script>"}';
const files = { ...baseline, "org.yaml": organizationWith(spec) };

const iPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1";
const mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15";
const pixel = "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36";
const touched = { hasTouch: true, isMobile: true, viewport: { width: 820, height: 1180 } };

// What runs in the page is text here: the types of a browser are not ours.
const colorOfButton = 'getComputedStyle(document.querySelector(".button")).backgroundColor';
const putIn = `
  const script = document.createElement("script");
  script.textContent = "document.title = 'run'";
  const image = document.createElement("img");
  image.src = "https://mdm.test/enroll/picture";
  document.body.append(script, image);`;

let house: AndroidHouse;
let listening: Listening;
let browser: Browser;

if (executable === undefined) {
  test("without a browser there is nothing to look at, and `browserHere` has said so", () => {
    expect(process.env.CI).toBeUndefined();
  });
} else {
  beforeAll(async () => {
    house = await androidHouse({ stores: (await bothStores()).at(-1) ?? pglite, files, devices: [] });
    await house.settle();
    const pem = await createAuthority({ organization: "T", now: Date.now(), bits: 2048 });
    const tls = await selfMadeTls(readAuthority(pem), ["mdm.test"]);
    const withoutAsking = { ...tls.files, requestCertificate: false };
    listening = await house.controller.devicePlane.listen([
      { type: "tcp", host: "127.0.0.1", port: 0, tls: withoutAsking },
    ]);
    browser = await openBrowser(executable, Number(new URL(listening.urls[0] ?? "").port));
  });
  afterAll(async () => {
    await browser?.close();
    await listening?.close();
    await house?.[Symbol.asyncDispose]();
  });

  test("on an iPhone it reads well, fetches nothing else, and its button is the profile", async () => {
    const { page, asked, wrong } = await openLink({ userAgent: iPhone, ...touched });
    expect(await page.title()).toBe("Enroll with Acme & sons");
    // Headings in order, one link that can be reached and read by name: what a screen reader goes by.
    expect(await page.getByRole("heading", { level: 1 }).allTextContents()).toEqual([
      "Let Acme & sons manage this device",
    ]);
    expect(await page.getByRole("heading", { level: 2 }).count()).toBe(4);
    expect(await page.getByRole("main").count()).toBe(1);
    expect(await page.locator("html").getAttribute("lang")).toBe("en");
    const button = page.getByRole("link", { name: "Download the profile" });
    // The style is let in by its hash alone.
    expect(await page.evaluate(colorOfButton)).toBe("rgb(0, 87, 194)");
    const box = await button.boundingBox();
    expect(box?.height).toBeGreaterThanOrEqual(44);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement?.className")).toBe("button");

    const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    expect(download.suggestedFilename()).toBe("enrollment.mobileconfig");
    expect((await readFile(await download.path())).includes("com.apple.mdm")).toBe(true);
    expect(asked.every((url) => url.startsWith("https://mdm.test/enroll/"))).toBe(true);
    expect(wrong).toEqual([]);
    await page.reload();
    expect(await page.getByRole("heading").allTextContents()).toEqual(["This link has been used"]);
  });

  test("on a Mac it shows what to do on a Mac, and on an iPad that calls itself one, what to do there", async () => {
    const onMac = await openLink({ userAgent: mac });
    expect(await onMac.page.getByText("Double-click the profile").isVisible()).toBe(true);
    expect(await onMac.page.locator(".touched").isVisible()).toBe(false);
    const onPad = await openLink({ userAgent: mac, ...touched });
    expect(await onPad.page.locator(".pointed").isVisible()).toBe(false);
    expect(await onPad.page.locator(".touched").getByText("Profile Downloaded").isVisible()).toBe(true);
  });

  test("on an Android device it leads to a code, which reads well and fetches nothing", async () => {
    const { page, asked, wrong } = await openLink(
      { userAgent: pixel, ...touched },
      { apple: true, android: "workProfile" },
    );
    const button = page.getByRole("link", { name: "Set up this device" });
    expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    await button.click();
    expect(await page.getByRole("heading", { level: 1 }).allTextContents()).toEqual([
      "Enroll an Android device with Acme & sons",
    ]);
    const setUp = page.getByRole("link", { name: "Set up the work profile" });
    expect(await setUp.getAttribute("href")).toMatch(
      /^https:\/\/enterprise\.google\.com\/android\/enroll\?et=EMU/,
    );
    const box = await page.getByRole("img", { name: "QR code for an Android device" }).boundingBox();
    expect(box?.width).toBeGreaterThan(200);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    expect(asked.every((url) => url.startsWith("https://mdm.test/enroll/"))).toBe(true);
    expect(wrong).toEqual([]);
  });

  test("nothing that is put into it runs", async () => {
    const { page, wrong } = await openLink({ userAgent: iPhone });
    expect(await page.getByText("<script>document.title = 1</script>").count()).toBe(1);
    await page.evaluate(putIn);
    expect(await page.title()).toBe("Enroll with Acme & sons");
    await expect.poll(() => wrong.length).toBeGreaterThanOrEqual(2);
    expect(wrong.every((text) => text.includes("Content Security Policy"))).toBe(true);
  });

  test("elsewhere it shows the code to point a camera at", async () => {
    const { page, wrong } = await openLink({});
    const code = page.getByRole("img", { name: "The same link as a QR code" });
    const box = await code.boundingBox();
    expect(box?.width).toBeGreaterThan(150);
    expect(box?.height).toBeGreaterThan(150);
    expect(wrong).toEqual([]);
  });
}

async function openLink(
  options: BrowserContextOptions,
  platforms: NonNullable<Invitation["platforms"]> = { apple: true },
): Promise<{ page: Page; asked: string[]; wrong: string[] }> {
  const invitation = { uses: 1, expiresAt: house.world.now() + 3_600_000, by: "test", platforms };
  const { url } = await createEnrollmentLink(house.controller.enroll, invitation);
  const context = await browser.newContext({ ignoreHTTPSErrors: true, acceptDownloads: true, ...options });
  const page = await context.newPage();
  const asked: string[] = [];
  const wrong: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => void (message.type() === "error" && wrong.push(message.text())));
  page.on("pageerror", (error) => wrong.push(error.message));
  await page.goto(url);
  return { page, asked, wrong };
}
