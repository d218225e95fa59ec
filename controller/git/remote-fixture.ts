/** For tests: a bare repository made on the spot, and `git http-backend` behind a small CGI server. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type TreeFile = string | Uint8Array | { readonly mode: string; readonly content: string };

export interface BareRepository {
  readonly path: string;
  readonly url: string;
  /** Runs git in the repository; standard output. */
  readonly git: (args: readonly string[], input?: string | Uint8Array) => string;
  /**
   * Makes a commit with exactly these files and lets the branch point to it; its id.
   * `parent` is the branch's commit, or none with `parent: null`, which rewrites history.
   */
  readonly commit: (files: Readonly<Record<string, TreeFile>>, options?: CommitOptions) => string;
  readonly [Symbol.dispose]: () => void;
}

export interface CommitOptions {
  readonly message?: string;
  readonly branch?: string;
  readonly parent?: string | null;
  readonly author?: string;
  readonly email?: string;
  /** `NAME <ADDRESS>`; the author when absent. */
  readonly committer?: string;
  /** All parents, of a merge; the first of them is the branch's commit only if it is named. */
  readonly parents?: readonly string[];
  /** Epoch seconds. */
  readonly at?: number;
  /** Gives the armored signature over the commit without one. */
  readonly sign?: (payload: string) => string;
}

/** An empty bare repository in a temporary folder. Commits are written as objects: any path and mode is possible. */
export function makeBareRepository(format: "sha1" | "sha256" = "sha1"): BareRepository {
  const path = mkdtempSync(join(tmpdir(), "reeve-bare-"));
  const env = {
    PATH: process.env.PATH,
    HOME: path,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_DIR: path,
  };
  const git = (args: readonly string[], input: string | Uint8Array = "") =>
    execFileSync("git", args, { env, input, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] }).trim();
  git(["init", "--quiet", "--bare", "--initial-branch=main", `--object-format=${format}`]);
  git(["config", "http.receivepack", "true"]);

  function commit(files: Readonly<Record<string, TreeFile>>, options: CommitOptions = {}): string {
    const branch = `refs/heads/${options.branch ?? "main"}`;
    const tip = git(["for-each-ref", "--format=%(objectname)", branch]);
    const parent = options.parent === undefined ? tip : options.parent;
    const at = options.at ?? 1_780_000_000;
    const who = `${options.author ?? "It Lead"} <${options.email ?? "it-lead@acme.example"}> ${at} +0000`;
    const parents = options.parents ?? (parent ? [parent] : []);
    const lines = [`tree ${writeTree(git, Object.entries(files))}`, ...parents.map((one) => `parent ${one}`)];
    const committer = options.committer === undefined ? who : `${options.committer} ${at} +0000`;
    lines.push(`author ${who}`, `committer ${committer}`);
    const rest = `\n\n${options.message ?? "Change"}\n`;
    const signature = options.sign?.(lines.join("\n") + rest);
    if (signature !== undefined) lines.push(`gpgsig ${signature.replaceAll("\n", "\n ")}`);
    const text = lines.join("\n") + rest;
    const oid = git(["hash-object", "-t", "commit", "-w", "--literally", "--stdin"], text);
    git(["update-ref", branch, oid]);
    return oid;
  }

  return {
    path,
    url: `file://${path}`,
    git,
    commit,
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Folders are written as trees by hand, because `mktree` and the index refuse the paths that tests need. */
function writeTree(git: BareRepository["git"], files: readonly (readonly [string, TreeFile])[]): string {
  const folders = Map.groupBy(files, ([path]) => path.split("/")[0] ?? "");
  const entries = [...folders].flatMap(([name, group]) => {
    const [first] = group;
    if (first === undefined) return [];
    if (group.length === 1 && first[0] === name) return [leaf(git, name, first[1])];
    const inner = group.map(([path, file]) => [path.slice(name.length + 1), file] as const);
    return [{ name, order: `${name}/`, mode: "40000", oid: writeTree(git, inner) }];
  });
  entries.sort((a, b) => Buffer.compare(Buffer.from(a.order), Buffer.from(b.order)));
  const parts = entries.flatMap(({ mode, name, oid }) => [
    Buffer.from(`${mode} ${name}\0`),
    Buffer.from(oid, "hex"),
  ]);
  return git(["hash-object", "-t", "tree", "-w", "--literally", "--stdin"], Buffer.concat(parts));
}

function leaf(git: BareRepository["git"], name: string, file: TreeFile) {
  const plain = typeof file === "string" || file instanceof Uint8Array;
  const { mode, content } = plain ? { mode: "100644", content: file } : file;
  const oid = mode === "160000" ? String(content) : git(["hash-object", "-w", "--stdin"], content);
  return { name, order: name, mode, oid };
}

export interface ServedRepository {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
}

/** The repository over HTTP on loopback; with `authorization`, only for requests with exactly that header. */
export async function serveRepository(
  repository: BareRepository,
  options: { readonly authorization?: string } = {},
): Promise<ServedRepository> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (options.authorization !== undefined && request.headers.authorization !== options.authorization) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
    } else runBackend(repository, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/policies.git`,
    port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function runBackend(repository: BareRepository, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://localhost");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: repository.path,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      PATH_INFO: url.pathname.replace(/^\/policies\.git/, ""),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: String(request.headers["content-type"] ?? ""),
      HTTP_CONTENT_ENCODING: String(request.headers["content-encoding"] ?? ""),
      REMOTE_ADDR: "127.0.0.1",
      REMOTE_USER: "tester",
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.on("error", () => {});
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.on("close", () => answer(Buffer.concat(chunks), response));
}

/** CGI: headers, an empty line, the body (RFC 3875, section 6). */
function answer(output: Buffer, response: ServerResponse): void {
  const end = output.indexOf("\r\n\r\n");
  let status = 200;
  for (const line of output.toString("latin1", 0, Math.max(end, 0)).split("\r\n")) {
    const [name = "", value = ""] = line.split(": ");
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
    else if (name !== "") response.setHeader(name, value);
  }
  response.writeHead(status).end(output.subarray(end + 4));
}
