import { expect, test } from "vitest";
import { hashToken } from "./access.ts";
import { createAdminPlane } from "./admin-plane.ts";
import type { AdminPorts } from "./admin-ports.ts";
import { registerGuards } from "./guard-routes.ts";
import { createMetrics } from "./metrics.ts";

test("an approval names the whole digest: somebody could make another act whose digest begins alike", async () => {
  const plane = createAdminPlane({
    persons: [{ name: "second", role: "approver", tokens: [hashToken("token")] }],
    version: "1.2.3",
    metrics: createMetrics("1.2.3").scrape,
    live: () => [],
    ready: async () => [],
  });
  const asked: string[] = [];
  const store = {
    clock: () => 0,
    query: async (sql: string) => {
      asked.push(sql);
      return [];
    },
  };
  registerGuards(plane, { looking: { store } } as unknown as AdminPorts);
  const approve = (digest: string) =>
    plane.inject({ method: "POST", path: `/v1/holds/${digest}/approve`, body: {}, token: "token" });

  for (const digest of ["7be291c4", "7be2-91c4-e0aa", "7".repeat(63), "7".repeat(65), "G".repeat(64)])
    expect((await approve(digest)).status, digest).toBe(400);
  expect(asked).toEqual([]);
  expect((await approve("7".repeat(64))).text).toContain("no-such-hold");
});
