import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as sample from "./sample-views.ts";
import { type Answers, refusal, runReeve, startTestDaemon } from "./test-daemon.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reeve-verbs-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs a verb against a daemon with these answers. */
async function ask(argv: readonly string[], answers: Answers, world = {}) {
  await using daemon = await startTestDaemon(answers);
  const ran = await runReeve([...argv, "--server", daemon.url], { cwd: folder, ...world });
  return { ...ran, asked: daemon.asked };
}

describe("the connection", () => {
  const answers = { "GET /v1/status": sample.status() };

  test("goes over the socket of the store directory when no server is named", async () => {
    const directory = join(folder, "store");
    await mkdir(directory, { recursive: true });
    await using daemon = await startTestDaemon(answers, join(directory, "reeve.sock"));

    const { code, out } = await runReeve(["status", "--set", `store.directory=${directory}`]);

    expect(code).toBe(0);
    expect(out).toContain("in force 9d03e11");
    expect(daemon.asked[0]).toMatchObject({ path: "/v1/status", token: undefined });
  });

  test("also where the path is too long for a socket", async () => {
    const directory = join(folder, "x".repeat(120));
    await mkdir(directory, { recursive: true });
    await using _daemon = await startInside(directory, answers);

    const { code } = await runReeve(["status", "--set", `store.directory=${directory}`]);

    expect(code).toBe(0);
  });

  test("takes server and token from flags, files and the environment", async () => {
    await writeFile(join(folder, "token"), "from-file\n");
    await using daemon = await startTestDaemon(answers);
    const env = { REEVE_SERVER: daemon.url, REEVE_TOKEN: "from-env" };

    await runReeve(["status"], { env });
    await runReeve(["status"], { env: { ...env, REEVE_TOKEN_FILE: join(folder, "token") } });
    await runReeve(["status", "--token-file", "token"], { env, cwd: folder });

    expect(daemon.asked.map((one) => one.token)).toEqual(["from-env", "from-file", "from-file"]);
  });

  test("a token file that holds none is refused without showing what it holds", async () => {
    await writeFile(join(folder, "two"), "first\nsecond-secret\n");

    const { code, err } = await ask(["status", "--token-file", "two"], answers);

    expect(code).toBe(3);
    expect(err).toContain("the token file two does not hold one token [token-file]");
    expect(err).not.toContain("secret");
  });

  test("what the daemon refuses is told with its hint and code", async () => {
    const refused = refusal(404, {
      code: "device-not-found",
      message: 'no device "X"',
      hint: "See reeve devices.",
    });

    const { code, out, err } = await ask(["explain", "X"], { "GET /v1/devices/X/explain": refused });

    expect({ code, out, err }).toEqual({
      code: 3,
      out: "",
      err: 'error: no device "X" [device-not-found]\nSee reeve devices.\n',
    });
  });
});

async function startInside(directory: string, answers: Answers) {
  const before = process.cwd();
  process.chdir(directory);
  try {
    return await startTestDaemon(answers, "reeve.sock");
  } finally {
    process.chdir(before);
  }
}

describe("status", () => {
  test.each([
    ["in order", sample.status(), 0],
    ["held and suspended by a person", sample.status({ holds: { acts: 1, devices: 1 } }), 0],
    ["a refused revision", sample.status({ refused: { ...sample.revision("4f1c2ab"), diagnostics: [] } }), 1],
    ["stalled devices", sample.status({ total: sample.counts(0, 0, 1) }), 1],
    ["a source that cannot be read", sample.status({ source: { description: "git", error: "gone" } }), 1],
  ])("%s", async (_name, view, expected) => {
    expect((await ask(["status"], { "GET /v1/status": view })).code).toBe(expected);
  });

  test("as JSON is the view itself with a format version", async () => {
    const { out } = await ask(["status", "-o", "json"], { "GET /v1/status": sample.status() });

    expect(JSON.parse(out)).toEqual({ formatVersion: 1, ...sample.status() });
  });

  test("goes to a file that only its owner reads", async () => {
    const { out } = await ask(["status", "--out", "status.txt"], { "GET /v1/status": sample.status() });

    expect(out).toBe("");
    expect(await readFile(join(folder, "status.txt"), "utf8")).toContain("acme   in force");
    expect((await stat(join(folder, "status.txt"))).mode & 0o077).toBe(0);
  });
});

describe("plan", () => {
  const changing = sample.plan({ devices: 1, changed: 1, entries: [sample.entry("install", "App/a", 1)] });
  const answer = (view: object) => ({ "POST /v1/plan": view });

  test("sends the files of a folder as they are, and follows no link", async () => {
    const tree = join(folder, "tree");
    await mkdir(join(tree, "sub"), { recursive: true });
    await writeFile(join(tree, "a.yaml"), "a: 1\n");
    await writeFile(join(tree, "sub", "b.bin"), Buffer.from([0, 255]));
    await symlink("/etc/passwd", join(tree, "link.yaml"));

    const { asked, out, err } = await ask(["plan", "tree"], answer(changing));

    expect(asked[0]?.body).toEqual({
      revision: expect.stringMatching(/^[0-9a-f]{64}$/),
      files: { "a.yaml": "YTogMQo=", "sub/b.bin": "AP8=" },
    });
    expect(out).toContain("4f1c2ab (working tree) against 9d03e11 (in force)");
    expect(err).toContain("not sent: link.yaml (symlink)");
  });

  test("without a folder plans what is in force; a folder may be named after its commit", async () => {
    await mkdir(join(folder, "named"));
    const inForce = await ask(["plan"], answer(changing));
    const named = await ask(["plan", "named", "--revision", "77a0c41"], answer(changing));
    const nothing = await ask(["plan", "--revision", "77a0c41"], answer(changing));

    expect(inForce.asked[0]?.body).toEqual({});
    expect(named.asked[0]?.body).toEqual({ revision: "77a0c41", files: {} });
    expect(nothing).toMatchObject({ code: 3, asked: [] });
  });

  const invalid = sample.plan({
    diagnostics: [
      {
        severity: "error",
        rule: "unknown-field",
        origin: { file: "a.yaml", line: 3, column: 5 },
        length: 6,
        message: 'unknown field "matchs"',
        subject: "DeviceGroup/a spec",
        detail: ['Did you mean "match"?'],
      },
    ],
  });

  test.each([
    [["plan"], changing, 0],
    [["plan", "--detailed-exitcode"], changing, 2],
    [["plan", "--detailed-exitcode"], sample.plan({ devices: 1, unchanged: 1 }), 0],
    [["plan", "--detailed-exitcode"], sample.plan({ destructive: [sample.hold()] }), 2],
    [["plan", "--detailed-exitcode"], invalid, 1],
  ])("%j ends with its exit code", async (argv, view, expected) => {
    expect((await ask(argv, answer(view))).code).toBe(expected);
  });

  test("manifests that are wrong are told like validate tells them", async () => {
    const { out } = await ask(["plan"], answer(invalid));

    expect(out).toContain('a.yaml:3:5: error: unknown field "matchs" [unknown-field]\n');
    expect(out).toContain('  DeviceGroup/a spec: Did you mean "match"?\n');
  });

  test("as markdown is a comment, as JSON the view", async () => {
    const markdown = await ask(["plan", "-o", "markdown"], answer(changing));
    const json = await ask(["plan", "-o", "json"], answer(changing));

    expect(markdown.out.startsWith("<!-- reeve:plan -->\n")).toBe(true);
    expect(JSON.parse(json.out)).toEqual({ formatVersion: 1, ...changing });
  });
});

describe("devices", () => {
  test("passes its filters on", async () => {
    const argv =
      "devices --platform ios --model iPad --owner a@b --phone +49 --store-account active --user u --profile p --tag site=berlin --tag k=v --group g --condition Ready --overdue --enrollment all --search x --limit 5 --after c";
    const { asked, code } = await ask(argv.split(" "), { "GET /v1/devices": { devices: [], total: 0 } });

    expect(code).toBe(0);
    expect(asked[0]?.repeated.tag).toEqual(["site=berlin", "k=v"]);
    expect({ ...asked[0]?.query, tag: "" }).toEqual({
      platform: "ios",
      model: "iPad",
      owner: "a@b",
      phone: "+49",
      storeAccount: "active",
      user: "u",
      profile: "p",
      tag: "",
      group: "g",
      condition: "Ready",
      overdue: "true",
      enrollment: "all",
      search: "x",
      limit: "5",
      after: "c",
    });
  });

  test("gathers every page when asked to", async () => {
    const page = ({ query }: { query: Readonly<Record<string, string>> }) =>
      query.after === "2"
        ? { devices: [sample.device({ name: "LAST" })], total: 2 }
        : { devices: [sample.device({ name: "FIRST" })], total: 2, next: "2" };

    const { out, asked } = await ask(["devices", "--all"], { "GET /v1/devices": page });

    expect(asked.map((one) => one.query)).toEqual([{ limit: "1000" }, { limit: "1000", after: "2" }]);
    expect(out).toMatch(/FIRST[\s\S]*LAST[\s\S]*2 devices/);
  });

  test("shows one, whatever its name holds", async () => {
    const view = { ...sample.device(), groups: [], sections: [] };

    const { out, asked } = await ask(["devices", "show", "a/b c", "--part", "apps"], {
      "GET /v1/devices/a%2Fb%20c": view,
    });

    expect(asked[0]?.path).toBe("/v1/devices/a%2Fb%20c");
    expect(out).toContain("0 apps  (never reported)");
  });
});

test("explain asks for one item", async () => {
  const { asked, out } = await ask(["explain", "IPAD-1", "App/slack"], {
    "GET /v1/devices/IPAD-1/explain": sample.explanation({
      items: [{ key: "App/slack", state: "verified", because: "all" }],
    }),
  });

  expect(asked[0]?.query).toEqual({ item: "App/slack" });
  expect(out).toContain("IPAD-0388  iPadOS 26.1");

  const none = await ask(["explain", "IPAD-1", "App/slak"], {
    "GET /v1/devices/IPAD-1/explain": sample.explanation(),
  });
  expect(none.code).toBe(3);
  expect(none.err).toContain('error: no item "App/slak" is declared for IPAD-0388 [item-not-found]');
});

test("operations, their summary, events and revisions pass their filters on", async () => {
  const operations = await ask(
    "operations --device D --type T --status failed --limit 3 --before 2026-11-20T11:00:00Z".split(" "),
    {
      "GET /v1/operations": { operations: [sample.operation()] },
    },
  );
  const summary = await ask(["operations", "summary"], { "GET /v1/operations/summary": { commands: {} } });
  const events = await ask("events --device D --type T --type U --since 2h --limit 3 --before 9".split(" "), {
    "GET /v1/events": { events: [], hidden: 0 },
  });
  const revisions = await ask(["history"], { "GET /v1/revisions": { revisions: [] } });

  expect(operations.asked[0]?.query).toEqual({
    device: "D",
    type: "T",
    status: "failed",
    limit: "3",
    before: String(Date.UTC(2026, 10, 20, 11)),
  });
  expect(operations.out).toContain("Profile/wifi-corp");
  expect(summary.out).toBe("No command was sent yet.\n");
  expect(events.asked[0]?.repeated).toEqual({
    device: ["D"],
    type: ["T", "U"],
    since: [String(sample.now - 2 * sample.hour)],
    limit: ["3"],
    before: ["9"],
  });
  expect(revisions.out).toBe("No revision was seen yet.\n");
});

describe("approve", () => {
  const one = sample.hold();
  const other = sample.hold({ act: "Operation/lock@1", digest: "7be291c4ffff".padEnd(64, "6") });
  const alike = ["7", "8"].map((end) => sample.hold({ digest: "5".repeat(12).padEnd(64, end) }));
  const answers = {
    "GET /v1/holds": { holds: [one, other, ...alike] },
    [`POST /v1/holds/${one.digest}/approve`]: { status: "ready" },
  };
  const short = "7be2-91c4-e0aa";

  test("shows the act, then names its whole digest", async () => {
    const { code, out, err, asked } = await ask(["approve", short, "--yes", "--note", "seen"], answers);

    expect(code).toBe(0);
    expect(err).toContain("! wipe     IPAD-0417  DMPXK2ABQ1  company, whole device");
    expect(out).toBe("Approved Deprovision/lost-2026-11@1 7be2-91c4-e0aa: ready to be sent.\n");
    expect(asked[1]).toMatchObject({ path: `/v1/holds/${one.digest}/approve`, body: { note: "seen" } });

    const direct = { ...one, act: "Direct/wipe-d-90eaaf0123456789@0123456789abcdef" };
    const narrow = await ask(
      ["approve", short, "--yes"],
      { ...answers, "GET /v1/holds": { holds: [direct] } },
      { columns: 80 },
    );
    expect(narrow.out).toContain("wipe-d-90eaaf0123456789@0123456789abcdef (IPAD-0417)");
    expect(narrow.out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  test("a person at a terminal types how many devices it hits", async () => {
    const questions: string[] = [];
    const typing = (answer: string) => ({
      ask: async (question: string) => {
        questions.push(question);
        return answer;
      },
    });

    const yes = await ask(["approve", short], answers, typing("1"));
    const no = await ask(["approve", short], answers, typing("y"));

    expect(questions[0]).toBe("Type the number of devices (1) to approve: ");
    expect(yes.code).toBe(0);
    expect(no.code).toBe(3);
    expect(no.asked.some((asked) => asked.method === "POST")).toBe(false);

    // Not all of them are listed.
    const many = { ...one, count: { devices: 1_500, waiting: 1_500 } };
    await ask(["approve", short], { ...answers, "GET /v1/holds": { holds: [many] } }, typing("1"));
    expect(questions.at(-1)).toBe("Type the number of devices (1500) to approve: ");
  });

  test.each([
    [short, "an approval without a terminal needs --yes [not-confirmed]"],
    ["7be2-91c4", '"7be2-91c4" is not a digest [digest]'],
    ["5555-5555-5555", "2 held acts have digests that begin so [digest-ambiguous]"],
    ["7be2-91c4-0000", "nothing that is held has the digest 7be2-91c4-0000 [digest-not-found]"],
    ["7be2", '"7be2" is not a digest [digest]'],
    ["IPAD-0417", '"IPAD-0417" is not a digest [digest]'],
  ])("%s: %s", async (digest, message) => {
    const { code, err, asked } = await ask(["approve", digest], answers);

    expect(code).toBe(3);
    expect(err).toContain(message);
    expect(asked.some((one) => one.method === "POST")).toBe(false);
  });
});

test("rollout abort says when armed holds it", async () => {
  const line = ["rollout", "abort", "security", "--reason", "broken"];
  const armed = "the abort of Policy/security gives back what was before";
  const { out } = await ask(line, { "POST /v1/rollouts/security/abort": { status: "aborted", armed } });
  expect(out).toBe(`Policy/security: Aborted, and nothing changes on any device yet: ${armed}.\n`);
});

test("rollout abort of what nobody had says that all keep what they have", async () => {
  const line = ["rollout", "abort", "security", "--reason", "broken"];
  const answer = { status: "aborted", returns: [], skipped: [] };
  const { out } = await ask(line, { "POST /v1/rollouts/security/abort": answer });
  expect(out).toContain("No device had the newest version: all keep what they have");
});

test("rollout abort says which versions devices return to, and which failed before", async () => {
  const line = ["rollout", "abort", "security", "--reason", "broken"];
  const skipped = [{ revision: "4f1c2ab00000", failed: "7 of 120 reported have failed" }];
  const answer = { status: "aborted", returns: ["9d03e1100000", ""], skipped };
  const { out } = await ask(line, { "POST /v1/rollouts/security/abort": answer });
  expect(out).toBe(
    "Policy/security: All devices are given back what they had before: the version of 9d03e11, none of it; that of 4f1c2ab is left by all, as it failed before: 7 of 120 reported have failed.\n",
  );
});

test.each([
  ["progressing", 0],
  ["paused", 1],
  ["aborted", 1],
])("rollout status of one that is %s", async (status, expected) => {
  const rollouts = [
    {
      policy: "security",
      status,
      wave: 0,
      waves: [1],
      share: 0,
      soakMs: 0,
      soakLeftMs: 0,
      deadlineMs: 0,
      maxFailed: 0,
      versions: [],
      by: "ada",
      since: 0,
    },
  ];
  const { code, out } = await ask(["rollout", "status"], { "GET /v1/rollouts": { rollouts } });
  expect(code).toBe(expected);
  expect(out).toMatch(/^security {2}/);
});

describe("guards", () => {
  test.each([
    [
      "suspend device IPAD-1 --reason repair",
      "/v1/suspend",
      { scope: "device", name: "IPAD-1", reason: "repair" },
      "Suspended: device IPAD-1\n",
    ],
    [
      "suspend removals --reason audit",
      "/v1/suspend",
      { scope: "removals", reason: "audit" },
      "Suspended: removals\n",
    ],
    ["resume observe", "/v1/resume", { scope: "observe" }, "Resumed: observe\n"],
    [
      "rollout pause security --reason hot",
      "/v1/rollouts/security/pause",
      { reason: "hot" },
      "Policy/security: No further wave begins; what devices have stays.\n",
    ],
    [
      "rollout pause Policy/security --reason hot",
      "/v1/rollouts/security/pause",
      { reason: "hot" },
      "Policy/security: No further wave begins; what devices have stays.\n",
    ],
    [
      "rollout resume security --reason mended",
      "/v1/rollouts/security/resume",
      { reason: "mended" },
      "Policy/security: It goes on.\n",
    ],
    [
      "rollout abort security --reason broken",
      "/v1/rollouts/security/abort",
      { reason: "broken" },
      "Policy/security: All devices are given back what they had before.\n",
    ],
    ["resume restored", "/v1/resume/restored", {}, "Resumed: restored\n"],
    ["resume group g", "/v1/resume", { scope: "group", name: "g" }, "Resumed: group g\n"],
    [
      "halt --reason fire",
      "/v1/halt",
      { reason: "fire" },
      "Halted: nothing is sent to any device until: reeve unhalt --reason WHY\n",
    ],
    ["unhalt --reason over", "/v1/unhalt", { reason: "over" }, "The kill switch is off\n"],
  ])("%s", async (line, path, body, words) => {
    const { code, out, asked } = await ask(line.split(" "), { [`POST ${path}`]: {} });

    expect({ code, out }).toEqual({ code: 0, out: words });
    expect(asked).toMatchObject([{ method: "POST", path, body }]);
  });

  test.each([
    [
      "lock IPAD-1 --reason taxi --phone +49",
      { lock: { phoneNumber: "+49" } },
      "ready",
      "Filed: lock IPAD-1 is sent",
    ],
    ["audit IPAD-1 --reason taxi", { audit: {} }, "ready", "reeve events --type act. --device IPAD-1"],
    ["wipe IPAD-1 --reason taxi --work", { wipe: { scope: "work" } }, "held", "reeve approve 7be2-91c4-e0aa"],
    ["shut-down IPAD-1 --reason taxi", { shutdown: {} }, "ready", "Note: everything is halted"],
  ])("%s", async (line, act, status, words) => {
    const [verb] = Object.keys(act);
    const view = {
      ...{ act: "Direct/x", device: "d", name: "IPAD-1", verb, status },
      digest: "7be291c4e0aa".padEnd(64, "0"),
      notes: status === "held" ? [] : ["everything is halted, and nothing is sent"],
    };

    const { code, out, asked } = await ask(line.split(" "), { "POST /v1/devices/IPAD-1/acts": view });

    expect(code).toBe(0);
    expect(out).toContain(words);
    const key = expect.stringMatching(/^[0-9a-f]{16}$/);
    expect(asked).toMatchObject([{ body: { act, reason: "taxi", expires: "1d", key } }]);
  });

  test.each([
    ["reconcile", {}, 0, 0, "No device is woken for it: name one, --group or --all.\n"],
    ["reconcile IPAD-1", { device: "IPAD-1" }, 1, 1_000, "Woken now to report anew: IPAD-1. What had failed"],
    ["reconcile --all", { all: true }, 20_114, 41_000, "Woken within 41 s to report anew: 20,114 devices."],
    ["reconcile --group g", { group: "g" }, 600, 2_000, "halted\n"],
    [
      "reconcile ANDROID-1",
      { device: "ANDROID-1" },
      1,
      0,
      "compared with it now. What had failed is tried again.",
      1,
    ],
    ["reconcile --group h", { group: "h" }, 600, 2_000, "Woken within 2 s to report anew: 200 devices.", 400],
  ])("%s says what will happen", async (line, body, devices, withinMs, words, read = 0) => {
    const view = { status: "requested", devices, read, withinMs, notes: ["halted"] };

    const { code, out, asked } = await ask(line.split(" "), { "POST /v1/reconcile": view });

    expect(code).toBe(0);
    expect(out).toContain(line === "reconcile" ? words.trimEnd() : words);
    expect(asked).toMatchObject([{ body }]);
  });

  test.each([
    [["suspend", "group", "--reason", "x"], "which group? Give its name"],
    [["resume", "all", "ipads"], '"ipads" has no meaning after "all"'],
  ])("%j is asked about before anything is sent", async (argv, message) => {
    const { code, err, asked } = await ask(argv, {});

    expect(code).toBe(3);
    expect(err).toContain(message);
    expect(asked).toEqual([]);
  });
});

describe("enroll apple", () => {
  const profile = Buffer.from([0x30, 0x82, 0, 255]);
  const expiresAt = sample.now + 7 * sample.dayMs;
  const answers = {
    "POST /v1/enrollments/apple": ({ body }: { body: unknown }) =>
      (body as { link?: boolean }).link
        ? { url: "https://mdm.acme.example/e/4kQ", expiresAt, uses: 1 }
        : { profile: profile.toString("base64"), expiresAt, uses: 3 },
  };

  test("writes the profile byte for byte, and asks for what the flags say", async () => {
    const argv =
      "enroll apple --group g --uses 3 --expires 7d --owner a@b --ownership company --tag k=v --serial C02X --unsigned --out e.mobileconfig";
    const { code, err, asked } = await ask(argv.split(" "), answers);

    expect(code).toBe(0);
    expect(await readFile(join(folder, "e.mobileconfig"))).toEqual(profile);
    expect(err).toBe("e.mobileconfig: enrollment profile for 3 devices, valid for 7 d\n");
    expect(asked[0]?.body).toEqual({
      group: "g",
      uses: 3,
      expires: "7d",
      owner: "a@b",
      ownership: "company",
      tags: { k: "v" },
      serial: "C02X",
      unsigned: true,
    });
  });

  test("a link has a QR code on a terminal and none in a pipe", async () => {
    const piped = await ask(["enroll", "apple", "--link"], answers);
    const seen = await ask(["enroll", "apple", "--link"], answers, { columns: 80 });
    const narrow = await ask(["enroll", "apple", "--link"], answers, { columns: 20 });

    expect(piped.out).toBe(
      "https://mdm.acme.example/e/4kQ\nOpen it on the device, in Safari. For 1 device, valid for 7 d.\n",
    );
    expect(seen.out).toMatch(/[█▀▄]{5}/);
    expect(narrow.out).toContain("too narrow for the QR code");
  });

  test("--qr writes the code as the image that the file's ending says", async () => {
    await ask(["enroll", "apple", "--qr", "code.png"], answers);
    await ask(["enroll", "apple", "--qr", "code.svg"], answers);
    const wrong = await ask(["enroll", "apple", "--qr", "code.gif"], answers);

    expect((await readFile(join(folder, "code.png"))).subarray(1, 4).toString()).toBe("PNG");
    expect(await readFile(join(folder, "code.svg"), "utf8")).toMatch(/^<svg .*<\/svg>$/s);
    expect(wrong).toMatchObject({ code: 3, asked: [] });
  });

  test("--mail says of each recipient whether it went, and is no success when one did not", async () => {
    const mails = [
      { to: "a@b.example", sent: true, id: "0123456789ab" },
      { to: "c@d.example", sent: false, reason: "the mail server said: 550 no" },
    ];
    const posted = { "POST /v1/enrollments/apple": () => ({ mails, expiresAt, uses: 1 }) };
    const argv = ["enroll", "apple", "--mail", "a@b.example, c@d.example"];
    const { code, out, asked } = await ask(argv, posted);

    expect(asked[0]?.body).toEqual({ mail: ["a@b.example", "c@d.example"] });
    expect(code).toBe(1);
    expect(out).toBe(
      "sent      a@b.example  link 0123456789ab\nNOT SENT  c@d.example  the mail server said: 550 no\n" +
        "Mailed 1 of 2. Each link is for 1 device, valid for 7 d.\n",
    );
    for (const wrong of ["x", "a@b.example\nBcc: all@b.example", "a@b.example,,c d@e"])
      expect(await ask(["enroll", "apple", "--mail", wrong], posted)).toMatchObject({ code: 3, asked: [] });
    expect(await ask([...argv, "--link"], posted)).toMatchObject({ code: 3, asked: [] });
  });

  test("--account gives a code for one account, or says that it was mailed", async () => {
    const given = { "POST /v1/enrollments/apple": () => ({ code: "ABCD-EFGH", expiresAt, uses: 1 }) };
    const { out, asked } = await ask(["enroll", "apple", "--account", "ada@b.example"], given);
    expect(asked[0]?.body).toEqual({ account: "ada@b.example" });
    expect(out).toBe("ABCD-EFGH\nFor the page on which the account signs in. For 1 device, valid for 7 d.\n");
    const mails = [{ to: "a@b.example", sent: true }];
    const posted = { "POST /v1/enrollments/apple": () => ({ mails, expiresAt, uses: 1 }) };
    const mailed = await ask(
      ["enroll", "apple", "--account", "ada@b.example", "--mail", "a@b.example"],
      posted,
    );
    expect(mailed.out).toBe(
      "sent      a@b.example  code\nMailed 1 of 1. It is for 1 device, valid for 7 d.\n",
    );
    expect(await ask(["enroll", "apple", "--account", "ada"], posted)).toMatchObject({ code: 3, asked: [] });
  });

  test("links are listed and revoked", async () => {
    const links = [
      { id: "0123456789ab", usesLeft: 2, group: "g", expiresAt, by: "it", createdAt: sample.now },
      {
        id: "ba9876543210",
        usesLeft: 1,
        mailedTo: "a@b.example",
        expiresAt,
        by: "it",
        createdAt: sample.now,
      },
    ];
    const listed = await ask(["enroll", "links"], { "GET /v1/enrollments/links": () => ({ links }) });
    expect(listed.out).toBe(
      "0123456789ab  2 devices, group g; for 7 d more, by it\n" +
        "ba9876543210  1 device, mailed to a@b.example; for 7 d more, by it\n",
    );
    const path = "POST /v1/enrollments/links/0123456789ab/revoke";
    const revoked = await ask(["enroll", "revoke", "0123456789ab"], {
      [path]: () => ({ revoked: "0123456789ab" }),
    });
    expect(revoked.out).toBe("Revoked: 0123456789ab\n");
  });

  test("says that an invitation is for one device only", async () => {
    const bound = {
      "POST /v1/enrollments/apple": () => ({
        url: "https://mdm.acme.example/e/4kQ",
        expiresAt,
        uses: 1,
        serial: "C02X",
      }),
    };
    const { out, asked } = await ask(["enroll", "apple", "--link", "--device", "anna"], bound);

    expect(asked[0]?.body).toEqual({ device: "anna", link: true });
    expect(out).toContain("For the device with serial number C02X only, valid for 7 d.");
  });

  test("a profile is not poured into a terminal", async () => {
    const { code, err, asked } = await ask(["enroll", "apple"], answers, { columns: 80 });

    expect(code).toBe(3);
    expect(err).toContain("Give --out FILE, or --link");
    expect(asked).toEqual([]);
  });
});

describe("the store", () => {
  test("a snapshot restores, and says that nothing destructive leaves", async () => {
    const directory = join(folder, "live");
    const { openStore } = await import("../store/open.ts");
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "key"), `${"ab".repeat(32)}\n`);
    await using store = await openStore({ dataDir: directory }, { keyFile: join(directory, "key") });
    const set = (dir: string) => [
      "--set",
      `store.directory=${dir}`,
      "--set",
      `store.keyFile=${join(directory, "key")}`,
    ];

    const busy = await runReeve(["snapshot", "one.tar", ...set(directory)], { cwd: folder });
    await store[Symbol.asyncDispose]();
    const saved = await runReeve(["snapshot", "one.tar", ...set(directory)], { cwd: folder });
    const restored = await runReeve(["restore", "one.tar", ...set(join(folder, "again"))], { cwd: folder });
    const twice = await runReeve(["restore", "one.tar", ...set(join(folder, "again"))], { cwd: folder });

    expect(busy).toMatchObject({ code: 3 });
    expect(busy.err).toContain("[directory-in-use]");
    expect(saved).toMatchObject({ code: 0, err: "" });
    expect(restored).toMatchObject({ code: 0, err: "" });
    expect(restored.out).toContain("reeve resume restored");
    expect(twice.err).toContain("[directory-not-empty]");
  });

  test("there is no snapshot of nothing, or of a server", async () => {
    const nothing = await runReeve(["snapshot", "x", "--set", `store.directory=${folder}/nothing`], {
      cwd: folder,
    });
    const server = await runReeve(["snapshot", "x"], {
      cwd: folder,
      env: { DATABASE_URL: "postgres://db/reeve" },
    });

    expect(nothing.err).toContain("[no-store]");
    expect(server.err).toContain("which has its own backups [not-embedded]");
  });
});
