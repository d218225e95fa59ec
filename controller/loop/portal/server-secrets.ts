import type { Pem } from "../../apple/identity.ts";
import { readServerToken, type ServerToken } from "../../apple/portal/server-token.ts";
import { createTokenKey } from "../../apple/portal/token-key.ts";
import type { Clock } from "../../core/ports.ts";
import { UserError } from "../../errors.ts";
import { addServer, renewToken } from "../../store/enrollment-servers.ts";
import { appendEvents } from "../../store/events.ts";
import { getMaterial, materialOrMake, putMaterial } from "../../store/material.ts";
import type { Store } from "../../store/open.ts";

interface Ports {
  readonly store: Store;
  readonly clock: Clock;
}

/** Under which the key of a server is kept. */
export const keyOf = (server: string): string => `enrollment-key ${server}`;
const tokenOf = (server: string): string => `enrollment-token ${server}`;

/**
 * The certificate that an administrator uploads for a server of the portal. Its key is made at the first call and stays
 * in the store, sealed: the tokens of later years are encrypted to it too.
 */
export async function tokenCertificate({ store, clock }: Ports, server: string, by: string): Promise<string> {
  const known = await getMaterial(store, keyOf(server));
  const pem = await materialOrMake(
    store,
    keyOf(server),
    async () => JSON.stringify(await createTokenKey(server, clock())),
    clock(),
  );
  await addServer(store, server, clock());
  if (known === undefined)
    await appendEvents(store, [
      { type: "enrollment-key.created", at: clock(), message: `a key for the server ${server}`, by },
    ]);
  return (JSON.parse(pem.toString("utf8")) as Pem).certificatePem;
}

/**
 * Opens a server token and puts it into the store, sealed. The list of devices is read anew with it. Throws UserError
 * when it does not belong to the key of this server.
 */
export async function importServerToken(
  { store, clock }: Ports,
  server: string,
  file: Uint8Array,
  by: string,
): Promise<Pick<ServerToken, "expiresAt">> {
  const key = await getMaterial(store, keyOf(server));
  if (key === undefined)
    throw new UserError("enrollment-key", `there is no key for a server called ${server}`, {
      hint: `Begin with reeve apple enrollment-key ${server}.`,
    });
  const token = readServerToken(file, JSON.parse(key.toString("utf8")) as Pem, clock());
  await putMaterial(store, tokenOf(server), JSON.stringify(token), clock());
  await renewToken(store, server, token.expiresAt);
  const until = new Date(token.expiresAt).toISOString().slice(0, 10);
  const message = `a token for the server ${server}, valid until ${until}`;
  await appendEvents(store, [{ type: "enrollment-token.imported", at: clock(), message, by }]);
  return { expiresAt: token.expiresAt };
}

/** The token of a server; undefined before one was imported. */
export async function storedToken(store: Store, server: string): Promise<ServerToken | undefined> {
  const stored = await getMaterial(store, tokenOf(server));
  return stored === undefined ? undefined : (JSON.parse(stored.toString("utf8")) as ServerToken);
}
