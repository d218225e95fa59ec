import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { noteDayCounts } from "../../loop/day-counts.ts";
import { actDirectly } from "../../loop/direct-act.ts";
import type { ReportDevice } from "../../loop/report-views.ts";
import { keepDayCounts } from "../../store/report-rows.ts";
import { pglite } from "../../store/test-stores.ts";
import { openCommandLine } from "../admin-answers.ts";
import { androidHouse } from "../android-house.ts";
import { browserHere, openBrowser } from "../browser.ts";
import { testSettings } from "../installation.ts";
import { device, group, passcode, policy } from "../manifests.ts";
import { fragment, off, revision } from "./android/manifests.ts";

const browser = browserHere();
const minute = 60_000;
const hour = 60 * minute;
const hostile = '=cmd|"/c calc"!A1<img src=x onerror=alert(1)>';

const apple = {
  "passcode.yaml": passcode(),
  "passcodes.yaml": policy("profiles: [{name: passcode}]", "passcodes"),
  "tablets.yaml": group("tablets", "match: {platform: ipados}"),
  "phones.yaml": group("phones", "match: {platform: android}"),
  "audit.yaml": `apiVersion: reeve/v1
kind: InventorySchedule
metadata: {name: audit}
spec: {collect: [device, security], every: 6h, maxAge: 1d}
`,
  "tight.yaml": `apiVersion: reeve/v1
kind: InventorySchedule
metadata: {name: tight}
spec: {collect: [certificates], every: 15m, spread: 5m, maxAge: 1h}
`,
  "tights.yaml": policy("inventory: [tight]", "tights", "devices: [SIM-1]"),
  "sim-1.yaml": device("sim-1", "SIM-1"),
  "sim-3.yaml": device("sim-3", "SIM-3"),
  "audits.yaml": policy("inventory: [audit]", "audits"),
  "odd.yaml": device("odd", "SIM-2", `alias: ${JSON.stringify(hostile)}`),
  "trip.yaml": `apiVersion: reeve/v1
kind: Exemption
metadata: {name: trip}
spec: {target: {devices: [SIM-3]}, lift: [Profile/passcode], until: "UNTIL", reason: "on a trip, +1"}
`,
  "newest.yaml": fragment("newest", "minimumApiLevel: 99"),
  "newer.yaml": policy("profiles: [{name: newest}]", "newer", "devices: [SN-B]"),
  "sn-b.yaml": device("sn-b", "SN-B"),
};

test("the evidence of both platforms is the same in CSV, JSON and the page, and hostile names do nothing", async () => {
  const until = "2026-12-01T00:00:00Z";
  const files = revision(off, ["mail"], {
    ...apple,
    "trip.yaml": apple["trip.yaml"].replace("UNTIL", until),
  });
  const devices = ["SIM-1", "SIM-2", "SIM-3"].map((serial) => ({ serial, platform: "ipados" }) as const);
  await using house = await androidHouse({ stores: pglite, files, devices });
  await house.enroll();
  await house.settle();
  await house.arrive([{ serial: "SN-A" }, { serial: "SN-B" }]);
  await house.pass(4 * minute);
  const duty = { name: "it-duty", identities: ["it-duty@acme.example"] };
  const lock = { act: { lock: {} }, reason: "left in a taxi", expiresInMs: hour, key: "0123456789abcdef" };
  await actDirectly(house.looking, "SN-A", lock, duty);
  await house.settle();
  await noteDayCounts(house.looking);
  const before = { group: "", total: 5, ready: 1, reconciling: 4, stalled: 0, held: 0, unreachable: 0 };
  await keepDayCounts(house.store, "2026-11-19", [before]);
  house.device("SIM-1").goOffline(house.world.now() + 24 * hour);
  await house.pass(2 * hour, hour);
  await using line = await openCommandLine(house, testSettings);
  const folder = await mkdtemp(join(tmpdir(), "reeve-report-"));
  try {
    expect((await line.run(["history"])).out).not.toContain("refused");
    const ran = await line.run(["report", "--dir", folder]);
    const names = (await readdir(folder)).sort();
    expect(ran.code).toBe(0);
    expect(ran.err.trimEnd().split("\n").sort()).toEqual(
      names.map((name) => `Written: ${join(folder, name)}`),
    );
    const read = (end: string): Promise<string> =>
      readFile(join(folder, names.find((name) => name.endsWith(end)) ?? ""), "utf8");
    expect(names.map((name) => name.replace(/^reeve-report-\d{8}T\d{6}Z/, ""))).toEqual([
      "-devices.csv",
      "-findings.csv",
      "-groups.csv",
      ".html",
      ".json",
    ]);
    const json = JSON.parse(await read(".json")) as Json;
    const rows = (await read("-devices.csv")).trimEnd().split("\r\n").map(cellsOf);
    const column = (title: string) => rows.slice(1).map((row) => row[rows[0]?.indexOf(title) ?? -1]);
    const bySerial = (title: string) =>
      Object.fromEntries(column("serial").map((serial, n) => [serial, column(title)[n]]));
    const verdicts = {
      "SIM-1": "stale",
      "SIM-2": "compliant",
      "SIM-3": "exempt",
      "SN-A": "compliant",
      "SN-B": "not-compliant",
    };

    expect(bySerial("verdict")).toEqual(verdicts);
    expect(Object.fromEntries(json.devices.map((one) => [one.serial, one.verdict]))).toEqual(verdicts);
    expect(bySerial("encrypted")).toEqual({
      "SIM-1": "yes",
      "SIM-2": "yes",
      "SIM-3": "yes",
      "SN-A": "yes",
      "SN-B": "yes",
    });
    expect(bySerial("passcode")).toMatchObject({ "SIM-2": "yes", "SN-A": "no" });
    expect(bySerial("staleSections")).toEqual({
      "SIM-1": "certificates",
      "SIM-2": "",
      "SIM-3": "",
      "SN-A": "",
      "SN-B": "",
    });
    expect(bySerial("name")["SIM-2"]).toBe(`'${hostile}`);
    const findings = (await read("-findings.csv")).trimEnd().split("\r\n").map(cellsOf);
    expect(
      findings
        .slice(1)
        .map((row) => row.slice(1, 10))
        .sort(),
    ).toEqual([
      [
        "SIM-3",
        "ipados",
        "exemption",
        "Profile/passcode",
        "lifted",
        "Exemption/trip: on a trip, +1",
        "",
        "",
        "",
      ],
      [
        "SN-A",
        "android",
        "act",
        expect.stringMatching(/^Direct\/lock/),
        "lock executed",
        "left in a taxi",
        "",
        "",
        "it-duty",
      ],
      [
        "SN-B",
        "android",
        "item",
        "Profile/newest",
        "unsupported",
        expect.stringContaining("API_LEVEL"),
        "Policy/newer newer.yaml:6",
        "r1",
        "it-lead@acme.example",
      ],
    ]);
    const groups = ["all devices,5,2,1,1,0,1,", "phones,2,1,0,1,0,0,", "tablets,3,1,1,0,0,1,"];
    for (const start of groups) expect(await read("-groups.csv")).toContain(`\r\n${start}`);
    expect(json).toMatchObject({ formatVersion: 1, timeZone: "Europe/Berlin", revision: { revision: "r1" } });
    const head = `${json.history?.n}:${json.history?.hash}`;
    expect(ran.out).toContain(`History  ${head}\n         not verified by this report: reeve events verify`);
    expect((await line.run(["events", "verify", "--head", head])).code).toBe(0);
    expect((await line.run(["report", "-o", "csv", "--group", "phones"])).out.split("\r\n")).toHaveLength(4);
    expect((await line.run(["report", "--group", "nobody"])).code).toBe(3);
    if (browser !== undefined) await looksRight(browser, join(folder, names[3] ?? ""), head);
  } finally {
    await rm(folder, { recursive: true });
  }
});

interface Json {
  readonly devices: readonly ReportDevice[];
  readonly history?: { readonly n: number; readonly hash: string };
}

/** The cells of a line of CSV. */
function cellsOf(line: string): readonly string[] {
  return [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)]
    .slice(0, -1)
    .map(([, cell = ""]) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell));
}

/** What a person sees who opens the file, in a real browser. */
async function looksRight(executable: string, file: string, head: string): Promise<void> {
  const opened = await openBrowser(executable, 1);
  try {
    const page = await opened.newPage();
    const troubles: string[] = [];
    page.on("console", (message) => troubles.push(message.text()));
    page.on("dialog", (dialog) => {
      troubles.push(dialog.message());
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (!request.url().startsWith("file:")) troubles.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    const cells = async (table: number): Promise<readonly (readonly string[])[]> =>
      page
        .locator("table")
        .nth(table)
        .locator("tr")
        .evaluateAll((rows) =>
          rows.map((row) =>
            [...row.children].map((cell) =>
              (cell as unknown as { readonly innerText: string }).innerText.trim(),
            ),
          ),
        );
    expect(await page.title()).toMatch(/^Compliance of acme, 2026-11-20 .* \+01:00$/);
    expect(await page.locator("table").first().innerText()).toContain(head);
    expect((await cells(2)).map((row) => row.slice(0, 7))).toEqual([
      ["", "Total", "Compliant", "Exempt", "Not compliant", "Pending", "Stale"],
      ["phones", "2", "1", "0", "1", "0", "0"],
      ["tablets", "3", "1", "1", "0", "0", "1"],
    ]);
    const shown = Object.fromEntries((await cells(4)).slice(1).map((row) => [row[0], row[2]]));
    expect(shown).toEqual({
      [`${hostile} SIM-2`]: "compliant",
      "SIM-1": "stale",
      "SIM-3": "exempt",
      "SN-A": "compliant",
      "SN-B": "not-compliant",
    });
    // The charts are drawn: bars as long as their numbers say, and the day before.
    const bars = page.locator('svg[aria-label="Groups by verdict"] rect');
    const widths = await bars.evaluateAll((all) =>
      all.map((one) => Math.round(one.getBoundingClientRect().width)),
    );
    expect(widths[0]).toBe(widths[1]);
    expect(await bars.first().locator("title").textContent()).toBe("phones: 1 compliant");
    expect(await page.locator("svg circle title").allTextContents()).toEqual([
      "2026-11-19: 1 of 5 ready",
      expect.stringMatching(/^2026-11-20: \d of 5 ready$/),
    ]);
    // The page's own style holds, in spite of its policy.
    expect((await page.locator("body").boundingBox())?.width).toBeLessThanOrEqual(1_132);
    expect(await page.locator("img, script").count()).toBe(0);
    expect(troubles).toEqual([]);
    if (process.env.REEVE_SCREENSHOT !== undefined)
      await page.screenshot({ path: process.env.REEVE_SCREENSHOT, fullPage: true });
  } finally {
    await opened.close();
  }
}
