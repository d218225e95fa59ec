import { createPrivateKey, randomUUID } from "node:crypto";
import type { Pem } from "../../apple/identity.ts";
import { managedAccountToken } from "../../apple/portal/account-token.ts";
import type { ChannelRow, Clock } from "../../core/ports.ts";
import { serversOf } from "../../store/enrollment-devices.ts";
import { listServers } from "../../store/enrollment-servers.ts";
import { getMaterial } from "../../store/material.ts";
import type { Store } from "../../store/open.ts";
import { keyOf } from "./server-secrets.ts";

/** Gives managed devices the word of a server of Apple's portal that they are managed (Apple: "Get Token"). */
export interface AccountTokens {
  /** True once Apple has said who some server is. */
  readonly areGiven: () => Promise<boolean>;
  /** For a device that is enrolled: by the server whose list it is on, else by the only one. Undefined without one. */
  readonly tokenFor: (row: ChannelRow) => Promise<string | undefined>;
}

/** Such tokens over the servers of a store. */
export function createAccountTokens(store: Store, clock: Clock): AccountTokens {
  async function known(): Promise<ReadonlyMap<string, string>> {
    const servers = await listServers(store);
    // `unknown`: Apple did not say.
    return new Map(
      servers.flatMap(({ name, serverUuid }) =>
        serverUuid === null || serverUuid === "unknown" ? [] : [[name, serverUuid] as const],
      ),
    );
  }
  return {
    areGiven: async () => (await known()).size > 0,
    async tokenFor({ status, serial }) {
      if (status !== "enrolled") return undefined;
      const servers = await known();
      const own = serial === undefined ? [] : await serversOf(store, serial);
      const server =
        own.find((one) => servers.has(one)) ?? (servers.size === 1 ? [...servers.keys()][0] : undefined);
      const issuer = server === undefined ? undefined : servers.get(server);
      const pem = server === undefined ? undefined : await getMaterial(store, keyOf(server));
      if (issuer === undefined || pem === undefined) return undefined;
      const key = createPrivateKey((JSON.parse(pem.toString("utf8")) as Pem).keyPem);
      return managedAccountToken({ issuer, key, now: clock(), id: randomUUID() });
    },
  };
}
