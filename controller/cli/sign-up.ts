import { type KnownEnterprise, type SignUpCalls, signUpCalls } from "../android/sign-up.ts";
import { UserError } from "../errors.ts";
import { awaitCallback } from "./await-callback.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { clean } from "./render/text.ts";
import type { Session } from "./session.ts";

export interface SignUpOptions {
  readonly project?: string | undefined;
  /** What Google shows as the name of the organization. */
  readonly name?: string | undefined;
  /** Where the browser goes afterwards, instead of this host. */
  readonly callbackUrl?: string | undefined;
  /** A sign-up that was begun before, and what came of it. */
  readonly signUp?: string | undefined;
  readonly enterpriseToken?: string | undefined;
  /** Although the project has an enterprise. */
  readonly another?: boolean | undefined;
}

type Ended =
  | { readonly status: "created" | "there"; readonly enterprise: string; readonly project: string }
  | { readonly status: "begun"; readonly signUp: string; readonly url: string; readonly project: string };

/**
 * Signs an organization up with Google: a person does it in a browser, and the enterprise is made of what comes back.
 * One that the project has already is shown, and none is made.
 */
export async function signUp(session: Session, options: SignUpOptions): Promise<ExitCode> {
  const config = await session.loadConfig();
  const project = options.project ?? config.android.project;
  if (project === undefined)
    throw new UserError("no-project", "no Google Cloud project is named", {
      hint: "Set android.project, or give --project.",
    });
  const calls = signUpCalls(await session.google(config), project);
  const [known] = options.another === true ? [] : await calls.list();
  const ended =
    known === undefined
      ? await carryOut(session, calls, project, options)
      : ({ status: "there", enterprise: known.name, project } as const);
  await session.show(ended, () => textOf(ended, known));
  return exitCodes.inOrder;
}

async function carryOut(
  session: Session,
  calls: SignUpCalls,
  project: string,
  options: SignUpOptions,
): Promise<Ended> {
  const { signUp: begunBefore, enterpriseToken, name: displayName, callbackUrl } = options;
  if ((begunBefore === undefined) !== (enterpriseToken === undefined))
    throw new UserError("usage", "--sign-up and --enterprise-token belong together");
  if (begunBefore !== undefined && enterpriseToken !== undefined) {
    const enterprise = await calls.finish({ signUp: begunBefore, token: enterpriseToken, displayName });
    return { status: "created", enterprise, project };
  }
  if (callbackUrl !== undefined) {
    const { name, url } = await calls.begin(callbackUrl);
    return { status: "begun", signUp: name, url, project };
  }
  await using callback = await awaitCallback("enterpriseToken");
  const { name, url } = await calls.begin(callback.url);
  session.io.err(guide(name, url));
  const token = await callback.value;
  const enterprise = await calls.finish({ signUp: name, token, displayName });
  return { status: "created", enterprise, project };
}

function guide(name: string, url: string): string {
  return `Open this in a browser on this host, with an account that shall own the enterprise:
  ${clean(url)}
Waiting for the browser to come back; Ctrl-C ends, and nothing is made by then.
If it comes back elsewhere, take enterpriseToken out of the address it shows:
  reeve android sign-up --sign-up ${clean(name)} --enterprise-token TOKEN
`;
}

function textOf(ended: Ended, known: KnownEnterprise | undefined): string {
  if (ended.status === "begun")
    return `Open this in a browser, with an account that shall own the enterprise:
  ${clean(ended.url)}
Afterwards the address of the page has enterpriseToken in it, which is good for one enterprise:
  reeve android sign-up --sign-up ${clean(ended.signUp)} --enterprise-token TOKEN
`;
  const called = known?.displayName === undefined ? "" : ` (${clean(known.displayName)})`;
  const first =
    ended.status === "created"
      ? `Made ${clean(ended.enterprise)}. The token is used up.`
      : `${clean(ended.project)} has ${clean(ended.enterprise)}${called} already; --another makes one more.`;
  return `${first}
Set in the configuration:

android:
  enterprise: ${clean(ended.enterprise)}
  project: ${clean(ended.project)}

Then: reeve doctor
`;
}
