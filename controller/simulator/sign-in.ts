import { selfSignedCertificate } from "./certificate.ts";
import { type Signer, signCms } from "./cms.ts";
import type { EnrollResult } from "./enroll.ts";
import type { Machine } from "./machine.ts";
import type { EnrollHow } from "./management.ts";
import { writePlist } from "./plist.ts";
import { follow } from "./talk.ts";
import type { TransportResponse } from "./transport.ts";

/** What a user enters in Settings, and on the page that opens. */
export type SignIn = {
  /** `user@domain`. */
  readonly account: string;
  readonly code: string;
  /** Where the domain of the account is. */
  readonly domain: string;
};

type Got = { readonly profile: Buffer; readonly mode: "BYOD" | "ADDE" };

const MODES: Readonly<Record<string, Got["mode"]>> = { "mdm-byod": "BYOD", "mdm-adde": "ADDE" };
const FAMILIES = { ios: "iPhone", ipados: "iPad", macos: "Mac", tvos: "AppleTV" } as const;

/** Signs in, and enrolls by what comes of that. */
export async function signIn(
  machine: Machine,
  said: SignIn,
  enroll: (profile: Buffer, how: EnrollHow) => Promise<EnrollResult>,
): Promise<EnrollResult> {
  const got = await machine.world.run(() => profileFor(machine, said));
  return "ok" in got ? got : enroll(got.profile, { mode: got.mode });
}

/**
 * Account-driven enrollment up to the profile (Apple: "simple authentication account-driven enrollment flow"):
 * discovery, the challenge, the page, and the same request with the token of the callback.
 */
async function profileFor(machine: Machine, said: SignIn): Promise<Got | EnrollResult> {
  const query = new URLSearchParams({
    "user-identifier": said.account,
    "model-family": FAMILIES[machine.hardware.platform],
  });
  const found = await get(machine, `${said.domain}/.well-known/com.apple.remotemanagement?${query}`);
  const server = found.status === 200 ? serverIn(found) : undefined;
  const mode = MODES[server?.Version ?? ""];
  if (server === undefined || mode === undefined) return failed("the domain names no management");
  const signer = await builtIn(machine);
  const first = await ask(machine, signer, server.BaseURL);
  const page = /^Bearer method="apple-as-web", *url="(https:[^"]+)"$/.exec(
    first.headers["www-authenticate"] ?? "",
  );
  if (first.status !== 401 || page?.[1] === undefined) return failed("no challenge");
  const token = await authenticate(machine, page[1], said);
  if (token === undefined) return failed("the sign-in failed");
  const second = await ask(machine, signer, server.BaseURL, token);
  if (second.status !== 200) return failed(`the profile's address answered ${second.status}`);
  return { profile: second.body, mode };
}

function get(machine: Machine, url: string): Promise<TransportResponse> {
  return follow(machine, { method: "GET", url, headers: {} });
}

function serverIn({ body }: TransportResponse): { Version: string; BaseURL: string } | undefined {
  const { Servers } = JSON.parse(body.toString("utf8")) as {
    Servers?: { Version: string; BaseURL: string }[];
  };
  return Servers?.[0];
}

/** What a device was born with; of its own making here. */
async function builtIn({ keys, world, hardware }: Machine): Promise<Signer> {
  const { privateKey } = await keys.take();
  const now = world.now();
  const validity = { notBefore: now - 86_400_000, notAfter: now + 86_400_000 };
  const subject = [["CN", hardware.productName]] as const;
  return { privateKey, certificate: selfSignedCertificate({ subject, key: privateKey, ...validity }) };
}

/** Signed by what the device was born with; it says no more than its kind. */
function ask(machine: Machine, signer: Signer, url: string, token?: string): Promise<TransportResponse> {
  const { hardware, state, world } = machine;
  const content = writePlist({ LANGUAGE: "en-US", PRODUCT: hardware.productName, VERSION: state.build });
  return machine.transport({
    method: "POST",
    url,
    headers: {
      "content-type": "application/pkcs7-signature",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: signCms({ content, detached: false, signer, at: world.now() }),
  });
}

/** The page in a web view: its form with what the user enters, and the redirection that ends it. */
async function authenticate(machine: Machine, url: string, said: SignIn): Promise<string | undefined> {
  const shown = await get(machine, `${url}?${new URLSearchParams({ "user-identifier": said.account })}`);
  const html = shown.body.toString("utf8");
  const action = /<form method="post" action="([^"]*)"/.exec(html)?.[1];
  const names = [...html.matchAll(/<input [^>]*name="([^"]*)"[^>]*?(?: value="([^"]*)")?>/g)];
  if (action === undefined) return undefined;
  const fields = names.map(([, name = "", value]): [string, string] => [name, value ?? said.code]);
  const answer = await machine.transport({
    method: "POST",
    url: new URL(action, url).href,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: Buffer.from(new URLSearchParams(fields).toString()),
  });
  const back = answer.status === 308 ? new URL(answer.headers.location ?? "about:blank") : undefined;
  if (back?.protocol !== "apple-remotemanagement-user-login:" || back.host !== "authentication-results")
    return undefined;
  return back.searchParams.get("access-token") ?? undefined;
}

function failed(reason: string): EnrollResult {
  return { ok: false, reason };
}
