import { expect, test } from "vitest";
import { device, explanation, hour, now } from "../sample-views.ts";
import { renderExplain } from "./explain.ts";

const look = { now, width: 100, color: false };

test("an explanation gives each item its state, its line and its commit", () => {
  const text = renderExplain(
    explanation({
      device: device({
        condition: {
          type: "Reconciling",
          reason: "ItemsUnderWay",
          message: "Profile/wifi-corp is not verified yet",
        },
        conditionSince: now - 2 * hour,
      }),
      groups: [{ name: "ipads-berlin", because: "platform=ipados, ownership=company, tag.site=berlin" }],
      items: [
        {
          key: "Profile/wifi-corp",
          state: "sent",
          since: now - 40_000,
          because: "Policy/baseline baseline.yaml:8",
          commit: "9d03e11".padEnd(40, "0"),
          author: "it-lead",
        },
        {
          key: "App/slack",
          state: "verified",
          since: now - hour,
          because: "Policy/baseline baseline.yaml:9",
          commit: "77a0c41".padEnd(40, "0"),
          author: "it-duty",
        },
        { key: "Profile/camera", state: "lifted", because: "Exemption/trip until 2026-12-01" },
        { key: "Profile/vpn", state: "failed", because: "Policy/vpn", detail: "certificate not found" },
      ],
      notOurs: { profiles: 2, apps: 11 },
      next: "wait for InstallProfile 0f3a91 (attempt 1)",
    }),
    look,
  );

  expect(text).toBe(`IPAD-0388  iPadOS 26.1, company, supervised, epoch 3, seen 40 s ago; Reconciling for 2 h:
           Profile/wifi-corp is not verified yet
Groups     ipads-berlin (platform=ipados, ownership=company, tag.site=berlin)

ITEM               STATE         BECAUSE                          COMMIT
Profile/wifi-corp  sent 40 s     Policy/baseline baseline.yaml:8  9d03e11 it-lead
App/slack          verified 1 h  Policy/baseline baseline.yaml:9  77a0c41 it-duty
Profile/camera     lifted        Exemption/trip until 2026-12-01
Profile/vpn        failed        Policy/vpn
  certificate not found
Not ours   2 profiles, 11 apps: never touched

Next       wait for InstallProfile 0f3a91 (attempt 1)
`);
});

test("a device that nothing is declared for", () => {
  const text = renderExplain(
    explanation({ device: device({ suspended: "in repair", enrollment: "new" }) }),
    look,
  );

  expect(text).toBe(`IPAD-0388  iPadOS 26.1, company, supervised, new, epoch 3, seen 40 s ago; Ready
Suspended  in repair
Groups     none

No policy declares anything for it.

Next       nothing
`);
});

test("one item is told in full", () => {
  const item = {
    key: "Profile/vpn",
    state: "failed",
    since: now - hour,
    because: "Policy/vpn vpn.yaml:4",
    detail: "certificate not found",
    digest: "ab12cd34ef56aaaa",
    commit: "9d03e11".padEnd(40, "0"),
    author: "it-lead",
  };

  expect(renderExplain(explanation({ items: [item] }), look, "Profile/vpn")).toContain(`
Profile/vpn
State      failed, since 2026-11-20 11:00:00Z (1 h ago)
Because    Policy/vpn vpn.yaml:4
Detail     certificate not found
Commit     9d03e11 it-lead
Content    ab12-cd34-ef56

`);
});
