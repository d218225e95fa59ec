import { expect, test } from "vitest";
import { readStatusReport } from "./status-report.ts";

function read(report: unknown) {
  return readStatusReport(Buffer.from(JSON.stringify(report)));
}

function declarations(...configurations: readonly object[]) {
  return { management: { declarations: { configurations, activations: [], assets: [], management: [] } } };
}

test.each(["removed", "_removed"])("a declaration that the device says is gone by `%s` is gone", (flag) => {
  const there = { identifier: "a", "server-token": "t", active: true, valid: "valid" };
  const report = read({ StatusItems: declarations(there, { identifier: "b", [flag]: true }) });

  expect(report.gone).toEqual(["b"]);
  expect(report.declarations).toEqual({ a: { token: "t", active: true, valid: "valid" } });
});

test("a flag that is not true removes nothing", () => {
  const kept = { "server-token": "t", active: true, valid: "valid" };
  const items = declarations(
    { identifier: "a", ...kept, removed: false },
    { identifier: "b", ...kept, _removed: "true" },
  );

  expect(read({ StatusItems: items })).toMatchObject({ gone: [], declarations: { a: {}, b: {} } });
});

test("an entry of another status item is taken, and goes, in the same way", () => {
  const entry = { identifier: "c-1", "calendar-type": "subscribed" };
  const items = (one: object) => ({ account: { list: { caldav: [one] } } });

  expect(Object.keys(read({ StatusItems: items(entry) }).detail.entries)).toHaveLength(1);
  for (const flag of ["removed", "_removed"])
    expect(read({ StatusItems: items({ identifier: "c-1", [flag]: true }) }).detail.gone).toHaveLength(1);
});

test("only a report that says that it is full is", () => {
  expect(read({ StatusItems: {}, FullReport: true }).full).toBe(true);
  for (const FullReport of [undefined, false, "true", 1])
    expect(read({ StatusItems: {}, FullReport }).full).toBe(false);
});
