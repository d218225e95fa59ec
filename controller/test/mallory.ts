import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type Client, createClient } from "../cli/client.ts";
import { parseSshKey } from "../core/signing/ssh-key.ts";
import { isExpected } from "../errors.ts";
import { type CommitOptions, makeBareRepository } from "../git/remote-fixture.ts";
import { openRepository } from "../git/repository.ts";
import { sshSigner } from "../git/signatures/test-signers.ts";
import type { Snapshot } from "../git/source.ts";
import { hashToken } from "../http/access.ts";
import { createAdminPlane } from "../http/admin-plane.ts";
import { registerAdminRoutes } from "../http/admin-routes.ts";
import { createMetrics } from "../http/metrics.ts";
import type { HoldView } from "../loop/hold-view.ts";
import type { TestDatabase, TestStores } from "../store/test-stores.ts";
import { type AndroidHouse, androidHouse } from "./android-house.ts";
import { testSettings } from "./installation.ts";
import type { Files } from "./manifests.ts";

const names = ["mallory", "boss", "carol"] as const;
type Name = (typeof names)[number];

/** A company with three approvers, and everything that one of them has, over the wire. */
export interface MalloryHouse extends AsyncDisposable {
  readonly house: AndroidHouse;
  /** The admin API over HTTP, with the token of a person. */
  readonly as: Readonly<Record<Name, Client>>;
  /** A commit that a person signs, or nobody, pushed to the branch that reeve follows. */
  readonly push: (files: Files, by: Name | "nobody", how?: CommitOptions) => string;
  /** The daemon looks at its source, and files what is asked for. */
  readonly look: () => Promise<void>;
  readonly rewind: (commit: string) => void;
  readonly head: () => string;
  /** The commit so many before the newest. */
  readonly parent: (steps: number) => string;
  /** A statement over a connection of the application's role of his own: `done`, or the SQLSTATE. */
  readonly sql: (text: string, values?: readonly unknown[]) => Promise<string>;
  readonly rows: <Row extends object>(text: string, values?: readonly unknown[]) => Promise<Row[]>;
  /** Another such connection. */
  readonly connect: () => Promise<pg.Client>;
  readonly hold: (part: string) => Promise<HoldView | undefined>;
  /** Serial numbers of devices, of either platform, that were erased or lost their management. */
  readonly destroyed: () => readonly string[];
}

/** A way of his: what it is called, what he does, and what he is answered. */
export type Way = readonly [name: string, work: (one: MalloryHouse) => Promise<string>, answer: string];

/** A person approves what waits, by its whole digest. */
export function approve(client: Client, hold: Pick<HoldView, "digest"> | undefined): Promise<string> {
  return answered(client.post(`/v1/holds/${hold?.digest ?? "0".repeat(64)}/approve`, {}));
}

/** What was answered: `ok`, or the code of the refusal. */
export function answered(work: Promise<unknown>): Promise<string> {
  return work.then(
    (value) => (value as { status?: string } | undefined)?.status ?? "ok",
    (error: unknown) => (isExpected(error) ? error.code : String(error)),
  );
}

/** Opens it with devices that are enrolled and have their policies. */
export async function malloryHouse(stores: TestStores, files: Files, serials: readonly string[]) {
  await using opening = new AsyncDisposableStack();
  const keys = Object.fromEntries(names.map((name) => [name, sshSigner("ssh-ed25519")]));
  const repository = opening.use(makeBareRepository());
  const folder = await mkdtemp(join(tmpdir(), "reeve-mallory-"));
  opening.defer(() => rm(folder, { recursive: true, force: true }));
  const at = { now: (): number => 0 };
  const signers = names.map((name) => {
    const key = parseSshKey(keys[name]?.line ?? "");
    if (!key.ok) throw new Error(key.why);
    return {
      name,
      emails: [`${name}@acme.example`],
      platform: false,
      keys: [{ kind: "ssh", key: key.value }],
    } as const;
  });
  const source = openRepository({
    url: repository.url,
    folder,
    intervalMs: 60_000,
    allow: { file: true },
    signing: { signers, clock: () => at.now() },
  });
  opening.defer(() => source.close());
  // Nothing comes between two pushes: git is asked once after each, and not in every round.
  let last: Promise<Snapshot> | undefined;
  const poll: typeof source.poll = (previous) => {
    last ??= source.poll(previous);
    return last;
  };
  const push: MalloryHouse["push"] = (tree, by, how = {}) => {
    last = undefined;
    const sign = by === "nobody" ? {} : { sign: keys[by]?.sign };
    return repository.commit(tree, {
      author: by,
      email: `${by}@acme.example`,
      ...sign,
      ...how,
    } as CommitOptions);
  };
  push(files, "boss");
  const opened: { database?: TestDatabase } = {};
  const house = opening.use(
    await androidHouse({
      stores: { ...stores, fresh: async () => (opened.database = await stores.fresh()) },
      files: {},
      devices: serials.map(
        (serial) => ({ serial, platform: "ipados", name: serial, supervised: true }) as const,
      ),
      coolOffMs: 15 * 60_000,
      // As a company with several administrators is set up.
      parts: {
        source: { ...source, poll },
        signatures: "every",
        approvals: 2,
        verifiedApprovals: 1,
        onError: () => {},
      },
    }),
  );
  at.now = house.world.now;
  const plane = createAdminPlane({
    persons: names.map((name) => ({
      name,
      role: "approver",
      tokens: [hashToken(`token-${name}`)],
      emails: [`${name}@acme.example`],
    })),
    version: "test",
    metrics: createMetrics("test").scrape,
    live: () => [],
    ready: async () => [],
  });
  registerAdminRoutes(plane, {
    looking: house.looking,
    settings: testSettings,
    enroll: house.controller.enroll,
    downloads: house.controller.downloads,
    status: () => ({ source: "git", warnings: [] }),
    pushCertificate: { origin: "none" },
    nudge: () => {},
  } as never);
  const listening = await plane.listen([{ type: "tcp", host: "127.0.0.1", port: 0 }]);
  opening.defer(() => listening.close(0));
  const url = opened.database?.url("app") ?? "";
  const clients: pg.Client[] = [];
  opening.defer(async () => void (await Promise.allSettled(clients.map((one) => one.end()))));
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {});
    clients.push(client);
    await client.connect();
    return client;
  };
  let his = await connect();
  const ask = async <Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> =>
    (await his.query<Row>(text, [...values])).rows;
  const as = Object.fromEntries(
    names.map((name) => [name, createClient({ server: listening.urls[0] ?? "", token: `token-${name}` })]),
  ) as Record<Name, Client>;
  await house.enroll();
  const phones = await house.arrive([{}, {}], { facts: { ownership: "company" } });
  await house.settle();
  const open = opening.move();
  return {
    house,
    as,
    push,
    look: () => house.pass(2_000, 1_000),
    rewind: (commit) => {
      last = undefined;
      repository.git(["update-ref", "refs/heads/main", commit]);
    },
    head: () => repository.git(["rev-parse", "refs/heads/main"]),
    parent: (steps) => repository.git(["rev-parse", `refs/heads/main~${steps}`]),
    sql: (text, values) =>
      ask(text, values).then(
        () => "done",
        async (error: { code?: string }) => {
          if (error.code?.startsWith("57") === true) his = await connect();
          return error.code ?? String(error);
        },
      ),
    rows: ask,
    connect,
    hold: async (part) => {
      const { holds } = await as.boss.get<{ holds: readonly HoldView[] }>("/v1/holds");
      return holds.find(({ act }) => act.includes(part));
    },
    destroyed: () => [
      ...house.fleet.devices
        .filter(({ ledger }) => ledger.of("erased").length + ledger.of("unenrolled").length > 0)
        .map(({ serial }) => serial),
      ...phones
        .filter(({ ledger }) => ledger.entries.some(({ type }) => type === "wiped"))
        .map(({ serial }) => serial),
    ],
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  } satisfies MalloryHouse;
}
