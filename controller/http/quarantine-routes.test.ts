import { expect, test } from "vitest";
import { listEvents } from "../store/events.ts";
import { listQuarantine, quarantine } from "../store/quarantine.ts";
import { channelOf } from "../store/test-fleet.ts";
import { pglite } from "../store/test-stores.ts";
import { install } from "../test/installation.ts";
import { baseline } from "../test/manifests.ts";
import { hashToken } from "./access.ts";
import { createAdminPlane } from "./admin-plane.ts";
import type { AdminPorts } from "./admin-ports.ts";
import { createMetrics } from "./metrics.ts";
import { registerQuarantine } from "./quarantine-routes.ts";

test("what nobody could read is shown without its secrets; its bytes, and forgetting it, take an operator", async () => {
  await using house = await install({
    stores: pglite,
    devices: [{ serial: "SIM-1", platform: "ios" }],
    files: baseline,
  });
  await house.enroll();
  const { looking, store } = house;
  const channel = await channelOf(store, house.device("SIM-1").udid);
  const message = "\u001b<key>PushMagic</key><string>canary</string><dict";
  const source = `checkin ${channel.certificate.slice(0, 12)}`;
  const at = house.world.now();
  for (const from of [source, "scep"])
    await quarantine(store, { source: from, reason: "not a plist", raw: Buffer.from(message), at });
  const plane = createAdminPlane({
    persons: (["viewer", "operator"] as const).map((role) => ({
      name: role,
      role,
      tokens: [hashToken(role)],
    })),
    version: "1",
    metrics: createMetrics("1").scrape,
    live: () => [],
    ready: async () => [],
  });
  registerQuarantine(plane, { looking } as unknown as AdminPorts);
  const ask = async (method: string, path: string, token: string, body?: object) => {
    const { status, text } = await plane.inject({
      method,
      path,
      token,
      ...(body === undefined ? {} : { body }),
    });
    return { status, ...JSON.parse(text) };
  };

  const { messages } = await ask("GET", "/v1/quarantine", "viewer");
  expect(messages).toMatchObject([
    { source: "scep" },
    { source, device: channel.device, name: "SIM-1", size: message.length },
  ]);
  expect(messages[0]).not.toHaveProperty("device");
  expect(JSON.stringify(messages)).not.toContain("canary");

  const { id } = messages[1];
  const shown = await ask("GET", `/v1/quarantine/${id}`, "viewer");
  expect(shown.text).toBe("\\u{1b}<key>PushMagic</key><string>[withheld: 6 characters]</string><dict");
  expect((await ask("GET", "/v1/quarantine/9999", "viewer")).error.code).toBe("no-such-message");
  expect((await ask("GET", "/v1/quarantine/1e3", "viewer")).status).toBe(400);

  expect((await ask("POST", `/v1/quarantine/${id}/take`, "viewer", {})).status).toBe(403);
  expect((await ask("POST", "/v1/quarantine/forget", "viewer", { all: true })).status).toBe(403);
  expect((await ask("POST", "/v1/quarantine/forget", "operator", {})).status).toBe(400);
  const { raw } = await ask("POST", `/v1/quarantine/${id}/take`, "operator", {});
  expect(Buffer.from(raw, "base64").toString()).toBe(message);

  expect(await ask("POST", "/v1/quarantine/forget", "operator", { ids: [id] })).toMatchObject({
    forgotten: 1,
  });
  expect(await listQuarantine(store, { limit: 5 })).toMatchObject([{ source: "scep" }]);
  const told = (await listEvents(store, { limit: 3 })).filter((one) => one.type.startsWith("quarantine."));
  expect(told).toMatchObject([
    { type: "quarantine.forgotten", by: "operator" },
    { type: "quarantine.taken", by: "operator" },
  ]);
});
