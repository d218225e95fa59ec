import { Stalled, UserError } from "../errors.ts";
import { isUnanswered } from "./failure.ts";
import type { Google } from "./google.ts";
import { isObject, listAt, textAt } from "./json-object.ts";
import { allPages } from "./pages.ts";

/** An enterprise of a project, as Google lists it. */
export interface KnownEnterprise {
  /** `enterprises/LC…`. */
  readonly name: string;
  readonly displayName: string | undefined;
}

/** A sign-up that a person finishes in a browser at `url`; `name` says later which one it was. */
export interface BegunSignUp {
  readonly name: string;
  readonly url: string;
}

/** What came back with the person, and for which sign-up. */
export interface FinishedSignUp {
  readonly signUp: string;
  readonly token: string;
  readonly displayName?: string | undefined;
}

/** The sign-up of an organization with Google, for one Google Cloud project. Errors are those of `failureOf`. */
export interface SignUpCalls {
  readonly list: () => Promise<readonly KnownEnterprise[]>;
  /** Makes an address; the person's browser is sent on to `callbackUrl` with `enterpriseToken` in its query. */
  readonly begin: (callbackUrl: string) => Promise<BegunSignUp>;
  /** Makes the enterprise and gives its name; looks it up where the answer is lost. The token is good for one. */
  readonly finish: (finished: FinishedSignUp) => Promise<string>;
}

/** Calls for a project (Android Management API: `signupUrls.create`, `enterprises.create`, `enterprises.list`). */
export function signUpCalls(google: Google, projectId: string): SignUpCalls {
  async function list(): Promise<readonly KnownEnterprise[]> {
    const found = await allPages(async (pageToken) => {
      const answer = await google.manage({ urgency: "command" }, (client, common) =>
        client.enterprises.list({ projectId, ...(pageToken === undefined ? {} : { pageToken }) }, common),
      );
      const data = objectIn(answer);
      return { items: listAt(data, "enterprises"), next: textAt(data, "nextPageToken") };
    });
    return found.filter(isObject).flatMap((one) => {
      const name = textAt(one, "name");
      return name === undefined ? [] : [{ name, displayName: textAt(one, "enterpriseDisplayName") }];
    });
  }

  async function create({ signUp, token, displayName }: FinishedSignUp): Promise<string> {
    const requestBody = displayName === undefined ? {} : { enterpriseDisplayName: displayName };
    const query = { projectId, signupUrlName: signUp, enterpriseToken: token };
    const answer = await google.manage({ urgency: "command", secrets: [token] }, (client, common) =>
      client.enterprises.create({ ...query, requestBody }, common),
    );
    return required(textAt(objectIn(answer), "name"), "an enterprise without a name");
  }

  return {
    list,
    async begin(callbackUrl) {
      const answer = await google.manage({ urgency: "command" }, (client, common) =>
        client.signupUrls.create({ projectId, callbackUrl }, common),
      );
      const data = objectIn(answer);
      const [name, url] = [textAt(data, "name"), textAt(data, "url")];
      const without = "a sign-up without an address";
      return { name: required(name, without), url: required(url, without) };
    },
    async finish(finished) {
      const before = new Set((await list()).map(({ name }) => name));
      try {
        return await create(finished);
      } catch (error) {
        if (error instanceof Stalled && error.code === "google-refused") throw notTaken(error.message);
        if (!isUnanswered(error)) throw error;
        const made = (await list()).filter(({ name }) => !before.has(name));
        if (made.length === 1 && made[0] !== undefined) return made[0].name;
        throw error;
      }
    },
  };
}

function objectIn(answer: { readonly type: string; readonly data?: unknown }) {
  return isObject(answer.data) ? answer.data : {};
}

function required(text: string | undefined, what: string): string {
  if (text === undefined) throw new Stalled("google-refused", `Google answered with ${what}`);
  return text;
}

function notTaken(says: string): UserError {
  return new UserError("sign-up-refused", `Google makes no enterprise of this sign-up: ${says}`, {
    hint: "A token is good for one enterprise, of the sign-up that it came from. Begin again: reeve android sign-up.",
  });
}
