import { expect, test } from "vitest";
import { readUsage } from "./read-usage.ts";

const at = (minute: number) => `2026-03-01T10:${String(minute).padStart(2, "0")}:00Z`;
const place = (minute: number, location: unknown) => ({
  eventTime: at(minute),
  eventType: "LOST_MODE_LOCATION",
  lostModeLocationEvent: { location, batteryLevel: 40 },
});

test("of the places of a batch the newest counts, in whatever order they come", () => {
  const usageLogEvents = [
    place(5, { latitude: 47.37, longitude: 8.54 }),
    place(20, { latitude: -33.9, longitude: 151.2 }),
    place(10, { latitude: 1, longitude: 1 }),
  ];
  expect(readUsage({ usageLogEvents })).toEqual({
    isAboutLostMode: true,
    place: { latitude: -33.9, longitude: 151.2, at: Date.parse(at(20)) },
  });
  // The equator: a zero is left out.
  expect(readUsage({ usageLogEvents: [place(1, { longitude: 8.54 })] }).place).toMatchObject({ latitude: 0 });
});

test("what is no place is none, and what is about something else is nobody's business", () => {
  for (const location of [
    undefined,
    {},
    { latitude: 91, longitude: 0 },
    { latitude: "47", longitude: 8 },
    { latitude: 1, longitude: -181 },
    { latitude: null, longitude: 1 },
  ])
    expect(readUsage({ usageLogEvents: [place(1, location)] }).place).toBeUndefined();
  const noTime = { lostModeLocationEvent: { location: { latitude: 1, longitude: 1 } } };
  expect(readUsage({ usageLogEvents: [noTime] }).place).toBeUndefined();
  const dns = { eventType: "DNS", dnsEvent: { hostname: "example.org" } };
  expect(readUsage({ usageLogEvents: [dns, 7, null] })).toEqual({ isAboutLostMode: false, place: undefined });
  expect(readUsage({ usageLogEvents: "all" })).toEqual({ isAboutLostMode: false, place: undefined });
});
