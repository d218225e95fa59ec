import { expect, test } from "vitest";
import type { Granted, GrantedItem } from "./granted.ts";
import { Conversation } from "./test-conversation.ts";

const day = 86_400_000;
const crm: GrantedItem = {
  key: "App/crm",
  kind: "App",
  id: "com.acme.crm",
  digest: "crm@1",
  drift: "correct",
  install: "required",
  onLeave: "remove",
  policy: "p",
  after: [],
};
const given = (...items: GrantedItem[]): Granted => ({
  items,
  conflicts: [],
  inventory: [{ name: "daily", collect: ["managedApps"], every: day, timeZone: "UTC", spreadMs: 3_600_000 }],
  groups: [],
  sends: "all",
  lifted: [],
  unsupported: [],
  notApplicable: [],
});

test("an app that was taken away and is declared again under another name is installed again, and not taken for one that its user removed", () => {
  const conversation = new Conversation(given(crm));
  conversation.visit();
  conversation.grant(given());
  // It is taken away; the list that would show that does not come through, and its name is another app's meanwhile.
  conversation.visit(["ok", "unheard"]);
  expect(conversation.device.holds(crm)).toBe(false);
  conversation.grant({ ...given({ ...crm, id: "com.acme.crm.next", digest: "next@1" }), sends: "queries" });
  conversation.replay(0);
  const again: GrantedItem = { ...crm, key: "App/crm-classic", install: "installed" };
  conversation.grant(given(again));
  conversation.settle(2 * day);
  expect(conversation.device.holds(again)).toBe(true);
  expect(conversation.wrongs).toEqual([]);
});
