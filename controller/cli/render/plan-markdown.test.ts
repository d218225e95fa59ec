import { expect, test } from "vitest";
import { entry, heldDevice, hold, hostileName, now, plan } from "../sample-views.ts";
import { planMarker, renderPlanMarkdown } from "./plan-markdown.ts";

const tree = { source: "working tree" } as const;

test("a comment can be found again, folds nothing that destroys, and tells the next steps", () => {
  const text = renderPlanMarkdown(
    plan({
      devices: 12,
      changed: 5,
      unchanged: 7,
      entries: [
        entry("install", "Profile/wifi", 4),
        entry("update", "Profile/passcode", 5, { changes: ["minLength 6 -> 8"] }),
        entry("remove", "App/yammer", 1),
      ],
      destructive: [hold()],
    }),
    now,
    tree,
  );

  expect(text).toBe(`<!-- reeve:plan -->

### reeve plan

\`\`\`
4f1c2ab (working tree) against 9d03e11 (in force); 12 devices, no report yet

Plan: 1 to install, 1 to update, 1 to remove on 5 devices; 7 unchanged.
\`\`\`

\`\`\`diff
+ install  Profile/wifi                        4 devices  Policy/baseline
! update   Profile/passcode  minLength 6 -> 8  5 devices  Policy/baseline
- remove   App/yammer                           1 device  Policy/baseline
           removal budget 0 of 500
\`\`\`

Next:

\`\`\`
reeve plan DIR --all
reeve explain DEVICE
reeve approve 7be2-91c4-e0aa    # after merge
\`\`\`

**DESTRUCTIVE: 1 device. Nothing is sent before approval.**

\`\`\`diff
- ! wipe     IPAD-0417  DMPXK2ABQ1  company, whole device  seen 3 d ago
             Deprovision/lost-2026-11  lifecycle.yaml:2  "stolen, case 4711"  by
             it-lead@acme.example
  expected 1, found 1; budget 1 of 10 in 20 min; needs 1 approval, not it-lead's unless alone
  (solo); expires in 3 d
  digest 7be2-91c4-e0aa   after merge: reeve approve 7be2-91c4-e0aa
\`\`\`
`);
});

test("long lists fold, and a comment stays within what a forge takes", () => {
  const entries = Array.from({ length: 5_000 }, (_, index) => entry("install", `App/some-app-${index}`, 2));
  const devices = Array.from({ length: 20_000 }, (_, index) => heldDevice(index));
  const destructive = Array.from({ length: 300 }, (_, index) =>
    hold({ act: `Operation/wipe-${index}@1`, devices, digest: `${index}`.padStart(64, "a") }),
  );

  const text = renderPlanMarkdown(plan({ devices: 20_000, entries, destructive }), now, tree);

  expect(text.length).toBeLessThan(65_536);
  expect(text).toMatch(/<details><summary>\d+ more lines<\/summary>/);
  expect(text).toMatch(/\d+ more lines do not fit here: `reeve plan --all` shows them\./);
  expect(text.indexOf("**DESTRUCTIVE: 20,000 devices.")).toBeGreaterThan(text.indexOf("</details>"));
  expect(text.trimEnd().endsWith("```")).toBe(true);
});

test("names cannot end a block, mention people or hide the marker", () => {
  const name = `${hostileName} ${planMarker}`;
  const view = plan({
    devices: 1,
    changed: 1,
    entries: [entry("hold", name, 1, { policy: name, place: name, reason: name, changes: [name] })],
    destructive: [hold({ reason: name, author: name, devices: [heldDevice(1, { name, serial: name })] })],
  });

  const text = renderPlanMarkdown(view, now, tree);
  const outside = text.split(/^```.*$/m).filter((_, index) => index % 2 === 0);

  expect(outside.join("")).not.toMatch(/@|script|#1|会議室/);
  expect(text.startsWith(planMarker)).toBe(true);
  expect((text.match(/^```/gm) ?? []).length % 2).toBe(0);
});
