import { expect, test } from "vitest";
import { type Bed, bed, errorOf, MINUTE } from "./test-amapi.ts";

async function crowd(
  { am, amapi, world, enterprise, policy }: Bed,
  count: number,
): Promise<readonly string[]> {
  await policy("default", {});
  const { data } = await am.enterprises.enrollmentTokens.create({ parent: enterprise, requestBody: {} });
  const devices = Array.from({ length: count }, () => amapi.device());
  for (const device of devices) device.enroll(data.value ?? "", "factory-reset");
  await world.advance(MINUTE);
  return devices.map(({ name }) => name ?? "");
}

test("devices come ten at a time, or at most a hundred, and every one exactly once", async () => {
  const one = await bed();
  const names = await crowd(one, 234);
  const { devices } = one.am.enterprises;
  const all = async (pageSize?: number) => {
    const pages: string[][] = [];
    let pageToken: string | undefined;
    do {
      const page = {
        parent: one.enterprise,
        ...(pageSize ? { pageSize } : {}),
        ...(pageToken ? { pageToken } : {}),
      };
      const { data } = await devices.list(page);
      pages.push((data.devices ?? []).map(({ name }) => name ?? ""));
      pageToken = data.nextPageToken ?? undefined;
    } while (pageToken !== undefined);
    return pages;
  };
  const [small, large] = [await all(), await all(1_000)];
  expect(small.map(({ length }) => length)).toEqual([...Array.from({ length: 23 }, () => 10), 4]);
  expect(large.map(({ length }) => length)).toEqual([100, 100, 34]);
  expect(small.flat()).toEqual(names);
  expect(large.flat()).toEqual(names);
});

test("what is deleted between pages hides nothing, and a token of somebody's own is refused", async () => {
  const one = await bed();
  const names = await crowd(one, 15);
  const { devices } = one.am.enterprises;
  const first = await devices.list({ parent: one.enterprise });
  await devices.delete({ name: names[3] ?? "" });
  const { data } = await devices.list({ parent: one.enterprise, pageToken: first.data.nextPageToken ?? "" });
  expect(data.devices?.map(({ name }) => name)).toEqual(names.slice(10));
  expect(await errorOf(devices.list({ parent: one.enterprise, pageToken: "guess" }))).toBe(
    "400 INVALID_ARGUMENT Invalid page token.",
  );
});

test("an answer has only the fields that were asked for", async () => {
  const one = await bed();
  const [name] = await crowd(one, 12);
  const { devices } = one.am.enterprises;
  const list = await devices.list({
    parent: one.enterprise,
    fields: "nextPageToken,devices(name,hardwareInfo/serialNumber)",
  });
  expect(list.data.nextPageToken).toBeDefined();
  expect(list.data.devices?.[0]).toEqual({
    name,
    hardwareInfo: { serialNumber: expect.stringMatching(/^EMU/) },
  });
  expect((await devices.get({ name: name ?? "", fields: "state" })).data).toEqual({ state: "ACTIVE" });
  expect(await errorOf(devices.get({ name: name ?? "", fields: "state(" }))).toMatch(/^400/);
});

test("tokens, policies and web apps are paged too", async () => {
  const { am, enterprise, policy } = await bed();
  const { enrollmentTokens, policies, webApps } = am.enterprises;
  for (let number = 0; number < 12; number++) {
    await enrollmentTokens.create({ parent: enterprise, requestBody: {} });
    await policy(`p${number}`, {});
    const icons = [{ imageData: "aGVsbG8=" }];
    await webApps.create({
      parent: enterprise,
      requestBody: { title: `${number}`, startUrl: "https://example.com", icons },
    });
  }
  const counts = async (
    list: (page: object) => Promise<{ data: { nextPageToken?: string | null } }>,
    field: string,
  ) => {
    const { data } = await list({ parent: enterprise, pageSize: 10 });
    const rest = await list({ parent: enterprise, pageSize: 10, pageToken: data.nextPageToken });
    return [data, rest.data].map((page) => (page as Record<string, unknown[]>)[field]?.length);
  };
  expect(await counts((page) => enrollmentTokens.list(page), "enrollmentTokens")).toEqual([10, 2]);
  expect(await counts((page) => policies.list(page), "policies")).toEqual([10, 2]);
  expect(await counts((page) => webApps.list(page), "webApps")).toEqual([10, 2]);
});
