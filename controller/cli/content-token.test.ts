import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runReeve, startTestDaemon } from "./test-daemon.ts";

const path = "/v1/apple/content-token";
const view = {
  uId: "1",
  name: "Berlin",
  organization: "ORG1",
  notAfter: Date.UTC(2030, 10, 8),
  managedBy: "Other MDM",
  licences: { wanted: 3 },
};
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reeve-content-"));
  await writeFile(join(folder, "berlin.vpptoken"), "c2VjcmV0\n");
});
afterAll(() => rm(folder, { recursive: true }));

test("a content token goes to the daemon as it is, and what comes of it is said without it", async () => {
  await using daemon = await startTestDaemon({
    [`POST ${path}`]: () => view,
    [`GET ${path}`]: () => view,
    [`POST ${path}/take-over`]: () => ({ ...view, managedBy: undefined }),
  });
  const run = (...argv: string[]) =>
    runReeve(["apple", "content-token", ...argv, "--server", daemon.url], { cwd: folder });
  const imported = await run("import", "berlin.vpptoken", "--replace");
  expect(imported.out).toBe(
    [
      "Imported. Location Berlin of ORG1, token valid until 2030-11-08.",
      "Managed by Other MDM: reeve apple content-token take-over",
      "Licences: 3 wanted.",
      "",
    ].join("\n"),
  );
  expect(imported.code).toBe(0);
  expect((await run("show")).out).toMatch(/^Location Berlin/);
  expect((await run("take-over")).out).toMatch(/^Taken over\. .*\nLicences: 3 wanted\.\n$/);
  expect(daemon.asked.map(({ method, body }) => [method, body])).toEqual([
    ["POST", { token: "c2VjcmV0", replace: true }],
    ["GET", undefined],
    ["POST", {}],
  ]);
});
