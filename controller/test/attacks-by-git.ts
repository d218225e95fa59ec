import { fragment, off } from "./journeys/android/manifests.ts";
import { answered, approve, type Way } from "./mallory.ts";
import { baseline, deprovision, device, organizationWith, policy } from "./manifests.ts";

export const serials = Array.from({ length: 4 }, (_, n) => `SIM-${n + 1}`);
const ipads = serials.map((_, n) => `ipad-${n + 1}`);

/** The company's policies: four iPads that it owns, and what its Android phones have. */
export const files = {
  ...baseline,
  "camera.yaml": fragment("camera", off),
  "baseline.yaml": policy("profiles: [{name: passcode}, {name: camera}]\napps: [{name: slack}]"),
  "devices.yaml": serials
    .map((serial, n) => device(`ipad-${n + 1}`, serial, "ownership: company"))
    .join("---\n"),
};

const wipe = (name: string, devices: readonly string[], more = "") => ({
  [`${name}.yaml`]: deprovision(name, `devices: [${devices.join(", ")}]`, devices.length, more),
});
const wish = (n: number, act: object = { wipe: {} }) => ({
  act,
  reason: "x",
  key: n.toString(16).padStart(16, "0"),
});

/** What he does with his commits, and with what others have committed. */
export const byGit: readonly Way[] = [
  [
    "signs a wipe of everything and approves it",
    async ({ push, hold, as, look }) => {
      push({ ...files, ...wipe("all", ipads) }, "mallory");
      await look();
      const whole = await hold("/all@");
      const begins = await answered(as.mallory.post(`/v1/holds/${whole?.digest.slice(0, 12)}/approve`, {}));
      return `${begins} ${await approve(as.mallory, whole)}`;
    },
    "invalid-request approval-own-act",
  ],
  [
    "signs it in the name of somebody else",
    async ({ push, hold, as, look }) => {
      push({ ...files, ...wipe("other", ipads) }, "mallory", {
        author: "boss",
        email: "boss@acme.example",
      });
      await look();
      return approve(as.mallory, await hold("/other@"));
    },
    "approval-own-act",
  ],
  [
    "does not sign it, and says that the boss made it",
    async ({ push, hold, look, rewind, head }) => {
      const before = head();
      push({ ...files, ...wipe("unsigned", ipads) }, "nobody", { author: "boss" });
      await look();
      const held = await hold("/unsigned@");
      rewind(before);
      return held === undefined ? "refused" : "held";
    },
    "refused",
  ],
  [
    "turns the boss's act upon others, and raises its generation",
    async ({ push, hold, as, look }) => {
      push({ ...files, ...wipe("amended", ["ipad-2"]) }, "boss");
      await look();
      const before = await hold("/amended@1");
      push({ ...files, ...wipe("amended", ["ipad-1"]) }, "mallory");
      await look();
      const first = await approve(as.mallory, before);
      push({ ...files, ...wipe("amended", ipads, "  generation: 2") }, "mallory");
      await look();
      return `${first} ${await approve(as.mallory, await hold("/amended@2"))}`;
    },
    "no-such-hold approval-own-act",
  ],
  [
    "goes back to where the boss's act was, by force",
    async ({ push, hold, look, rewind, head, parent }) => {
      push(files, "boss");
      await look();
      const now = head();
      // Two commits before it the act was the boss's own.
      rewind(parent(3));
      await look();
      const held = await hold("/amended@");
      rewind(now);
      await look();
      return held === undefined ? "refused" : "held";
    },
    "refused",
  ],
  [
    "commits who approves, how many may be lost, when, and that he is alone",
    async ({ push, look, head, rewind, as }) => {
      const before = head();
      const answers: string[] = [];
      for (const spec of [
        "persons: [{name: eve, role: approver}]",
        "solo: true",
        "budgets: {destructive: {devices: 1000}}",
      ]) {
        const commit = push({ ...files, "org.yaml": organizationWith(spec) }, "mallory");
        await look();
        const { inForce } = await as.boss.get<{ inForce?: { revision: string } }>("/v1/status");
        answers.push(inForce?.revision === commit ? "in force" : "refused");
        rewind(before);
      }
      return [...new Set(answers)].join();
    },
    "refused",
  ],
];

/** What he asks the daemon for with his token. */
export const byToken: readonly Way[] = [
  [
    "asks for a wipe from the command line, approves it, takes it back, and files it again",
    async ({ as, hold }) => {
      const answers: string[] = [];
      for (const n of [1, 2]) {
        await as.mallory.post("/v1/devices/SIM-2/acts", wish(n));
        const held = await hold(`@${wish(n).key}`);
        if (n === 1) answers.push(await approve(as.mallory, held));
        answers.push(await answered(as.mallory.post("/v1/acts/withdraw", { act: held?.act, reason: "x" })));
      }
      return answers.join(" ");
    },
    "approval-own-act ok ok",
  ],
  [
    "deletes, readmits, and locks with a PIN of his",
    async ({ as }) => {
      const { key, reason } = wish(3);
      return [
        await answered(as.mallory.post("/v1/devices/SIM-3/delete", { reason, key })),
        await answered(as.mallory.post("/v1/devices/SIM-3/readmit", { reason })),
        await answered(as.mallory.post("/v1/devices/SIM-3/acts", wish(4, { lock: { pin: "123456" } }))),
        await answered(as.mallory.post("/v1/devices/SIM-3/release", { portal: "apple-business", reason })),
      ].join(" ");
    },
    "held not-retired act-secret not-pending",
  ],
  [
    "halts and resumes everything that he may",
    async ({ as }) => {
      const answers: string[] = [];
      for (const [path, body] of [
        ["/v1/halt", { reason: "x" }],
        ["/v1/unhalt", { reason: "x" }],
        ["/v1/resume/restored", {}],
        ["/v1/resume", { scope: "observe" }],
        ["/v1/resume", { scope: "removals" }],
        ["/v1/breaker/reset", { reason: "x" }],
      ] as const)
        answers.push(await answered(as.mallory.post(path, body)));
      return answers.join(" ");
    },
    "halted running not-stopped not-stopped not-stopped not-stopped",
  ],
  [
    "breaks the glass for one device, which is what it is there for",
    async ({ as, hold }) => {
      await as.mallory.post("/v1/devices/SIM-1/acts", wish(5));
      const held = await hold(`@${wish(5).key}`);
      return answered(as.mallory.post(`/v1/holds/${held?.digest}/break-glass`, { reason: "x" }));
    },
    "ready",
  ],
  [
    "breaks it again for the next",
    async ({ as, hold }) => {
      await as.mallory.post("/v1/devices/SIM-2/acts", wish(6));
      const held = await hold(`@${wish(6).key}`);
      return answered(as.mallory.post(`/v1/holds/${held?.digest}/break-glass`, { reason: "x" }));
    },
    "approval-break-glass-used",
  ],
];
