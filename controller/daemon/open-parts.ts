import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Config } from "../config.ts";
import { UserError } from "../errors.ts";
import { openDirectory } from "../git/directory.ts";
import { openRepository } from "../git/repository.ts";
import type { Source } from "../git/source.ts";
import type { Address } from "../http/listener.ts";
import { createPost, type Post } from "../invitation/post.ts";
import type { ReviserOptions } from "../loop/reviser.ts";
import { acquireDirectory, type Directory } from "../store/directory.ts";
import { openStore, type Store, type StoreOptions } from "../store/open.ts";
import { withMemory } from "./memory-file.ts";
import { signingOf } from "./signing.ts";

/** The configured store: embedded in its guarded directory, or a server. */
export async function openConfiguredStore(
  config: Config,
  options: Pick<StoreOptions, "ceiling">,
  directory: Directory | undefined,
): Promise<Store> {
  const ceiling = {
    disruptive: config.reconcile.disruptionBudget,
    coolOffMs: config.reconcile.coolOff,
    solo: config.reconcile.solo,
    ...(options.ceiling === undefined ? {} : { ceiling: options.ceiling }),
  };
  const { databaseUrl, approverUrl, ownerUrl, keyFile } = config.store;
  if (databaseUrl !== undefined) {
    const roles = {
      ...(approverUrl === undefined ? {} : { approverUrl: approverUrl.reveal() }),
      ...(ownerUrl === undefined ? {} : { ownerUrl: ownerUrl.reveal() }),
    };
    const server = { databaseUrl: databaseUrl.reveal(), ...roles };
    return withMemory(await openStore(server, { keyFile, ...ceiling }), config);
  }
  makeKey(keyFile);
  const guard = directory === undefined ? {} : { directory };
  const place = { dataDir: config.store.directory, ...guard };
  return withMemory(await openStore(place, { keyFile, ...ceiling }), config);
}

/** The embedded store makes its own key at its first start; a server's must be the same for all replicas. */
function makeKey(file: string): void {
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
}

/** How invitations are mailed; undefined without a mail server. */
export function openPost({ mail }: Config): Post | undefined {
  const { host, port, security, user, password, from, caFile } = mail;
  if (host === undefined) return undefined;
  if (from === undefined)
    throw new UserError("configuration", "mail.host is set and mail.from is not", {
      hint: "Set the address that mail comes from.",
    });
  return createPost({
    host,
    port,
    security,
    user,
    password: password?.reveal(),
    from,
    ca: caFile === undefined ? undefined : readFileSync(caFile, "utf8"),
  });
}

/** The configured repository or folder. */
export function openSource(config: Config): Source {
  const { source } = config;
  if (source.url === undefined) return openDirectory({ folder: source.directory ?? "policies" });
  const { branch, tag, commit, path, caFile, password } = source;
  return openRepository({
    url: source.url,
    folder: join(config.store.directory, "mirror"),
    intervalMs: source.interval,
    allow: { file: source.allowFileProtocol, http: source.allowHttp },
    ...(branch === undefined ? {} : { branch }),
    ...(tag === undefined ? {} : { tag }),
    ...(commit === undefined ? {} : { commit }),
    ...(path === undefined ? {} : { path }),
    ...(caFile === undefined ? {} : { caFile }),
    ...(password === undefined
      ? {}
      : { credentials: { user: source.user ?? "git", password: password.reveal() } }),
    ...signingOf(config),
    ssh: {
      ...(source.sshKeyFile === undefined ? {} : { keyFile: source.sshKeyFile }),
      ...(source.knownHostsFile === undefined ? {} : { knownHostsFile: source.knownHostsFile }),
    },
  });
}

/** What taking in a revision may cost, as configured. */
export function reviserOptions({
  reconcile,
}: Config): Required<Pick<ReviserOptions, "timeMs" | "memoryMiB">> {
  return { timeMs: reconcile.revisionTime, memoryMiB: Math.ceil(reconcile.revisionMemory / 2 ** 20) };
}

/** The guard of the embedded store's directory; undefined with a server. */
export async function guardDirectory(config: Config): Promise<Directory | undefined> {
  if (config.store.databaseUrl === undefined) return acquireDirectory(config.store.directory);
  // On a server the directory holds no database, but the socket of the local operator and the copy of the repository.
  await mkdir(config.store.directory, { recursive: true, mode: 0o700 });
  return undefined;
}

/** Where and how often the embedded store is saved; undefined with a server. */
export function snapshotOf(
  store: Store,
  config: Config,
): { readonly file: string; readonly everyMs: number } | undefined {
  if (store.kind !== "embedded") return undefined;
  return { file: join(config.store.directory, "snapshot.tar"), everyMs: config.store.snapshotEvery };
}

/** Where the admin plane listens: a port, and the socket by which the command line finds it. */
export function adminAddresses(config: Config, directory: Directory | undefined): readonly Address[] {
  const { host, port } = config.admin.listen;
  const { certFile, keyFile } = config.admin.tls;
  const tls =
    certFile === undefined || keyFile === undefined
      ? {}
      : { tls: { cert: readFileSync(certFile), key: readFileSync(keyFile) } };
  const local: Address =
    directory === undefined
      ? { type: "socket", path: config.admin.socket }
      : { type: "guard", server: directory.server, path: join(directory.dataDir, "reeve.sock") };
  return [{ type: "tcp", host, port, ...tls }, local];
}
