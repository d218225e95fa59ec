import { expect, test } from "vitest";
import { restrictionsProfile, testBed } from "./test-bed.ts";

const install = { RequestType: "InstallProfile", Payload: restrictionsProfile("a", "1") };

test("a lost reply: done, but the server hears Idle only", async () => {
  const { world, server, device } = await testBed();
  device.faults.add({ kind: "lose-reply", next: "idle", reconnectMs: 60_000 });

  const uuid = server.queue(device.udid, install);
  await device.connect();
  const atOnce = { results: server.results(uuid), profiles: Object.keys(device.snapshot().profiles) };
  const last = server.received.length;
  await world.advance(60_000);

  expect(atOnce).toEqual({ results: [], profiles: ["test.enrollment", "a"] });
  expect(device.ledger.of("reply-lost")).toMatchObject([{ uuid, reached: false }]);
  expect(server.received[last]?.message.Status).toBe("Idle");
  expect(server.results(uuid)).toMatchObject([{ Status: "Acknowledged" }]);
  expect(device.ledger.of("executed")).toHaveLength(2);
});

test("a lost reply that the device repeats is executed once", async () => {
  const { world, server, device } = await testBed();
  device.faults.add({ kind: "lose-reply", next: "repeat" });

  const uuid = server.queue(device.udid, install);
  await device.connect();
  await world.advance(10_000);

  expect(server.results(uuid)).toMatchObject([{ Status: "Acknowledged" }]);
  expect(device.ledger.of("executed")).toHaveLength(1);
});

test("an answer that is lost, or a stammer, brings the same result twice", async () => {
  const { world, server, device, ask } = await testBed();
  device.faults.add({ kind: "lose-answer" });
  const lost = server.queue(device.udid, install);
  await device.connect();
  await world.advance(10_000);
  device.faults.add({ kind: "duplicate", requestType: "SecurityInfo" });

  const stammered = await ask({ RequestType: "SecurityInfo" });

  expect(server.results(lost)).toHaveLength(2);
  expect(stammered).toHaveLength(2);
  expect(device.ledger.of("executed")).toHaveLength(1);
  expect(device.ledger.of("violation")).toEqual([]);
});

test("after NotNow as its last word a device polls by itself when the time has come", async () => {
  const { world, server, device } = await testBed();
  device.faults.add({ kind: "not-now", until: world.now() + 300_000 });

  const uuid = server.queue(device.udid, install);
  await device.connect();
  await world.advance(299_000);
  const before = server.results(uuid).map((result) => result.Status);
  await world.advance(2_000);

  expect(before).toEqual(["NotNow"]);
  expect(server.results(uuid).map((result) => result.Status)).toEqual(["NotNow", "Acknowledged"]);
  expect(device.ledger.of("executed")).toHaveLength(1);
});

test("NotNow spares what a device always answers, and gives no promise when it was not the last word", async () => {
  const { world, server, device } = await testBed();
  device.faults.add({ kind: "not-now", until: world.now() + 300_000 });
  const uuid = server.queue(device.udid, install);
  await device.connect();
  // A server may go on with another command after a NotNow.
  const offered = `<plist><dict><key>CommandUUID</key><string>other</string><key>Command</key><dict><key>RequestType</key><string>ProfileList</string></dict></dict></plist>`;
  let offers = 1;
  server.intercept(({ body }) =>
    body?.includes("<string>NotNow</string>") && offers-- > 0
      ? { status: 200, headers: {}, body: Buffer.from(offered) }
      : undefined,
  );
  await device.connect();
  server.intercept(undefined);
  const connected = device.ledger.of("connected").length;
  server.queue(device.udid, { RequestType: "SecurityInfo" });

  await world.advance(100_000);

  expect(device.ledger.of("answered").map((entry) => `${entry.requestType} ${entry.status}`)).toEqual([
    "InstallProfile NotNow",
    "InstallProfile NotNow",
    "ProfileList Acknowledged",
    "InstallProfile NotNow",
  ]);
  expect(server.results(uuid).at(-1)?.Status).toBe("NotNow");
  expect(device.ledger.of("connected")).toHaveLength(connected);
});

test("errors come as scripted, for one subject and so many times", async () => {
  const { device, ask } = await testBed();
  device.faults.add({
    kind: "error",
    requestType: "RemoveProfile",
    subject: "a",
    times: 2,
    chain: [{ domain: "X", code: 7, description: "no" }],
  });
  await ask(install);

  const other = await ask({ RequestType: "RemoveProfile", Identifier: "b" });
  const answers = [];
  for (let i = 0; i < 3; i++) answers.push((await ask({ RequestType: "RemoveProfile", Identifier: "a" }))[0]);
  device.faults.add({ kind: "format-error" });
  const malformed = await ask({ RequestType: "SecurityInfo" });

  expect(other[0]).toMatchObject({ ErrorChain: [{ ErrorCode: 12008 }] });
  expect(answers.map((answer) => answer?.Status)).toEqual(["Error", "Error", "Acknowledged"]);
  expect(answers[0]?.ErrorChain).toMatchObject([{ ErrorCode: 7, ErrorDomain: "X" }]);
  expect(malformed[0]?.Status).toBe("CommandFormatError");
});

test("a device that has calmed down fails no more, neither as scripted nor by its mood", async () => {
  const { device, ask } = await testBed({ moods: { error: 1 } });
  device.faults.add({ kind: "format-error", requestType: "SecurityInfo" });

  const before = await ask({ RequestType: "DeviceInformation", Queries: ["OSVersion"] });
  device.faults.calm();
  const after = [
    await ask({ RequestType: "DeviceInformation", Queries: ["OSVersion"] }),
    await ask({ RequestType: "SecurityInfo" }),
  ];

  expect(before[0]?.Status).toBe("Error");
  expect(after.map(([answer]) => answer?.Status)).toEqual(["Acknowledged", "Acknowledged"]);
});

test("a server that is down gets the result when it is up again, once", async () => {
  const { world, server, device } = await testBed();
  const uuid = server.queue(device.udid, install);
  server.intercept(({ body }) =>
    body?.includes("Acknowledged") ? { status: 503, headers: {}, body: Buffer.alloc(0) } : undefined,
  );

  await device.connect();
  await world.advance(120_000);
  const tries = device.ledger.of("unreachable").length;
  server.intercept(undefined);
  await world.advance(600_000);

  expect(tries).toBeGreaterThan(3);
  expect(server.results(uuid)).toMatchObject([{ Status: "Acknowledged" }]);
  expect(device.ledger.of("executed")).toHaveLength(1);
});

test("an offline device keeps one push and connects when it is back", async () => {
  const { world, server, device, push } = await testBed();
  const { token = "", pushMagic = "" } = device.secrets() ?? {};
  device.goOffline(world.now() + 3_600_000);
  const uuid = server.queue(device.udid, install);

  const answers = [push.deliver(token, pushMagic), push.deliver(token, pushMagic)];
  await world.advance(3_599_000);
  const before = server.results(uuid).length;
  await world.advance(2_000);

  expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
  expect(before).toBe(0);
  expect(server.results(uuid)).toHaveLength(1);
  expect(device.ledger.of("woken")).toHaveLength(1);
});

test("a push with another magic wakes nobody and is a violation", async () => {
  const { world, device, push, server } = await testBed();
  const before = server.received.length;

  push.deliver(device.secrets()?.token ?? "", "not the magic");
  await world.advance(1_000);

  expect(server.received).toHaveLength(before);
  expect(device.ledger.of("violation")).toMatchObject([{ rule: "push-magic" }]);
});

test("a slow device takes its time while others go on", async () => {
  const { world, server, device } = await testBed();
  device.faults.add({ kind: "slow", ms: 30_000 });
  const uuid = server.queue(device.udid, { RequestType: "SecurityInfo" });

  const connection = device.connect();
  await world.advance(29_000);
  const before = server.results(uuid).length;
  await world.advance(2_000);
  await connection;

  expect([before, server.results(uuid).length]).toEqual([0, 1]);
});
