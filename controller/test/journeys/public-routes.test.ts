import { expect, test } from "vitest";
import { listQuarantine } from "../../store/quarantine.ts";
import { pglite } from "../../store/test-stores.ts";
import { bothStores } from "../installation.ts";
import { baseline } from "../manifests.ts";
import { portalHouse } from "../portal.ts";

const store = (await bothStores()).at(-1) ?? pglite;

/** What strangers may put into a path, a query, a header or a body. */
const texts: readonly string[] = [
  "",
  "0",
  "../../etc/passwd",
  "'; drop table reeve.device; --",
  "<script>alert(1)</script>",
  "%00%ff%fe",
  "${jndi:ldap://x}",
  "__proto__",
  "a".repeat(3_000),
  "\u202e\u2028é\ud83d\ude00",
];
const bodies: readonly Buffer[] = [
  ...texts.map((text) => Buffer.from(text)),
  Buffer.from([0x30, 0x80, 0x06, 0x09, 0xff]),
  Buffer.from("bplist00\u0000\u0000"),
  Buffer.from('<?xml version="1.0"?><plist version="1.0"><dict/></plist>'),
  Buffer.from('{"a":[[[[]]]]}'),
  Buffer.from("user-identifier=%&code=%zz&user-identifier[]=x"),
];

test("a stranger gets a refusal of every public address, never a fault, and changes nothing", async () => {
  await using portal = await portalHouse({ stores: store, files: baseline, parts: { accounts: "device" } });
  const { house } = portal;
  const { app, listRoutes } = house.controller.devicePlane;
  await house.settle();
  const routes = listRoutes();
  expect(routes.length).toBeGreaterThan(10);
  const wrong: string[] = [];
  let asked = 0;
  const ask = async (
    method: string,
    url: string,
    body: Buffer | undefined,
    headers: Record<string, string>,
  ) => {
    asked += 1;
    const reply = await app.inject({
      method: method as "GET",
      url,
      headers,
      remoteAddress: `10.${(asked >> 12) & 255}.${(asked >> 4) & 255}.${asked & 15}`,
      ...(body === undefined ? {} : { payload: body }),
    });
    if (reply.statusCode >= 500) wrong.push(`${method} ${url.slice(0, 80)} ${reply.statusCode}`);
    if (/<script>alert|at file:|node_modules/.test(reply.payload))
      wrong.push(`${method} ${url.slice(0, 80)} told`);
  };
  for (const { method, path } of routes) {
    const at = (text: string): string => path.replace(/:\w+/g, encodeURIComponent(text) || "x");
    for (const text of texts) {
      await ask(method, at(text), undefined, {});
      await ask(
        method,
        `${at("x")}?operation=${encodeURIComponent(text)}&message=${encodeURIComponent(text)}`,
        undefined,
        {},
      );
      await ask(method, `${at("x")}?user-identifier=${encodeURIComponent(text)}`, undefined, {});
      const header = encodeURIComponent(text);
      await ask(method, at("x"), undefined, { "mdm-signature": header, authorization: `Bearer ${header}` });
    }
    if (method !== "GET")
      for (const body of bodies)
        for (const type of ["application/x-apple-aspen-mdm", "application/x-www-form-urlencoded"])
          await ask(method, at("x"), body, { "content-type": type });
  }
  expect(wrong).toEqual([]);
  const [row] = await house.store.query<{ count: number }>("select count(*) as count from reeve.channel");
  expect(row?.count).toBe(0);
  expect((await listQuarantine(house.store, { limit: 1_000 })).length).toBeLessThanOrEqual(200);
});
