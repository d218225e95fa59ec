import { expect, test } from "vitest";
import { now, operation, revision } from "../sample-views.ts";
import { renderEvents, renderFollowed } from "./events.ts";
import { renderHistory } from "./history.ts";
import { renderHolds } from "./holds.ts";
import { renderOperations, renderOperationsSummary } from "./operations.ts";
import { renderReport } from "./report.ts";

const look = { now, width: 100, color: false };

test("an operation has date, type, direction, status, information and advice", () => {
  const failed = operation({
    direction: "<-",
    status: "failed",
    attempt: 2,
    information: "MCInstallationErrorDomain 4001: the certificate of the server could not be verified",
    advice: "fix the certificate, then: reeve reconcile IPAD-0388",
  });

  expect(renderOperations([operation(), failed], look)).toBe(
    `DATE                  DEVICE     TYPE                STATUS    TRY  INFORMATION
2026-11-20 11:00:00Z  IPAD-0388  InstallProfile  ->  executed    1  Profile/wifi-corp
2026-11-20 11:00:00Z  IPAD-0388  InstallProfile  <-  failed      2  Profile/wifi-corp:
                                                                    MCInstallationErrorDomain 4001:
                                                                    the certificate of the server
                                                                    could not be verified
                      fix the certificate, then: reeve reconcile IPAD-0388
`,
  );
});

test("commands by type and status have columns only for statuses that occur", () => {
  const commands = { ProfileList: { executed: 5, sent: 1 }, InstallProfile: { executed: 1_204, failed: 2 } };

  expect(renderOperationsSummary({ commands }, look)).toBe(`COMMAND         sent  executed  failed  total
InstallProfile           1,204       2  1,206
ProfileList        1         5              6
`);
});

test("events go on below when they are long", () => {
  const event = {
    id: "9",
    at: now,
    type: "item.verified",
    device: "IPAD-0388",
    subject: "Profile/wifi-corp",
    message: "as declared, by the device's own report",
    revision: "9d03e11".padEnd(40, "0"),
  };

  expect(renderEvents({ events: [event], hidden: 0 }, look)).toBe(
    `TIME                  TYPE           DEVICE     BY       WHAT
2026-11-20 12:00:00Z  item.verified  IPAD-0388  9d03e11  Profile/wifi-corp: as declared, by the
                                                         device's own report
`,
  );
});

test("at a terminal of 80 columns type and device are whole, and an act has its name", () => {
  const event = {
    id: "9",
    at: now,
    type: "lifecycle.release-pending",
    device: "d-1",
    name: "IPHONE-0417",
    subject: "Deprovision/lost-2026-11@1",
    message: "it is still in Apple Business Manager",
    by: "it-lead@acme.example",
  };
  const what = "    Deprovision/lost-2026-11@1: it is still in Apple Business Manager\n";
  const narrow = { ...look, width: 80 };

  expect(renderEvents({ events: [event], hidden: 0 }, narrow)).toBe(
    `TIME                  TYPE                       DEVICE       BY
2026-11-20 12:00:00Z  lifecycle.release-pending  IPHONE-0417  it-lead@acme.exam…
${what}`,
  );
  expect(renderFollowed([event], narrow)).toContain(what);
});

test("a refused revision tells the first thing that is wrong", () => {
  const origin = { file: "a.yaml", line: 7, column: 5 };
  const wrong = {
    severity: "error",
    rule: "unknown-field",
    origin,
    length: 1,
    subject: "",
    detail: [],
  } as const;
  const refused = {
    ...revision("4f1c2ab", "Broken\n\nlong text"),
    status: "refused",
    diagnostics: [
      { ...wrong, message: 'unknown field "matchs"' },
      { ...wrong, message: "another" },
    ],
  } as const;
  const current = { ...revision("9d03e11", "Passcode 8"), status: "in-force", diagnostics: [] } as const;

  expect(renderHistory([refused, current], look)).toBe(`REVISION  STATUS    SEEN     AUTHOR   MESSAGE
4f1c2ab   refused   2 h ago  it-lead  Broken
         a.yaml:7:5 unknown field "matchs" [unknown-field], and 1 more
9d03e11   in force  2 h ago  it-lead  Passcode 8

Not verified here: reeve events verify says whether the history is as it was written.
`);
});

test("nothing at all is a sentence", () => {
  expect(renderOperations([], look)).toBe("No operation matches.\n");
  expect(renderOperationsSummary({ commands: {} }, look)).toBe("No command was sent yet.\n");
  expect(renderEvents({ events: [], hidden: 0 }, look)).toBe("No event matches.\n");
  expect(renderHistory([], look)).toBe("No revision was seen yet.\n");
  expect(renderHolds([], look)).toBe("Nothing is held.\n");
  const why = "5 devices are in its target only by what they report of themselves: name them, or trust that";
  const refused = [{ act: "Operation/audit@1", place: "a.yaml:3", reason: why, refused: why, at: 0 }];
  const lines = renderHolds([], { ...look, width: 80 }, false, { refused }).split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines.filter((line) => line.startsWith("  refused: 5 devices"))).toHaveLength(1);
});

test("routine events that were left out are counted below", () => {
  const none = "2 routine events not shown (item.verified, item.removed); --all shows them.\n";
  expect(renderEvents({ events: [], hidden: 2 }, look)).toBe(`No event matches.\n${none}`);
  expect(renderEvents({ events: [], hidden: 10_000 }, look)).toContain(
    "10,000 or more routine events not shown",
  );
});

test("a report tells of devices that are not managed any more, and that it verifies no history", () => {
  const none = { total: 2, compliant: 2, exempt: 0, notCompliant: 0, pending: 0, stale: 0 };
  const states = { ready: 2, reconciling: 0, stalled: 0, held: 0, unreachable: 0 };
  const head = {
    organization: "acme",
    at: now,
    timeZone: "Europe/Berlin",
    revision: revision("9d03e11", "Passcode 8"),
    gate: "enforced",
    since: 0,
    history: { n: 7, hash: "ab", at: now, waiting: 0 },
  } as const;
  const total = { group: "", ...none, ...states };
  const totals = { total, groups: [], platforms: [], departed: { lost: 1, "in-repair": 2 }, trend: [] };

  expect(renderReport(head, totals, look)).toContain(`
Departed 1 lost, 2 in-repair: reeve devices --state STATE
History  7:ab
         not verified by this report: reeve events verify --head with that
`);
});
