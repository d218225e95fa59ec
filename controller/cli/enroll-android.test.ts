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
    mode: "workProfile",
    oneTime: true,
    expiresAt: Date.now() + 3_600_000,
  };
  await using daemon = await startTestDaemon({ "POST /v1/enrollments/android": view });
  const ask = (...argv: string[]) =>
    runReeve(["enroll", "android", ...argv, "--server", daemon.url], { cwd: folder });
  const shown = await ask("--mode", "workProfile", "--qr", "code.png");
  expect(shown.out).toContain("Token EMUABC");
  expect(shown.out).toContain("reeve enroll revoke 0123456789ab");
  expect((await readFile(join(folder, "code.png"))).subarray(1, 4).toString()).toBe("PNG");
  const text = await ask("--uses", "many", "--zero-touch");
  expect(text.out).toBe('{"extras": 1}\n');
  expect(daemon.asked.map((one) => one.body)).toEqual([{ mode: "workProfile" }, { uses: "many" }]);
  await rm(folder, { recursive: true });
});
