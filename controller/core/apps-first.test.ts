import { expect, test } from "vitest";
import type { ActTarget } from "./act.ts";
import { appsFirstMs, appsToGo, isLeaving, putOffForApps } from "./apps-first.ts";
import { removalDigest } from "./item-state.ts";
import type { Owned } from "./observed.ts";
import {
  actOf,
  app,
  grantedOf,
  ownedOf,
  profile,
  progressOf,
  sentFor,
  situationOf,
  start,
} from "./test-situation.ts";

const [chat, mail] = [app("chat"), app("mail")];
const leave = actOf("unenroll");
const leaving = { act: leave.act, since: start };

type More = Parameters<typeof situationOf>[1];

/** A device with these managed apps, and whatever else a test says. */
function having(items: readonly ReturnType<typeof app>[], more: More = {}) {
  const owned = Object.fromEntries(items.map((item) => [item.key, ownedOf(item) as Owned]));
  const apps = Object.fromEntries(items.map(({ id }) => [id, { status: "Managed" }]));
  return situationOf([], { observed: { profiles: {}, apps, owned }, ...more });
}

const toGo = (situation: ReturnType<typeof having>, act: ActTarget = leave, now = start): string =>
  appsToGo(situation, act, now)
    .map(({ key }) => key)
    .join();

test("the managed apps go before the management, and nothing else does", () => {
  expect(toGo(having([chat, mail]))).toBe("App/chat,App/mail");
  expect(toGo(having([chat]), actOf("wipe"))).toBe("");
  expect(toGo(having([chat], { kind: "user" }))).toBe("");
  expect(toGo(having([chat], { removalsStopped: true }))).toBe("");
  const other = profile("wifi");
  const owned = { [other.key]: ownedOf(other) as Owned };
  expect(toGo(situationOf([], { observed: { profiles: { [other.id]: "U" }, apps: {}, owned } }))).toBe("");
  // It has said that one is gone; what it has not said yet may be there.
  const { observed } = having([chat, mail]);
  expect(toGo({ ...having([]), observed: { ...observed, apps: { [mail.id]: { status: "Managed" } } } })).toBe(
    "App/mail",
  );
  const { apps: _apps, ...unsaid } = observed;
  expect(toGo({ ...having([]), observed: unsaid })).toBe("App/chat,App/mail");
});

test("an app stays that is granted to stay, or that had left the policies to be kept", () => {
  const of = (onLeave: "keep" | "remove", granted?: object) => {
    const situation = having([app("chat", { onLeave })]);
    const items = granted === undefined ? [mail] : [app("chat", { onLeave, ...granted })];
    return toGo({ ...situation, granted: grantedOf(items) });
  };
  expect([of("keep"), of("remove")]).toEqual(["", "App/chat"]);
  expect([of("keep", {}), of("remove", {})]).toEqual(["App/chat", "App/chat"]);
  expect([of("keep", { stays: true }), of("remove", { stays: true })]).toEqual(["", ""]);
  expect(toGo({ ...having([chat]), granted: undefined })).toBe("App/chat");
});

test("they have a quarter of an hour from the first command of their own act on, and a clock that goes back gives no more", () => {
  const begun = having([chat], { state: { leaving } });
  expect(toGo(begun, leave, start)).toBe("App/chat");
  expect(toGo(begun, leave, start + appsFirstMs - 1)).toBe("App/chat");
  expect(toGo(begun, leave, start + appsFirstMs)).toBe("");
  expect(toGo(begun, leave, start - 1)).toBe("");
  // What another act began does not count for this one.
  const another = actOf("unenroll", { act: "other" });
  expect(toGo(begun, another, start + appsFirstMs)).toBe("App/chat");
  expect(appsFirstMs).toBe(15 * 60_000);
});

test("each is asked for until it has answered, once", () => {
  const answered = (
    phase: "sent" | "acknowledged" | "failed",
    digest = removalDigest,
    at = start,
    by = leaving,
  ) =>
    toGo(
      having([chat], { state: { leaving: by, progress: { [chat.key]: progressOf(digest, phase, { at }) } } }),
    );
  expect(answered("acknowledged")).toBe("");
  expect(answered("failed")).toBe("");
  expect(answered("sent")).toBe("App/chat");
  expect(answered("failed", "d-chat")).toBe("App/chat");
  // It was removed before for another reason, or another act had begun with it.
  expect(answered("acknowledged", removalDigest, start - 1)).toBe("App/chat");
  expect(answered("acknowledged", removalDigest, start, { act: "other", since: start })).toBe("App/chat");
});

test("a device is leaving from the first command on until its act is over", () => {
  const at = (status: ActTarget["status"], by: typeof leaving | undefined = leaving) =>
    isLeaving(
      having([], {
        acts: [actOf("lock"), { ...leave, status }],
        state: by === undefined ? {} : { leaving: by },
      }),
    );
  for (const status of ["ready", "held", "sent"] as const)
    expect([status, at(status)]).toEqual([status, true]);
  for (const status of ["executed", "failed", "unknown", "expired", "cancelled", "refused"] as const)
    expect([status, at(status)]).toEqual([status, false]);
  expect(at("ready", { act: "other", since: start })).toBe(false);
  expect(isLeaving(having([], { acts: [leave] }))).toBe(false);
});

test("an act that begins with its apps is put off under its id before the device was asked, and the ledger says why", () => {
  const sent = sentFor({ type: "act", act: leave.act, verb: "unenroll" });
  const earlier = { ...sentFor({ type: "query", section: "device" }), count: 2, last: start };
  const { state, observed } = having([chat], {
    state: { aside: [{ ...sent, count: 5, last: start }, earlier] },
  });
  const entry = {
    type: "sent",
    id: sent.id,
    intent: sent.intent,
    requestType: "X",
    class: "once",
    attempt: 1,
    at: 7,
  };
  const before = { type: "closed", id: "before", status: "acknowledged", at: 1, sentAt: 1 };
  const begun = putOffForApps(
    { state, observed, events: [], acts: [], ledger: [before] } as never,
    sent,
    entry as never,
    leave.act,
    start + 5,
  );
  expect(begun.state.leaving).toEqual({ act: leave.act, since: start + 5 });
  expect(begun.state.aside).toEqual([earlier, { ...sent, at: start + 5, count: 1, last: 0 }]);
  expect(begun.ledger).toEqual([
    before,
    entry,
    {
      type: "closed",
      id: sent.id,
      status: "notNow",
      at: start + 5,
      sentAt: 7,
      note: "its managed apps go first",
    },
  ]);
});
