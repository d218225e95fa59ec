import { simpleGit } from "simple-git";
import { Retry } from "../errors.ts";
import { basicAuthorization, type Remote, withoutCredentials } from "./remote.ts";

export interface GitOptions {
  /** The bare repository; must exist. */
  readonly folder: string;
  readonly remote: Remote;
  /** Ends every command at once. */
  readonly signal: AbortSignal;
  /** A PEM file with further certification authorities for https. */
  readonly caFile?: string;
  readonly ssh?: { readonly keyFile?: string; readonly knownHostsFile?: string };
  /** A file to read as the user's configuration; none when absent. */
  readonly globalConfig?: string;
  /** Another git; for tests. */
  readonly binary?: string;
}

export interface GitRun {
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  readonly input?: string;
}

/** git exited with an error, or was stopped. The message holds no credential. */
export class GitFailure extends Error {
  override readonly name = "GitFailure";
}

/** Runs git with fixed surroundings; arguments are ours, never a user's option. */
export interface Git {
  /** Standard output as text. Throws `GitFailure`, or `Retry` when it took too long. */
  readonly text: (args: readonly string[], run?: GitRun) => Promise<string>;
  /** Standard output of `git cat-file`, as bytes. */
  readonly catFile: (args: readonly string[], run?: GitRun) => Promise<Buffer>;
}

/**
 * Git in a bare repository: no system, user or prompt; no hooks, helpers or submodules; one protocol.
 * A non-zero exit is an error even when git says nothing (simple-git takes that for success).
 */
export function createGit(options: GitOptions): Git {
  return {
    text: (args, run = {}) => guarded(options, run, (git) => git.raw([...args])),
    catFile: (args, run = {}) =>
      guarded(options, run, async (git) => Buffer.from(await git.binaryCatFile([...args]))),
  };
}

async function guarded<T>(
  options: GitOptions,
  run: GitRun,
  task: (git: ReturnType<typeof simpleGit>) => Promise<T>,
): Promise<T> {
  const tooMuch = new AbortController();
  const timeout = AbortSignal.timeout(run.timeoutMs ?? 60_000);
  const signal = AbortSignal.any([options.signal, timeout, tooMuch.signal]);
  try {
    return await untilAborted(task(prepare(options, run, signal, tooMuch)), signal);
  } catch (error) {
    if (options.signal.aborted) throw new Retry("source-closed", "the source was closed while git ran");
    if (timeout.aborted) throw new Retry("source-timeout", `git did not finish within ${timeoutText(run)}`);
    if (tooMuch.signal.aborted) throw new GitFailure("git wrote more than it may");
    throw new GitFailure(oneLine(error instanceof Error ? error.message : String(error), options.remote));
  }
}

function prepare(options: GitOptions, run: GitRun, signal: AbortSignal, tooMuch: AbortController) {
  const { input } = run;
  const git = simpleGit({
    baseDir: options.folder,
    abort: signal,
    // `exit` may come before the last output was read: only `close` ends a command.
    completion: { onClose: true, onExit: false },
    errors: (error, result) => error ?? (result.exitCode === 0 ? undefined : silentFailure(result.exitCode)),
    allowEnvironment: [...guardedNames],
    unsafe: {
      allowUnsafeConfigPaths: true,
      allowUnsafeConfigEnvCount: true,
      allowUnsafeCredentialHelper: true,
      allowUnsafeHooksPath: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeAskPass: true,
      allowUnsafeSshCommand: true,
      allowUnsafeTemplateDir: true,
    },
    ...(input === undefined ? {} : { input: () => input }),
    ...(options.binary === undefined ? {} : { binary: options.binary }),
  });
  let left = run.maxBytes ?? 32 * 1024 * 1024;
  return git.env(environment(options)).outputHandler((_command, stdout) => {
    stdout.on("data", (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) tooMuch.abort();
    });
  });
}

/** A process that will not die must not keep us waiting: the signal ends the wait, git ends when it can. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(new Error("stopped"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

function environment(options: GitOptions): Record<string, string> {
  const settings = configuration(options);
  const env: Record<string, string> = {
    ...passedThrough(),
    HOME: options.folder,
    LC_ALL: "C",
    TZ: "UTC",
    GIT_DIR: options.folder,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: options.globalConfig ?? "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_ALLOW_PROTOCOL: options.remote.protocol,
    GIT_SSH_COMMAND: sshCommand(options),
    GIT_SSH_VARIANT: "ssh",
    GIT_CONFIG_COUNT: String(settings.length),
  };
  if (options.caFile !== undefined) env.GIT_SSL_CAINFO = options.caFile;
  for (const [index, [key, value]] of settings.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return env;
}

/** Settings travel in the environment: arguments can be read by every user of the machine. */
function configuration({ remote }: GitOptions): readonly (readonly [string, string])[] {
  const credentials = remote.credentials;
  return [
    ["core.hooksPath", "/dev/null"],
    ["core.fsmonitor", "false"],
    ["core.askPass", ""],
    ["credential.helper", ""],
    ["submodule.recurse", "false"],
    ["fetch.recurseSubmodules", "false"],
    ["gc.autoDetach", "false"],
    ["protocol.version", "2"],
    ["http.lowSpeedLimit", "500"],
    ["http.lowSpeedTime", "30"],
    // A redirect would carry the header to another host.
    ["http.followRedirects", credentials === undefined ? "initial" : "false"],
    ...(credentials === undefined
      ? []
      : [["http.extraHeader", `Authorization: ${basicAuthorization(credentials)}`] as const]),
  ];
}

const guardedNames = [
  ...["GIT_DIR", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL", "GIT_ATTR_NOSYSTEM", "GIT_TERMINAL_PROMPT"],
  ...["GIT_NO_REPLACE_OBJECTS", "GIT_ALLOW_PROTOCOL", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_SSL_CAINFO"],
  "GIT_CONFIG_COUNT",
  ...Array.from({ length: 16 }, (_, index) => [
    `GIT_CONFIG_KEY_${index}`,
    `GIT_CONFIG_VALUE_${index}`,
  ]).flat(),
] as const;

const passed = ["PATH", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "NO_PROXY"];

function passedThrough(): Record<string, string> {
  const names = [...passed, ...passed.map((name) => name.toLowerCase()), "http_proxy"];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Asks nothing and trusts no unknown host. git hands this text to a shell, so paths are quoted. */
function sshCommand({ ssh }: GitOptions): string {
  const parts = ["ssh", "-oBatchMode=yes", "-oStrictHostKeyChecking=yes", "-oConnectTimeout=20"];
  if (ssh?.knownHostsFile !== undefined) parts.push(`-oUserKnownHostsFile=${quoted(ssh.knownHostsFile)}`);
  if (ssh?.keyFile !== undefined) parts.push("-oIdentitiesOnly=yes", "-i", quoted(ssh.keyFile));
  return parts.join(" ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function silentFailure(exitCode: number): Buffer {
  return Buffer.from(`git failed with exit code ${exitCode} and said nothing`);
}

function timeoutText(run: GitRun): string {
  return `${Math.round((run.timeoutMs ?? 60_000) / 1000)} s`;
}

function oneLine(text: string, remote: Remote): string {
  const plain = withoutCredentials(text, remote).replace(/[\p{Cc}\p{Cf}\s]+/gu, " ");
  return plain.trim().slice(0, 500);
}
