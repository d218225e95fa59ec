import { expect, test } from "vitest";
import { anyPolicy, takenAway, type WrittenPolicy } from "./taken-away.ts";

const item = (id: string, more: Partial<WrittenPolicy["items"][string]> = {}) => ({
  id,
  digest: `digest of ${id}`,
  onLeave: "remove" as const,
  ...more,
});

function written(items: WrittenPolicy["items"], body: WrittenPolicy["body"] = {}): WrittenPolicy {
  return { items, body: { playStoreMode: "WHITELIST", ...body }, sources: {} };
}

test("an item that leaves is taken away, and none that is kept, changed or goes by another name", () => {
  const before = written({ "Profile/a": item("a"), "Profile/kept": item("k", { onLeave: "keep" }) });
  expect(takenAway(before, written({}))).toEqual(["Profile/a"]);
  expect(takenAway(before, before)).toEqual([]);
  expect(takenAway(before, written({ "Profile/a": item("a", { digest: "new" }) }))).toEqual([]);
  expect(takenAway(before, written({ "Profile/b": item("a") }))).toEqual([]);
  expect(takenAway(before, written({ "Profile/b": item("b", { digest: "digest of a" }) }))).toEqual([]);
});

test("apps go that are blocked or named no more, and all others where a store closes", () => {
  const has = (installType: string) =>
    written({}, { applications: [{ packageName: "com.acme.mail", installType }] });
  expect(takenAway(has("FORCE_INSTALLED"), written({}))).toEqual(["com.acme.mail"]);
  expect(takenAway(has("AVAILABLE"), has("BLOCKED"))).toEqual(["com.acme.mail"]);
  expect(takenAway(has("BLOCKED"), has("FORCE_INSTALLED"))).toEqual([]);
  expect(takenAway(written({}), has("BLOCKED"))).toEqual([]);
  expect(takenAway(anyPolicy, written({}))).toEqual(["other apps"]);
  expect(takenAway(anyPolicy, written({}, { playStoreMode: "BLACKLIST" }))).toEqual([]);
});
