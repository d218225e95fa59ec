import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Somebody who signs identity tokens as Google does, and shows his keys over HTTP. */
export interface GoogleIssuer {
  readonly keysUrl: string;
  /** How often the keys were asked for. */
  readonly asked: () => number;
  /** False: the keys are not to be had. */
  answers: boolean;
  /** A token with these claims; by another key than the one that is shown, when that is said. */
  readonly token: (claims: object, how?: { readonly key?: KeyObject; readonly header?: object }) => string;
  readonly stranger: KeyObject;
  readonly close: () => Promise<void>;
}

const rsa = () => generateKeyPairSync("rsa", { modulusLength: 2_048 });

export async function googleIssuer(): Promise<GoogleIssuer> {
  const [own, other] = [rsa(), rsa()];
  let asked = 0;
  const jwk = { ...own.publicKey.export({ format: "jwk" }), kid: "key-1", alg: "RS256", use: "sig" };
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(issuer.answers ? 200 : 500, { "cache-control": "public, max-age=3600" });
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer: GoogleIssuer = {
    keysUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    asked: () => asked,
    answers: true,
    stranger: other.privateKey,
    token(claims, { key = own.privateKey, header = {} } = {}) {
      const head = { alg: "RS256", kid: "key-1", typ: "JWT", ...header };
      const text = [head, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
        .join(".");
      return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return issuer;
}
