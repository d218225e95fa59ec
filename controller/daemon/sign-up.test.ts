import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { runCommandLine } from "../cli/program.ts";
import { loadConfig } from "../config.ts";
import { type Amapi, startAmapi } from "../simulator/amapi/emulator.ts";
import { virtualWorld } from "../simulator/world.ts";
import { configuredGoogle } from "./android.ts";

const project = "acme-devices";

/** The command line as it is, for an emulator; `onErr` is somebody who reads what it says. */
async function signUp(amapi: Amapi, args: readonly string[], onErr: (text: string) => void = () => {}) {
  const said = { out: "", err: "" };
  const fail = () => Promise.reject(new Error("no other part is needed"));
  const code = await runCommandLine(
    ["android", "sign-up", ...args],
    {
      out(text) {
        said.out += text.toString();
      },
      err(text) {
        said.err += text;
        onErr(said.err);
      },
      env: { REEVE_ANDROID__EMULATOR_URL: amapi.rootUrl },
      cwd: tmpdir(),
      now: Date.now,
      wait: async () => true,
      columns: undefined,
      color: false,
      ask: undefined,
    },
    {
      version: "0",
      loadConfig: async (sources) => loadConfig(sources),
      openOffline: fail,
      examine: fail,
      google: async (config) => configuredGoogle(config),
      runDaemon: fail,
    },
  );
  return { code, ...said };
}

test("a person signs the organization up in a browser, and the lines to set come out", async () => {
  const amapi = await startAmapi({ world: virtualWorld() });
  let page: Promise<Response> | undefined;
  /** Their browser opens the address, signs up there, and is sent back. */
  const person = (text: string): void => {
    const url = /^ {2}(http\S+)$/m.exec(text)?.[1];
    if (url !== undefined) page ??= fetch(url);
  };
  try {
    const first = await signUp(amapi, ["--project", project, "--name", "Acme"], person);
    expect(first, first.err).toMatchObject({ code: 0 });
    const [[enterprise = "", row] = []] = amapi.kept.enterprises;
    expect(row).toMatchObject({ projectId: project, body: { enterpriseDisplayName: "Acme" } });
    expect(first.out).toContain(`android:\n  enterprise: ${enterprise}\n  project: ${project}\n`);
    const back = await page;
    expect(await back?.text()).toContain("Go back to the terminal");
    // The token has gone through that address: it leads nowhere any more.
    await expect(fetch(String(back?.url))).rejects.toThrow();
    expect(first.out + first.err).not.toContain("emulated-C");

    const again = await signUp(amapi, ["--project", project, "-o", "json"]);
    expect(JSON.parse(again.out)).toEqual({ formatVersion: 1, status: "there", enterprise, project });
    expect(amapi.requests.count("signupUrls.create", "committed")).toBe(1);
  } finally {
    await amapi.close();
  }
});

test("a sign-up is gone on with later, is looked up when its answer is lost, and makes one enterprise", async () => {
  const amapi = await startAmapi({ world: virtualWorld() });
  try {
    const begun = await signUp(amapi, ["--project", project, "--callback-url", "https://acme.example/done"]);
    expect(begun.code).toBe(0);
    const [[name = "", sign] = []] = amapi.kept.signups;
    expect(begun.out).toContain(`reeve android sign-up --sign-up ${name} --enterprise-token TOKEN`);
    expect(amapi.kept.enterprises.size).toBe(0);

    const going = ["--project", project, "--sign-up", name, "--enterprise-token", sign?.token ?? ""];
    amapi.fail({ method: "enterprises.create", drop: "after-commit" });
    const done = await signUp(amapi, going);
    expect(done, done.err).toMatchObject({ code: 0 });
    expect(done.out).toContain(`Made ${[...amapi.kept.enterprises.keys()][0]}.`);

    const used = await signUp(amapi, [...going, "--another"]);
    expect(used.code).not.toBe(0);
    expect(used.err).toMatch(/Google makes no enterprise of this sign-up.*\n.*Begin again/);
    expect(used.err).not.toContain(sign?.token);
    expect(amapi.kept.enterprises.size).toBe(1);

    expect((await signUp(amapi, [])).err).toMatch(/no Google Cloud project is named/);
    expect((await signUp(amapi, ["--project", "other-one", "--sign-up", name])).err).toMatch(
      /belong together/,
    );
    amapi.fail({ method: "enterprises.list", answer: { status: 403, body: { error: { code: 403 } } } });
    expect((await signUp(amapi, ["--project", project])).err).toMatch(
      /Android Management API must be enabled/,
    );
  } finally {
    await amapi.close();
  }
});
