import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runReeve, startTestDaemon } from "./test-daemon.ts";

const qrCode = JSON.stringify({ "android.app.extra.PROVISIONING_ADMIN_EXTRAS_BUNDLE": { token: "EMUABC" } });

test("a token is shown with what to do with it, as an image, or as the text for zero-touch", async () => {
  const folder = await mkdtemp(join(tmpdir(), "reeve-enroll-android-"));
  const view = {
    id: "0123456789ab",
    value: "EMUABC",
    qrCode,
    zeroTouch: '{"extras": 1}',
    enrollmentUrl: "https://enterprise.google.com/android/enroll?et=EMUABC",
    mode: "workProfile",
    oneTime: true,
    expiresAt: Date.now() + 3_600_000,
  };
  await using daemon = await startTestDaemon({ "POST /v1/enrollments/android": view });
  const ask = (...argv: string[]) =>
    runReeve(["enroll", "android", ...argv, "--server", daemon.url], { cwd: folder });
  const shown = await ask("--mode", "workProfile", "--qr", "code.png");
  expect(shown.out).toContain("Enrollment id EMUABC");
  expect(shown.out).toContain("afw#setup");
  expect(shown.out).toContain("https://enterprise.google.com/android/enroll?et=EMUABC");
  expect(shown.out).toContain("reeve enroll revoke 0123456789ab");
  expect((await readFile(join(folder, "code.png"))).subarray(1, 4).toString()).toBe("PNG");
  const text = await ask("--uses", "many", "--zero-touch");
  expect(text.out).toBe('{"extras": 1}\n');
  expect(daemon.asked.map((one) => one.body)).toEqual([
    { mode: "workProfile" },
    { mode: "fullyManaged", uses: "many" },
  ]);
  await rm(folder, { recursive: true });
});

test("a link is for one platform or for all, shown with its code or mailed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "reeve-enroll-link-"));
  const expiresAt = Date.now() + 3_600_000;
  const link = { url: "https://mdm.acme.example/enroll/4kQ", id: "0123456789ab", uses: 2, expiresAt };
  await using daemon = await startTestDaemon({
    "POST /v1/enrollments/links": ({ body }: { body: unknown }) =>
      (body as { mail?: unknown }).mail === undefined
        ? { ...link, for: ["apple", "android"] }
        : { mails: [{ to: "ada@acme.example", sent: false, reason: "no" }], uses: 1, expiresAt },
  });
  const ask = (...argv: string[]) => runReeve(["enroll", ...argv, "--server", daemon.url], { cwd: folder });
  const shown = await ask("link", "--group", "g", "--uses", "2", "--qr", "code.svg");
  expect(shown.out).toContain("https://mdm.acme.example/enroll/4kQ\nOpen it on the device; for an Android");
  expect(await readFile(join(folder, "code.svg"), "utf8")).toContain("<svg");
  const mailed = await ask("android", "--mode", "dedicated", "--uses", "1", "--mail", "ada@acme.example");
  expect(mailed).toMatchObject({ code: 1, out: expect.stringContaining("NOT SENT  ada@acme.example  no") });
  expect((await ask("android", "--link", "--zero-touch")).code).not.toBe(0);
  expect((await ask("android", "--uses", "3")).code).not.toBe(0);
  expect(daemon.asked.map((one) => one.body)).toEqual([
    { group: "g", uses: 2 },
    { mode: "dedicated", for: ["android"], uses: 1, mail: ["ada@acme.example"] },
  ]);
  await rm(folder, { recursive: true });
});
