import type { androidmanagement_v1 } from "googleapis/build/src/apis/androidmanagement/index.js";

/** What a service answered to one step. */
export type Recorded = { readonly step: string; readonly status: number; readonly body: unknown };

type Am = androidmanagement_v1.Androidmanagement;
type Answer = { readonly status: number; readonly data: unknown };
type Step = {
  readonly name: string;
  ask(am: Am, enterprise: string, given: Map<string, string>): Promise<Answer>;
};

const POLICY = "reeve-contract";
const policyOf = (enterprise: string) => `${enterprise}/policies/${POLICY}`;

/**
 * Requests that harm nothing, in order: they make a policy that no device has and a token that lives for a minute,
 * ask for what there is not, and take away again what they made.
 */
const STEPS: readonly Step[] = [
  step("policy is made", (am, enterprise) =>
    am.enterprises.policies.patch({
      name: policyOf(enterprise),
      requestBody: { funDisabled: true, smsDisabled: false, maximumTimeToLock: "60000" },
    }),
  ),
  step("policy is patched without a change", (am, enterprise) =>
    am.enterprises.policies.patch({
      name: policyOf(enterprise),
      requestBody: { funDisabled: true, maximumTimeToLock: "60000" },
    }),
  ),
  step("policy is patched by a mask", (am, enterprise) =>
    am.enterprises.policies.patch({ name: policyOf(enterprise), updateMask: "funDisabled", requestBody: {} }),
  ),
  step("enum that there is not", (am, enterprise) =>
    am.enterprises.policies.patch({ name: policyOf(enterprise), requestBody: { playStoreMode: "GREYLIST" } }),
  ),
  step("field that there is not", (am, enterprise) =>
    am.enterprises.policies.patch({ name: policyOf(enterprise), requestBody: { colour: "red" } as object }),
  ),
  step("rule without a wipe", (am, enterprise) =>
    am.enterprises.policies.patch({
      name: policyOf(enterprise),
      requestBody: { policyEnforcementRules: [{ settingName: "passwordPolicies", blockAction: {} }] },
    }),
  ),
  step("app of a policy is modified", (am, enterprise) =>
    am.enterprises.policies.modifyPolicyApplications({
      name: policyOf(enterprise),
      requestBody: {
        changes: [{ application: { packageName: "com.android.chrome", installType: "AVAILABLE" } }],
      },
    }),
  ),
  step("device that there is not", (am, enterprise) =>
    am.enterprises.devices.get({ name: `${enterprise}/devices/0000000000000000` }),
  ),
  step("page token that nobody gave", (am, enterprise) =>
    am.enterprises.devices.list({ parent: enterprise, pageToken: "guess", fields: "nextPageToken" }),
  ),
  step("enterprise of somebody else", (am) => am.enterprises.get({ name: "enterprises/LC00000000" })),
  step("token is made", async (am, enterprise, given) => {
    const requestBody = { policyName: POLICY, duration: "60s", additionalData: "contract" };
    const answer = await am.enterprises.enrollmentTokens.create({ parent: enterprise, requestBody });
    given.set("token", answer.data.name ?? "");
    return answer;
  }),
  step("token is read", (am, _, given) =>
    am.enterprises.enrollmentTokens.get({ name: given.get("token") ?? "" }),
  ),
  step("token is deleted", (am, _, given) =>
    am.enterprises.enrollmentTokens.delete({ name: given.get("token") ?? "" }),
  ),
  step("deleted token is read", (am, _, given) =>
    am.enterprises.enrollmentTokens.get({ name: given.get("token") ?? "" }),
  ),
  step("policy is deleted", (am, enterprise) =>
    am.enterprises.policies.delete({ name: policyOf(enterprise) }),
  ),
  step("deleted policy is read", (am, enterprise) =>
    am.enterprises.policies.get({ name: policyOf(enterprise) }),
  ),
];

function step(name: string, ask: Step["ask"]): Step {
  return { name, ask };
}

/** What a service answers to all steps, whatever it is. Throws when it does not answer at all. */
export async function recordContract(am: Am, enterprise: string): Promise<readonly Recorded[]> {
  const given = new Map<string, string>();
  const recorded: Recorded[] = [];
  for (const { name, ask } of STEPS) {
    const { status, data } = await ask(am, enterprise, given).catch(answerOf);
    recorded.push({ step: name, status, body: data });
  }
  return recorded;
}

function answerOf(error: unknown): Answer {
  const { response } = error as { response?: Answer };
  if (response === undefined) throw error;
  return response;
}
