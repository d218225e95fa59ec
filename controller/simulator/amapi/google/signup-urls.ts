import { type Call, type Cloud, nextNumber } from "../cloud.ts";
import type { Json } from "../kept.ts";
import { invalid } from "./google-error.ts";

/** `signupUrls.create`: an address at which a person signs the organization up and is sent back with a token. */
export function createSignupUrl({ cloud, query }: Call, rootUrl: string): Json {
  const projectId = query.get("projectId") ?? "";
  const callbackUrl = query.get("callbackUrl") ?? "";
  if (projectId === "") throw invalid("project_id must be set.");
  if (!/^https?:\/\//.test(callbackUrl)) throw invalid("callback_url must be a valid URL.");
  const id = `C${nextNumber(cloud)}`;
  cloud.kept.signups.set(`signupUrls/${id}`, {
    projectId,
    callbackUrl,
    token: `emulated-${id}`,
    used: false,
  });
  return { name: `signupUrls/${id}`, url: `${rootUrl}/_emu/signup/${id}` };
}

/** What the person's browser is sent to after signing up: the callback with its `enterpriseToken`. */
export function completeSignup(cloud: Cloud, id: string): string | undefined {
  const signup = cloud.kept.signups.get(`signupUrls/${id}`);
  if (signup === undefined) return undefined;
  const back = new URL(signup.callbackUrl);
  back.searchParams.set("enterpriseToken", signup.token);
  return back.href;
}
