import { expect, test } from "vitest";
import { renderDevice } from "../../cli/render/device.ts";
import { viewDeviceDetail } from "../../loop/view-devices.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { app, files, policy, slackId } from "../manifests.ts";

const stores = await storesOfSuite();
const chatty = "example.acme.chatty";
const schedule = `apiVersion: reeve/v1
kind: InventorySchedule
metadata: {name: feedback}
spec: {collect: [appFeedback], every: 1h, spread: 1m}
`;
const given = files({
  "slack.yaml": app("slack", slackId).replace("}}", ', config: {token: "${secret:here/value}"}}}'),
  "secret.yaml": `apiVersion: reeve/v1
kind: Secret
metadata: {name: here}
spec: {provider: env, allow: [App/slack], keys: {value: REEVE_SECRET_HERE}}
`,
  "chatty.yaml": app("chatty", chatty),
  "feedback.yaml": schedule,
  "policy.yaml": policy("apps: [{name: slack}, {name: chatty}]\ninventory: [feedback]"),
});

test.each(stores)(
  "on $name what apps write for management is asked for and shown, and no app floods it",
  async (store) => {
    await using house = await install({
      stores: store,
      files: given,
      environment: { REEVE_SECRET_HERE: "hunter2secret" },
      devices: [
        { serial: "SIM-1", platform: "ipados", name: "SIM-1" },
        { serial: "SIM-2", platform: "macos", name: "SIM-2" },
      ],
    });
    await house.enroll();
    await house.settle();
    const { user } = house.device("SIM-1");
    expect(user.appWrites(slackId, { signedIn: true, seats: 3, said: ["no hunter2secret"] })).toBe(true);
    expect(user.appWrites(chatty, { log: "x".repeat(4_000), more: Array(10).fill("y".repeat(4_000)) })).toBe(
      true,
    );
    await house.pass(2 * 3_600_000, 600_000);

    expect(await feedbackOf(house, "SIM-1")).toEqual([
      { Identifier: chatty, tooLong: expect.any(Number) },
      { Identifier: slackId, Feedback: { signedIn: true, seats: 3, said: ["no [secret]"] } },
    ]);
    const view = await viewDeviceDetail(house.looking, "SIM-1");
    const text = renderDevice(view, { color: false, width: 100, now: house.world.now() } as never, "apps");
    expect(text).toContain("Feedback of 2 apps");
    expect(text).toContain('"seats":3,"signedIn":true');
    // Macs tell it on the channels of their users only: they are not asked.
    expect(await feedbackOf(house, "SIM-2")).toBeUndefined();
    expect(house.fleet.violations()).toEqual([]);
  },
);

async function feedbackOf(house: Installation, name: string): Promise<unknown> {
  const { sections } = await viewDeviceDetail(house.looking, name);
  return sections.find((one) => one.section === "appFeedback")?.detail;
}
