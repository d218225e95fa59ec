import { expect, test } from "vitest";
import type { GrantedItem } from "./granted.ts";
import { Conversation } from "./test-conversation.ts";
import type { Mood } from "./test-device.ts";
import { app, described, grantedOf, hour, profile } from "./test-situation.ts";

const cases: readonly [string, GrantedItem][] = [
  ["drift is corrected", profile("a")],
  ["drift is reported", profile("a", { drift: "report" })],
  ["drift is ignored", profile("a", { drift: "ignore" })],
  ["an app's drift is reported", app("a", { drift: "report" })],
  ["an app's drift is ignored", app("a", { drift: "ignore" })],
  ["an app is to be installed once", app("a", { install: "installed" })],
];

test.each(cases)(
  "what we removed ourselves comes back when it is granted again before the answer is there: %s",
  (_name, item) => {
    const conversation = new Conversation(grantedOf([item]));
    conversation.settle(hour);
    expect(conversation.device.holds(item)).toBe(true);
    conversation.grant(grantedOf([]));
    for (let visits = 0; visits < 10 && conversation.device.has(item); visits++) {
      conversation.visit(["lost"]);
      conversation.now += 1;
    }
    expect(conversation.device.has(item)).toBe(false);
    conversation.grant(grantedOf([item]));
    conversation.settle(4 * hour);
    expect(conversation.device.holds(item)).toBe(true);
    expect(conversation.wrongs).toEqual([]);
  },
);

const moods: readonly (readonly Mood[])[] = [["lost"], ["unheard"], ["ok", "unheard"], ["ok"], ["failed"]];
const contents = cases.flatMap(([name, item]) =>
  moods.map((said) => [name, said.join(" "), item, said] as const),
);

test.each(contents)(
  "a content that was given up for another comes back, whatever became of the other: %s, %s",
  (_name, _said, item, said) => {
    const conversation = new Conversation(grantedOf([item]));
    conversation.settle(hour);
    const other =
      item.kind === "Profile" ? { ...item, digest: "other", uuid: "OTHER" } : { ...item, digest: "other" };
    conversation.grant(grantedOf([other]));
    conversation.visit(said);
    conversation.now += 1;
    conversation.grant(grantedOf([item]));
    conversation.settle(4 * hour);
    expect(conversation.device.holds(item)).toBe(true);
    const installed = conversation.handed.filter((one) => one.intent.type === "install");
    const last = installed.at(-1)?.intent;
    // An app looks the same whatever its configuration is: what was sent last, and taken, must be the one that is wanted.
    if (said[0] !== "failed" && item.kind === "App") expect(last).toMatchObject({ digest: item.digest });
    expect(conversation.wrongs).toEqual([]);
  },
);

test("what a device refused in place of an app leaves the app as it was: nothing is sent again", () => {
  const conversation = new Conversation(grantedOf([app("a")]));
  conversation.settle(hour);
  conversation.grant(grantedOf([app("a", { digest: "other" })]));
  conversation.visit(["failed"]);
  conversation.grant(grantedOf([app("a")]));
  const before = conversation.handed.length;
  conversation.settle(4 * hour);
  expect(conversation.handed.length).toBe(before);
});

test("a profile whose removal was never carried out is looked for, and not sent again", () => {
  const conversation = new Conversation(grantedOf([profile("a")]));
  conversation.settle(hour);
  conversation.grant(grantedOf([]));
  conversation.visit(["unheard"]);
  expect(conversation.handed.at(-1)?.intent.type).toBe("remove");
  conversation.grant(grantedOf([profile("a")]));
  const before = conversation.handed.length;
  conversation.settle(4 * hour);
  const after = conversation.handed.slice(before).map((one) => described(one.intent));
  expect([after, conversation.device.holds(profile("a"))]).toEqual([["query profiles"], true]);
});
