import fc from "fast-check";
import { expect, test } from "vitest";
import * as sample from "../sample-views.ts";
import { renderDevice } from "./device.ts";
import { renderDevices } from "./devices.ts";
import { renderEvents } from "./events.ts";
import { renderExplain } from "./explain.ts";
import { renderHistory } from "./history.ts";
import { renderHolds } from "./holds.ts";
import { renderOperations } from "./operations.ts";
import { renderPlan } from "./plan.ts";
import { renderPlanMarkdown } from "./plan-markdown.ts";
import { renderQuarantine } from "./quarantine.ts";
import { renderStatus } from "./status.ts";
import { renderSummary } from "./summary.ts";
import { widthOf } from "./width.ts";

const { now } = sample;
const look = { now, width: 100, color: false };

/** Every rendering with the same text wherever a device, a person or a repository could have put one. */
function everything(text: string): readonly string[] {
  const device = sample.device({
    name: text,
    serial: text,
    model: text,
    owner: text,
    osVersion: text,
    platform: text,
  });
  const held = sample.heldDevice(1, { name: text, serial: text, ownership: text, verb: text });
  const hold = sample.hold({
    act: text,
    place: text,
    reason: text,
    author: text,
    status: text,
    devices: [held],
  });
  const diagnostic = {
    severity: "error",
    rule: text,
    origin: { file: text, line: 1, column: 1 },
    length: 1,
    message: text,
    subject: text,
    detail: [text],
  } as const;
  const revision = { ...sample.revision(text, text, text), diagnostics: [diagnostic] };
  const plan = sample.plan({
    planned: revision,
    inForce: revision,
    entries: [
      sample.entry("update", text, 1, { policy: text, place: text, reason: text, changes: [text, text] }),
    ],
    removals: { devices: 1, budget: 1, used: 1, frozen: text },
    destructive: [hold],
  });
  const status = sample.status({
    organization: text,
    inForce: revision,
    refused: revision,
    source: { description: text, error: text },
    platforms: [{ platform: text, ...sample.counts(1) }],
    total: sample.counts(1),
    stalled: [{ devices: 1, reason: text, example: text, name: text }],
    latches: [{ name: text, reason: text, since: 0 }],
    warnings: [{ message: text, hint: text }],
    underWay: [text],
  });
  const item = { key: text, state: text, because: text, detail: text, commit: text, author: text };
  const explanation = sample.explanation({
    device,
    groups: [{ name: text, because: text }],
    items: [item],
    next: text,
    users: [{ channel: text, name: text, lastSeenAt: 0, items: [], next: text }],
  });
  const app = { Name: text, Identifier: text, Version: text, permissions: [text] };
  const detail = { DeviceName: text, [text]: text, ServiceSubscriptions: [{ Label: text, IMEI: text }] };
  const sections = [
    { section: "device", collectedAt: now, detail },
    { section: "applications", collectedAt: now, detail: [app] },
    {
      section: "profiles",
      collectedAt: now,
      detail: [
        { PayloadDisplayName: text, PayloadIdentifier: text, PayloadContent: [{ PayloadType: text }] },
      ],
    },
    {
      section: "certificates",
      collectedAt: now,
      detail: [{ commonName: text, notAfter: text, issuer: text }],
    },
    {
      section: "restrictions",
      collectedAt: now,
      detail: { GlobalRestrictions: { restrictedBool: { [text]: text } } },
    },
  ];
  const operation = sample.operation({
    name: text,
    type: text,
    subject: text,
    status: text,
    information: text,
    advice: text,
  });
  return [
    renderPlan(plan, look, { source: "working tree" }),
    renderPlanMarkdown(plan, now, { source: "working tree" }),
    renderStatus(status, look),
    renderExplain(explanation, look),
    renderExplain(explanation, look, text),
    renderDevices({ devices: [device], total: 2, next: text }, look),
    renderDevice(
      { ...device, groups: [text], users: [{ channel: text, name: text, lastSeenAt: 0 }], sections },
      look,
    ),
    renderOperations([operation], look),
    renderEvents(
      {
        events: [{ id: text, at: now, type: text, device: text, subject: text, message: text, by: text }],
        hidden: 0,
      },
      look,
    ),
    renderQuarantine(
      { messages: [{ id: 1, at: now, source: text, name: text, reason: text, size: 1 }] },
      look,
    ),
    renderHistory([{ ...revision, status: "refused" }], look),
    renderHolds([hold], look),
    renderSummary(
      {
        revision: text,
        platforms: [{ platform: text, ...sample.counts(1) }],
        held: [text],
        commands: {},
        durationMs: 1,
      },
      look,
    ),
  ];
}

function complaints(output: string): readonly string[] {
  const lines = output.split("\n");
  return [
    ...lines.filter((line) => widthOf(line) > 100).map((line) => `too wide: ${line}`),
    ...lines
      .filter((line) => /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(line))
      .map((line) => `obeyed: ${JSON.stringify(line)}`),
    ...(lines.length > 150 ? [`${lines.length} lines`] : []),
  ];
}

test.each([
  ["hostile", sample.hostileName],
  ["empty", ""],
  ["one long word", "x".repeat(500)],
  ["many words", "word ".repeat(400)],
  ["wide", "会議室".repeat(50)],
  ["marks", `a${"\u0301".repeat(3_000)}`],
])("a name that is %s neither breaks a line nor steers the terminal", (_name, text) => {
  for (const output of everything(text)) expect(complaints(output)).toEqual([]);
});

test("the same for any text", () => {
  const unicode = fc.string({ unit: "binary", maxLength: 300 });
  fc.assert(
    fc.property(fc.oneof(unicode, fc.string({ unit: "grapheme-composite", maxLength: 200 })), (text) => {
      for (const output of everything(text)) expect(complaints(output)).toEqual([]);
    }),
    { numRuns: 50, seed: 11 },
  );
});
