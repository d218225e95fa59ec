import { request } from "node:http";
import { expect, test } from "vitest";
import { awaitCallback } from "./await-callback.ts";

/** The status of a request with exactly this target, which `fetch` would tidy up. */
function statusOf(port: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

test("whatever else comes is answered, and the first value that is meant is taken, once", async () => {
  await using callback = await awaitCallback("enterpriseToken");
  const { port, pathname } = new URL(callback.url);
  const others = [
    "//",
    "//?enterpriseToken=x",
    "http://[",
    "/",
    `${pathname}`,
    `${pathname}?enterpriseToken=`,
  ];
  for (const path of [...others, `${pathname}/?enterpriseToken=x`])
    expect([path, await statusOf(port, path)]).toEqual([path, 404]);
  expect(await statusOf(port, `${pathname}?enterpriseToken=first`)).toBe(200);
  expect(await statusOf(port, `${pathname}?enterpriseToken=second`)).toBe(404);
  expect(await callback.value).toBe("first");
});
