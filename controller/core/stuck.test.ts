import { expect, test } from "vitest";
import type { ActTarget } from "./act.ts";
import { type ChannelState, freshChannel, type Sent } from "./channel.ts";
import { type Condition, conditionOf } from "./condition.ts";
import { connect, type Decision } from "./connect.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import { nothingObserved, type Observed } from "./observed.ts";
import type { Outcome, Report } from "./report.ts";

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2026, 0, 1);

/** One channel whose device answers what a test tells it to. */
class Channel {
  granted: Granted;
  observed: Observed = nothingObserved;
  state: ChannelState = freshChannel;
  acts: ActTarget[] = [];
  now = start;
  last: Decision | undefined;

  constructor(items: readonly GrantedItem[]) {
    this.granted = grantedOf(items);
  }

  situation() {
    const { granted, observed, state, acts } = this;
    const channel = { device: "d1", channel: "UDID-1", epoch: 1, allows: "all" as const };
    return { ...channel, granted, observed, state, acts, halted: false };
  }

  report(report: Report): Sent | undefined {
    const decision = connect(this.situation(), report, this.now, (sent) => sent.intent.type);
    this.last = decision;
    this.state = decision.state;
    this.observed = decision.observed;
    this.acts = this.acts.map((act) => {
      const change = decision.acts.findLast((one) => one.act === act.act);
      return change === undefined ? act : { ...act, status: change.status };
    });
    return decision.command;
  }

  idle(): Sent | undefined {
    return this.report({ type: "idle" });
  }

  answer(sent: Sent | undefined, outcome: Outcome): Sent | undefined {
    return this.report({ type: "result", commandId: sent?.id ?? "", outcome });
  }

  /** Answers until nothing is asked any more; `outcomeOf` says what each command comes to. */
  converse(outcomeOf: (sent: Sent) => Outcome): readonly Sent[] {
    const seen: Sent[] = [];
    for (let sent = this.idle(); sent !== undefined && seen.length < 50; ) {
      seen.push(sent);
      sent = this.answer(sent, outcomeOf(sent));
    }
    return seen;
  }

  condition(): Condition {
    return conditionOf(this.situation(), { lastSeenAt: this.now, now: this.now, unreachableAfterMs: 1e15 });
  }
}

const done: Outcome = { status: "acknowledged" };
const no: Outcome = { status: "failed", errors: [{ domain: "x", code: 1, text: "no" }] };
const notNow: Outcome = { status: "notNow" };

function profile(version: number, more: Partial<GrantedItem> = {}): GrantedItem {
  return {
    key: "Profile/wifi",
    kind: "Profile",
    id: "corp.wifi",
    digest: `v${version}`,
    uuid: `UUID-${version}`,
    drift: "correct",
    install: "required",
    onLeave: "remove",
    policy: "p",
    after: [],
    ...more,
  };
}

const app: GrantedItem = {
  key: "App/slack",
  kind: "App",
  id: "corp.slack",
  digest: "a1",
  drift: "correct",
  install: "required",
  onLeave: "remove",
  policy: "p",
  after: [],
};

function grantedOf(items: readonly GrantedItem[]): Granted {
  const rest = { conflicts: [], lifted: [], unsupported: [], notApplicable: [] };
  return { items, inventory: [], groups: [], sends: "all", ...rest };
}

function shows(profiles: Readonly<Record<string, string>>, apps: Readonly<Record<string, string>> = {}) {
  const states = Object.fromEntries(Object.entries(apps).map(([id, status]) => [id, { status }]));
  return (sent: Sent): Outcome => {
    if (sent.intent.type !== "query") return done;
    const { section } = sent.intent;
    if (section === "profiles")
      return { status: "acknowledged", observation: { section, profiles, detail: {} } };
    if (section === "managedApps")
      return { status: "acknowledged", observation: { section, apps: states, detail: {} } };
    return { status: "acknowledged", observation: { section, detail: {} } };
  };
}

function act(verb: ActTarget["verb"], more: Partial<ActTarget> = {}): ActTarget {
  const times = { expiresAt: start + 24 * hour, frozenAt: start };
  return {
    act: "a-1",
    name: "Operation/x@1",
    verb,
    parameters: {},
    status: "ready",
    destructive: verb === "wipe",
    ...times,
    ...more,
  };
}

test("a new content starts over: what failed before it does not count against it", () => {
  const channel = new Channel([profile(1)]);
  for (let day = 0; day < 4; day++) {
    channel.converse((sent) => (sent.intent.type === "install" ? no : shows({})(sent)));
    channel.now += 24 * hour;
  }
  expect(channel.condition().type).toBe("Stalled");

  channel.granted = grantedOf([profile(2)]);
  const [sent] = channel.converse((one) => (one.intent.type === "install" ? no : shows({})(one)));
  expect(sent).toMatchObject({ attempt: 1, intent: { digest: "v2" } });
  expect(channel.condition().type).toBe("Reconciling");
  expect((channel.last?.dueAt ?? 0) - channel.now).toBeLessThan(2 * minute);
});

test("an act that a device answers NotNow is offered again under its id, and again until it is done", () => {
  const channel = new Channel([]);
  channel.converse(shows({}));
  channel.acts = [act("reboot")];
  const first = channel.idle();
  expect(first?.intent.type).toBe("act");
  expect(channel.answer(first, notNow)).toBeUndefined();
  for (let round = 0; round < 3; round++) {
    channel.now += hour;
    const again = channel.idle();
    expect(again?.id).toBe(first?.id);
    expect(channel.answer(again, notNow)).toBeUndefined();
  }
  channel.now += hour;
  channel.answer(channel.idle(), done);
  expect(channel.acts[0]?.status).toBe("executed");
});

test("an act that was answered NotNow ends with its time", () => {
  const channel = new Channel([]);
  channel.converse(shows({}));
  channel.acts = [act("reboot")];
  channel.answer(channel.idle(), notNow);
  channel.now += 25 * hour;
  expect(channel.idle()).toBeUndefined();
  expect(channel.acts[0]?.status).toBe("expired");
});

test("a command that is never answered makes room for the others, and is seen to fail", () => {
  const channel = new Channel([profile(1), app]);
  const offered: Sent[] = [];
  for (let visit = 0; visit < 60 && channel.condition().type !== "Stalled"; visit++) {
    for (let sent = channel.idle(); sent !== undefined; ) {
      offered.push(sent);
      if (sent.intent.type === "install" && sent.intent.kind === "Profile") break;
      const isSent = offered.some(({ intent }) => intent.type === "install" && intent.kind === "App");
      sent = channel.answer(sent, shows({}, isSent ? { "corp.slack": "Managed" } : {})(sent));
    }
    channel.now += 5 * minute;
  }
  expect(offered.some((sent) => sent.intent.type === "install" && sent.intent.kind === "App")).toBe(true);
  expect(channel.condition()).toMatchObject({ type: "Stalled", reason: "Failing" });
  expect(channel.condition().message).toContain("Profile/wifi");
});

test("a section that cannot be read stalls what rests on it", () => {
  const channel = new Channel([profile(1)]);
  for (let day = 0; day < 4; day++) {
    channel.converse((sent) =>
      sent.intent.type === "query" && sent.intent.section === "profiles" ? no : shows({})(sent),
    );
    channel.now += 24 * hour;
  }
  expect(channel.condition()).toMatchObject({ type: "Stalled", reason: "Unreadable" });
  expect(channel.condition().message).toContain("profiles");
});

test("a list of apps that cannot be read stalls what is looked for in it", () => {
  const channel = new Channel([]);
  channel.granted = { ...grantedOf([]), watched: [{ key: "App/game", id: "corp.game", policy: "p" }] };
  const reads = (list: Outcome) => (sent: Sent) =>
    sent.intent.type === "query" && sent.intent.section === "applications" ? list : shows({})(sent);
  channel.converse(reads(no));
  expect(channel.condition()).toMatchObject({ type: "Reconciling", reason: "AppsUnknown" });
  for (let attempt = 0; attempt < 2; attempt++) {
    channel.now += hour;
    channel.converse(reads(no));
  }
  expect(channel.condition()).toEqual({
    type: "Stalled",
    reason: "Unreadable",
    message: "its applications cannot be read: no",
  });
  channel.now += hour;
  const observation = { section: "applications", installed: [], detail: [] } as const;
  channel.converse(reads({ status: "acknowledged", observation }));
  expect(channel.condition().type).toBe("Ready");
});

test("a section that could not be read is asked for until it comes, also when nothing else wants it any more", () => {
  const channel = new Channel([profile(1)]);
  channel.converse(shows({}));
  channel.now += hour;
  channel.converse(shows({ "corp.wifi": "UUID-1" }));
  expect(channel.condition().type).toBe("Ready");
  channel.now += minute;
  channel.state = { ...channel.state, askedAt: channel.now };
  for (let attempt = 0; attempt < 3; attempt++) {
    channel.now += hour;
    channel.converse((sent) => (sent.intent.type === "query" ? no : shows({})(sent)));
  }
  const { askedAt: _over, ...state } = channel.state;
  channel.state = state;
  expect(channel.condition()).toMatchObject({ type: "Stalled", reason: "Unreadable" });
  channel.now += 6 * hour;
  channel.converse(shows({ "corp.wifi": "UUID-1" }));
  expect(channel.condition().type).toBe("Ready");
});

test("a destructive act without an answer is told, whatever else is in order", () => {
  const channel = new Channel([]);
  channel.converse(shows({}));
  expect(channel.condition().type).toBe("Ready");
  channel.acts = [act("wipe", { status: "unknown" })];
  expect(channel.condition()).toMatchObject({ type: "Stalled", reason: "OutcomeUnknown" });
});

test("drift that is only to be reported is told, and nothing is sent", () => {
  for (const [drift, type] of [
    ["report", "Stalled"],
    ["ignore", "Ready"],
  ] as const) {
    const channel = new Channel([profile(1, { drift })]);
    channel.converse(shows({}));
    channel.now += hour;
    channel.converse(shows({ "corp.wifi": "UUID-1" }));
    expect(channel.condition().type).toBe("Ready");
    channel.observed = { ...channel.observed, profiles: {} };
    expect(channel.condition().type).toBe(type);
    expect(channel.idle()).toBeUndefined();
  }
});

test("a user who keeps saying no is asked again after a day, however often the device is looked at", () => {
  const channel = new Channel([app]);
  const asked: number[] = [];
  const every = {
    name: "look",
    collect: ["managedApps" as const],
    every: hour,
    timeZone: "UTC",
    spreadMs: 1,
  };
  channel.granted = { ...channel.granted, inventory: [every] };
  const refuses = shows({}, { "corp.slack": "UserRejected" });
  for (let passed = 0; passed < 60; passed++) {
    for (const sent of channel.converse(refuses)) if (sent.intent.type === "install") asked.push(passed);
    channel.now += hour;
  }
  expect(asked.length).toBeGreaterThan(1);
  expect(asked.length).toBeLessThan(5);
});

test("an update of an app is verified by what is seen after it, and a refused one is not", () => {
  const channel = new Channel([app]);
  channel.converse(shows({}, { "corp.slack": "Managed" }));
  expect(channel.condition().type).toBe("Ready");

  channel.now += minute;
  channel.granted = grantedOf([{ ...app, digest: "a2" }]);
  channel.converse(shows({}, { "corp.slack": "PromptingForUpdate" }));
  expect(channel.condition()).toMatchObject({ type: "Reconciling" });
  channel.now += hour;
  channel.converse(shows({}, { "corp.slack": "UpdateRejected" }));
  expect(channel.condition()).toMatchObject({ type: "Stalled", reason: "Rejected" });

  const looks = { name: "l", collect: ["managedApps" as const], every: hour, timeZone: "UTC", spreadMs: 1 };
  channel.granted = { ...channel.granted, inventory: [looks] };
  channel.now += 2 * hour;
  channel.converse(shows({}, { "corp.slack": "Managed" }));
  expect(channel.condition()).toMatchObject({ type: "Stalled", reason: "Rejected" });

  channel.now += 48 * hour;
  const again = channel.converse(shows({}, { "corp.slack": "Managed" }));
  expect(again.map((one) => one.intent.type)).toContain("install");
  channel.now += minute;
  channel.converse(shows({}, { "corp.slack": "Managed" }));
  expect(channel.condition().type).toBe("Ready");
});

test("an app that its user was quicker to install is asked for once more, soon, and is ours then", () => {
  const channel = new Channel([app]);
  const first = channel.converse(shows({}, { "corp.slack": "UserInstalledApp" }));
  expect(first.filter((one) => one.intent.type === "install")).toHaveLength(1);
  channel.now += 2 * minute;
  const second = channel.converse(shows({}, { "corp.slack": "Managed" }));
  expect(second.filter((one) => one.intent.type === "install")).toHaveLength(1);
  channel.now += minute;
  channel.converse(shows({}, { "corp.slack": "Managed" }));
  expect(channel.condition().type).toBe("Ready");
});

test("an app that is queued already is waited for, whatever code comes with the word", () => {
  const channel = new Channel([app]);
  const queued: Outcome = {
    status: "failed",
    errors: [
      { domain: "MCMDMErrorDomain", code: 1, text: "no" },
      { domain: "RejectionReason", code: 0, text: "AppAlreadyQueued" },
    ],
  };
  const list = shows({}, { "corp.slack": "Installing" });
  channel.converse((sent) => (sent.intent.type === "install" ? queued : list(sent)));
  channel.now += 2 * minute;
  const later = channel.converse(shows({}, { "corp.slack": "Managed" }));

  expect(later.map((one) => one.intent.type)).toEqual(["query"]);
  expect(channel.condition().type).toBe("Ready");
});

test("what a clock that ran ahead has left behind holds nothing up", () => {
  const year = 365 * 24 * hour;
  const channel = new Channel([profile(1), app]);
  channel.now += year;
  channel.converse((sent) =>
    sent.intent.type === "install" && sent.intent.kind === "App" ? no : shows({})(sent),
  );
  channel.now -= year;
  const sent = channel.converse(shows({ "corp.wifi": "UUID-1" }, { "corp.slack": "Managed" }));
  expect(sent.map((one) => one.intent.type)).toContain("install");
  channel.now += hour;
  channel.converse(shows({ "corp.wifi": "UUID-1" }, { "corp.slack": "Managed" }));
  expect(channel.condition().type).toBe("Ready");
});

test("what lasts until a day that only a wrong clock has reached is not over", () => {
  const year = 365 * 24 * hour;
  const channel = new Channel([profile(1, { lasts: { at: start + year / 2 } })]);
  channel.now += year;
  channel.converse(shows({}));
  expect(channel.condition().type).toBe("Ready");
  channel.now -= year;
  const sent = channel.converse(shows({}));
  expect(sent.map((one) => one.intent.type)).toContain("install");
  channel.now += hour;
  channel.converse(shows({ "corp.wifi": "UUID-1" }));
  expect(channel.condition().type).toBe("Ready");
});
