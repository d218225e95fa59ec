import { expect, test } from "vitest";
import { bed, errorOf } from "./test-amapi.ts";

test("a person signs the organization up and comes back with a token, which makes one enterprise", async () => {
  const { am, amapi } = await bed();
  const callbackUrl = "https://reeve.example/signed-up?state=1";
  const { data } = await am.signupUrls.create({ projectId: "project", callbackUrl });
  const back = await fetch(data.url ?? "", { redirect: "manual" });
  const location = new URL(back.headers.get("location") ?? "");
  expect(location.href).toContain("https://reeve.example/signed-up?state=1&");
  const enterpriseToken = location.searchParams.get("enterpriseToken") ?? "";
  const create = (projectId = "project") =>
    am.enterprises.create({
      projectId,
      signupUrlName: data.name ?? "",
      enterpriseToken,
      requestBody: { enterpriseDisplayName: "Example" },
    });
  expect(await errorOf(create("other"))).toMatch(/^400/);
  const created = (await create()).data;
  expect(created).toEqual({
    name: expect.stringMatching(/^enterprises\/LC/),
    enterpriseDisplayName: "Example",
  });
  expect(await errorOf(create())).toMatch(/^400/);
  const list = await am.enterprises.list({ projectId: "project" });
  expect(list.data.enterprises).toEqual([created]);
  expect(amapi.requests.count("enterprises.create", "committed")).toBe(1);
});

test("apps of the store, web apps and tokens", async () => {
  const { am, amapi, enterprise } = await bed();
  amapi.store("com.gone", "missing");
  const app = (id: string) => am.enterprises.applications.get({ name: `${enterprise}/applications/${id}` });
  expect((await app("com.example.mail")).data.appVersions?.[0]?.versionCode).toBe(1_000);
  expect(await errorOf(app("com.gone"))).toMatch(/^404/);
  expect(await errorOf(app("nonsense"))).toMatch(/^404/);

  const icons = [{ imageData: "aGVsbG8=" }];
  const { data } = await am.enterprises.webApps.create({
    parent: enterprise,
    requestBody: { title: "Desk", startUrl: "https://example.com", displayMode: "STANDALONE", icons },
  });
  expect(data.versionCode).toBe("1");
  const name = data.name ?? "";
  const patched = await am.enterprises.webApps.patch({
    name,
    updateMask: "title",
    requestBody: { title: "Help" },
  });
  expect(patched.data).toMatchObject({ title: "Help", startUrl: "https://example.com", versionCode: "2" });
  await am.enterprises.webApps.delete({ name });
  expect(await errorOf(am.enterprises.webApps.get({ name }))).toMatch(/^404/);

  const web = await am.enterprises.webTokens.create({
    parent: enterprise,
    requestBody: { parentFrameUrl: "https://example.com" },
  });
  expect(web.data.value).toContain("emulated");
  const { migrationTokens } = am.enterprises;
  const requestBody = {
    deviceId: "d",
    userId: "u",
    managementMode: "FULLY_MANAGED",
    policy: "p",
    ttl: "3600s",
  };
  const migration = await migrationTokens.create({ parent: enterprise, requestBody });
  expect((await migrationTokens.list({ parent: enterprise })).data.migrationTokens).toEqual([migration.data]);
  expect(await errorOf(am.provisioningInfo.get({ name: "provisioningInfo/x" }))).toMatch(/^404/);
});
