import { expect, test } from "vitest";
import { createAllowance, networkOf } from "./allowance.ts";

const minute = 60_000;

test("an address may ask so often within a minute, and again when time has passed", () => {
  const allowance = createAllowance(3);
  const asked = [0, 0, 0, 0].map((now) => allowance.take("192.0.2.1", now));

  expect(asked).toEqual([undefined, undefined, undefined, 20]);
  expect(allowance.take("192.0.2.2", 0)).toBeUndefined();
  expect(allowance.take("192.0.2.1", 19_999)).toBe(1);
  expect(allowance.take("192.0.2.1", 20_000)).toBeUndefined();
  expect(allowance.take("192.0.2.1", 20_000)).toBe(20);
});

test("what was refused counts ten times, and is forgotten after two minutes at the latest", () => {
  const allowance = createAllowance(20);
  for (let n = 0; n < 2; n++) {
    expect(allowance.take("192.0.2.1", 0)).toBeUndefined();
    allowance.refused("192.0.2.1", 0);
  }
  expect(allowance.take("192.0.2.1", 0)).toBe(3);
  for (let n = 0; n < 1_000; n++) allowance.refused("192.0.2.1", 0);
  expect(allowance.take("192.0.2.1", 0)).toBe(63);
  expect(allowance.take("192.0.2.1", 2 * minute)).toBeUndefined();
});

test("a /64 is one address, however it is written; this host is not counted; a clock that goes back gives nothing", () => {
  expect(networkOf("2001:db8:0:1::7")).toBe("2001:db8:0:1::/64");
  expect(networkOf("2001:0DB8:0000:0001:ffff::")).toBe("2001:db8:0:1::/64");
  expect(networkOf("2001:db8::1:2:3:4:5")).toBe("2001:db8:0:1::/64");
  expect(networkOf("2001:db8:0:2::7")).toBe("2001:db8:0:2::/64");
  expect(networkOf("fe80::1%eth0")).toBe("fe80:0:0:0::/64");

  const allowance = createAllowance(1);
  expect(allowance.take("2001:db8::1", 9)).toBeUndefined();
  expect(allowance.take("2001:db8::2", 0)).toBe(60);
  for (const local of ["", "127.0.0.1", "::1"])
    expect([1, 2, 3].map(() => allowance.take(local, 0))).toEqual([undefined, undefined, undefined]);
});

test("strangers with many addresses fill no memory, and take nobody's allowance", () => {
  const allowance = createAllowance(1);
  for (let n = 0; n < 100_000; n++) allowance.take(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, 0);
  expect(allowance.take("192.0.2.1", 0)).toBeUndefined();
});
