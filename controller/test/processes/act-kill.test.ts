import { expect, test } from "vitest";
import { pglite, postgres } from "../../store/test-stores.ts";
import { boundaries, liveToTheEnd, type Step, steps } from "./act-lives.ts";
import { type ActStage, openActStage } from "./act-stage.ts";
import { brokenGlass, withdrawn } from "./act-stops.ts";

const long = process.env.REEVE_LONG === "1";
const server = await postgres();

/** More boundaries than any step has; one that is over before its cut ends the count. */
const most = 40;
const limitMs = long ? 3_600_000 : 240_000;

// The gate's own time is the owner's to move: on a store of one process nobody can let a cool-off pass.
test.runIf(server !== undefined)(
  "killed where it is filed, approved, cools off, goes ahead, or is withdrawn, an act is carried out once at most, and what is said of it is true",
  { timeout: limitMs },
  async () => {
    await using stage = await openActStage(server ?? pglite);
    const met = await liveToTheEnd(stage, 1, {
      filed: { at: 1, only: "after commit .*insert into act" },
      "first approval": { at: 1, only: "after statement approve" },
      "second approval": { at: 1, only: "before statement approve" },
      "cooled off": { at: 1, only: "after statement update act_target$" },
      sent: { at: 1, only: "after write .*sends EraseDevice|before google .*issueCommand" },
    });
    expect(met.map((one) => one.split(":")[0])).toEqual(steps);
    await stopped(stage);
    if (!long) return;
    const all: string[] = [];
    let number = 1;
    for (const step of steps)
      for (let at = 1; at <= most; at += 1) {
        const [boundary] = await liveToTheEnd(stage, ++number, { [step]: cut(step, at) });
        if (boundary === undefined) break;
        all.push(`${at} ${boundary}`);
        console.log(all.at(-1));
      }
    expect(all.length).toBeGreaterThan(20);
  },
);

test.each(long || server === undefined ? [pglite] : [])(
  "killed where it is withdrawn, or where somebody breaks the glass, it never leaves, or leaves once, on a store of one process",
  { timeout: limitMs },
  async () => {
    await using stage = await openActStage(pglite);
    await stopped(stage);
  },
);

/** Acts that are withdrawn, at each boundary with REEVE_LONG, and one by break-glass: there is no other in 24 hours. */
async function stopped(stage: ActStage): Promise<void> {
  const met: string[] = [];
  for (let at = 1; at <= (long ? most : 1); at += 1) {
    const only = long ? boundaries.withdrawn : "after commit .*act_withdrawal";
    const boundary = await withdrawn(stage, at, { at, only });
    if (boundary === undefined) break;
    met.push(`withdrawn: ${boundary}`);
  }
  expect(met.length).toBeGreaterThan(0);
  const boundary = await brokenGlass(stage, 1, { at: 1, only: "after statement approve" });
  expect(boundary).toContain("approve");
  if (long) console.log([...met, `glass: ${boundary}`].join("\n"));
}

function cut(step: Step, at: number) {
  return { at, only: boundaries[step] };
}
