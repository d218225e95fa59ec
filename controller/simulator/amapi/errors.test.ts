import { expect, test } from "vitest";
import { bed, clientsOf, errorOf, FULLY_MANAGED, MINUTE, SECOND } from "./test-amapi.ts";

/** The body of an error as it came. */
async function bodyOf(request: Promise<unknown>): Promise<object> {
  const error = await request.then(
    () => ({ response: undefined }),
    (reason) => reason as { response?: { data: object } },
  );
  return error.response?.data ?? {};
}

test("a request needs an access token; a strict emulator needs the right one", async () => {
  const { amapi, enterprise } = await bed({ accessTokens: ["right"], complains: true });
  const with401 = clientsOf(amapi.rootUrl, "wrong").am.enterprises.get({ name: enterprise });
  expect(await errorOf(with401)).toMatch(
    /^401 UNAUTHENTICATED Request had invalid authentication credentials/,
  );
  expect((await fetch(`${amapi.rootUrl}/v1/${enterprise}`)).status).toBe(401);
  expect(await errorOf(clientsOf(amapi.rootUrl, "right").am.enterprises.get({ name: enterprise }))).toBe(
    "no error",
  );
  expect(amapi.complaints).toHaveLength(2);
});

test("a route that there is not is a loud 404", async () => {
  const { amapi, enterprise } = await bed({ complains: true });
  const headers = { authorization: "Bearer x" };
  const answered = await fetch(`${amapi.rootUrl}/v1/${enterprise}/policies/p:undo`, {
    method: "POST",
    headers,
  });
  expect(answered.status).toBe(404);
  expect(answered.headers.get("content-type")).toBe("application/json; charset=UTF-8");
  expect(amapi.complaints).toEqual([`there is no method for POST /v1/${enterprise}/policies/p:undo`]);
  const odd = await fetch(`${amapi.rootUrl}/v1/${enterprise}?colour=red`, { headers });
  expect(odd.status).toBe(400);
  const broken = await fetch(`${amapi.rootUrl}/v1/${enterprise}/policies/p`, {
    method: "PATCH",
    headers,
    body: "{",
  });
  expect(broken.status).toBe(400);
});

test("each refusal has Google's code, status and text", async () => {
  const { am, enterprise, policy, enrolled } = await bed();
  await policy("default", {});
  const device = await enrolled();
  const { devices, policies } = am.enterprises;
  const patch = (requestBody: object) => policies.patch({ name: `${enterprise}/policies/p`, requestBody });
  const name = device.name ?? "";

  expect(await bodyOf(devices.get({ name: `${enterprise}/devices/none` }))).toEqual({
    error: { code: 404, message: "Requested entity was not found.", status: "NOT_FOUND" },
  });
  expect(await bodyOf(am.enterprises.get({ name: "enterprises/other" }))).toEqual({
    error: {
      code: 403,
      message: "Caller is not authorized to manage enterprise.",
      status: "PERMISSION_DENIED",
    },
  });
  expect(
    await bodyOf(
      devices.patch({
        name,
        updateMask: "policyName",
        requestBody: { policyName: "enterprises/x/policies/p" },
      }),
    ),
  ).toEqual({
    error: {
      code: 400,
      message: `policy_name is expected to start with ${enterprise}/policies/`,
      status: "INVALID_ARGUMENT",
    },
  });
  const message = `Invalid value at 'policy.cross_profile_policies.cross_profile_copy_paste' (type.googleapis.com/google.android.devicemanagement.v1.CrossProfilePolicies.CrossProfileCopyPaste), "DISALLOWED"`;
  expect(await bodyOf(patch({ crossProfilePolicies: { crossProfileCopyPaste: "DISALLOWED" } }))).toEqual({
    error: {
      code: 400,
      message,
      status: "INVALID_ARGUMENT",
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.BadRequest",
          fieldViolations: [
            { field: "policy.cross_profile_policies.cross_profile_copy_paste", description: message },
          ],
        },
      ],
    },
  });
  expect(await errorOf(patch({ applications: [{ packageName: "com.a", colour: "red" }] }))).toBe(
    `400 INVALID_ARGUMENT Invalid JSON payload received. Unknown name "colour" at 'policy.applications[0]': Cannot find field.`,
  );
  expect(
    await errorOf(patch({ policyEnforcementRules: [{ settingName: "passwordPolicies", blockAction: {} }] })),
  ).toContain("policyEnforcementRules[0] must have a block action and a wipe action.");
  expect(
    await errorOf(
      devices.patch({ name, updateMask: "ownership", requestBody: { ownership: "COMPANY_OWNED" } }),
    ),
  ).toMatch(/^400 INVALID_ARGUMENT .*ownership cannot be modified/);
  expect(await errorOf(devices.patch({ name, updateMask: "state", requestBody: { state: "LOST" } }))).toMatch(
    /^400/,
  );
});

test.each([
  ["two apps of one package", { applications: [{ packageName: "com.a" }, { packageName: "com.a" }] }],
  ["an app without a package", { applications: [{ installType: "BLOCKED" }] }],
  ["a flag that policies do not know", { wipeDataFlags: ["WIPE_EXTERNAL_STORAGE"] }],
  [
    "a setup action of an app that is not there yet",
    { setupActions: [{ launchApp: { packageName: "com.a" } }] },
  ],
  [
    "the role KIOSK on an app that may be missing",
    { applications: [{ packageName: "com.a", roles: [{ roleType: "KIOSK" }] }] },
  ],
  ["a work profile that may be off for a day", { personalUsagePolicies: { maxDaysWithWorkOff: 1 } }],
  [
    "a wipe before the block",
    {
      policyEnforcementRules: [
        {
          settingName: "passwordPolicies",
          blockAction: { blockAfterDays: 5 },
          wipeAction: { wipeAfterDays: 5 },
        },
      ],
    },
  ],
])("a policy is refused as a whole for %s", async (_, requestBody) => {
  const { am, enterprise } = await bed();
  const name = `${enterprise}/policies/p`;
  expect(await errorOf(am.enterprises.policies.patch({ name, requestBody }))).toMatch(
    /^400 INVALID_ARGUMENT ./,
  );
  expect(await errorOf(am.enterprises.policies.get({ name }))).toMatch(/^404/);
});

test("moving a device to a policy that is not there is borne or refused, and the device keeps what it has", async () => {
  const { am, amapi, world, policy, enrolled, record } = await bed();
  const name = await policy("default", {});
  const device = await enrolled(FULLY_MANAGED);
  const move = () =>
    errorOf(
      am.enterprises.devices.patch({
        name: device.name ?? "",
        updateMask: "policyName",
        requestBody: { policyName: "none" },
      }),
    );
  expect(await move()).toBe("no error");
  await world.advance(MINUTE);
  expect((await record(device)).appliedPolicyName).toBe(name);
  amapi.knobs.moveToMissingPolicy = "refuse";
  expect(await move()).toMatch(/^404/);
});

test("beyond the quota requests are refused until the bucket has refilled", async () => {
  const { am, ps, world, enterprise } = await bed({ knobs: { quota: { requests: 5, perMs: 100 * SECOND } } });
  const get = () => bodyOf(am.enterprises.get({ name: enterprise }));
  for (let request = 0; request < 5; request++) expect(await get()).toEqual({});
  expect(await get()).toMatchObject({
    error: {
      code: 429,
      status: "RESOURCE_EXHAUSTED",
      message: expect.stringMatching(
        /^Quota exceeded for quota metric 'Requests' and limit 'Requests per minute' of service/,
      ),
      details: [{ reason: "RATE_LIMIT_EXCEEDED" }],
    },
  });
  // Pub/Sub has a quota of its own.
  expect(await errorOf(ps.projects.topics.create({ name: "projects/p/topics/t" }))).toBe("no error");
  await world.advance(20 * SECOND);
  expect(await get()).toEqual({});
  expect(await get()).toMatchObject({ error: { code: 429 } });
});
