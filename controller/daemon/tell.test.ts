import { expect, test } from "vitest";
import { createMetrics } from "../http/metrics.ts";
import { createLog } from "../log.ts";
import { tellOutcome } from "./tell.ts";

function told(what: string, outcome: string): readonly Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ level: "debug", write: (line: string) => void lines.push(JSON.parse(line)) });
  tellOutcome(what, outcome, log, createMetrics("1"));
  return lines;
}

test("a refused check-in is logged with its reason; what went well is not", () => {
  expect(told("check-in", "certificate-unknown")).toMatchObject([
    { level: "warn", event: "device.refused", reason: "check-in: certificate-unknown" },
  ]);
  expect(told("scep", "refused")).toMatchObject([{ reason: "scep: refused" }]);
  expect(told("scep", "issued")).toEqual([]);
  expect(told("identity", "no-identity")).toEqual([]);
});

test("what could not be read is counted by where it came from", async () => {
  const metrics = createMetrics("1");
  tellOutcome("connection", "quarantined", createLog({ level: "error" }), metrics);
  expect(JSON.stringify(await metrics.scrape())).toContain(
    'reeve_quarantined_total{reason=\\"connection\\"} 1',
  );
});
