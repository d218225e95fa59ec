import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { viewStatus } from "../../loop/view-status.ts";
import { listEvents } from "../../store/events.ts";
import { pglite } from "../../store/test-stores.ts";
import { install, testSettings } from "../installation.ts";
import { files, policy, profile } from "../manifests.ts";

const secret = `apiVersion: reeve/v1
kind: Secret
metadata: {name: wifi}
spec: {provider: file, allow: [Profile/wifi], keys: {psk: psk}}
`;
const wifi = profile(
  "wifi",
  "type: com.apple.wifi.managed, content: {SSID_STR: Acme, Password: '${secret:wifi/psk}'}",
);

test("a secret that is changed outside of Git goes out with the same revision; one that is gone stays", async () => {
  const folder = mkdtempSync(join(tmpdir(), "reeve-rotation-"));
  writeFileSync(join(folder, "psk"), "first-passphrase\n");
  await using house = await install({
    stores: pglite,
    files: files({ "a.yaml": [secret, wifi].join("---\n"), "p.yaml": policy("profiles: [{name: wifi}]") }),
    devices: [{ serial: "SIM-1", platform: "ipados" }],
    parts: { settings: { ...testSettings, folder } },
  });
  const { reconciler } = house.controller;
  const held = () => JSON.stringify(house.device("SIM-1").snapshot().profiles["reeve.profile.wifi"]);
  const events = async () =>
    (await listEvents(house.store, { limit: 500 })).map((one) => JSON.stringify(one));
  await house.enroll();
  await house.settle();
  expect(held()).toContain("first-passphrase");

  await reconciler.rotate();
  expect((await events()).filter((one) => one.includes("secret.rotated"))).toEqual([]);

  writeFileSync(join(folder, "psk"), "second-passphrase\n");
  await reconciler.rotate();
  await house.settle();
  expect(held()).toContain("second-passphrase");
  expect(reconciler.current()?.compiled.revision).toBe("r1");
  const rotated = (await events()).filter((one) => one.includes("secret.rotated"));
  expect(rotated).toHaveLength(1);
  expect(rotated[0]).toContain("wifi/psk");
  expect((await events()).join()).not.toContain("passphrase");

  rmSync(join(folder, "psk"));
  await reconciler.rotate();
  await house.settle();
  expect(held()).toContain("second-passphrase");
  const { warnings } = await viewStatus(house.looking, { source: "", warnings: [] });
  expect(warnings.map((one) => one.message).join()).toContain("secrets cannot be read: wifi/psk");
});
