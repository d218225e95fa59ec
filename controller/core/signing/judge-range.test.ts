import fc from "fast-check";
import { expect, test } from "vitest";
import { type CommitFinding, judgeRange, type Verdict } from "./judge-range.ts";
import { isVerified, refusedBy } from "./signatures.ts";

const lea: Verdict = { type: "signed", person: "lea" };
const bob: Verdict = { type: "signed", person: "bob" };
const forge: Verdict = { type: "platform", name: "forge" };
const nobody: Verdict = { type: "refused", why: "it is not signed" };

function commit(id: string, parents: string, verdict: Verdict, tree = id): CommitFinding {
  return { commit: id, tree, parents: parents.split(" ").filter(Boolean), claims: [`${id}-author`], verdict };
}

/** Whom a forge's newest merge is taken for; or why it is not taken. */
function judged(...commits: readonly CommitFinding[]): string {
  const { author, refused } = judgeRange({ head: commits[0]?.commit ?? "", commits });
  return refused.map(({ commit: id, why }) => `${id}: ${why.slice(0, 40)}`).join("; ") || String(author);
}

test("a forge's merge counts for whoever signed what it merges, if it adds nothing to that", () => {
  const topic = commit("t", "base", lea);
  expect(judged(commit("m", "base t", forge, "t"), topic)).toBe("lea");
  expect(judged(commit("m", "t base", forge, "t"), topic)).toBe("lea");
  // Another tree: a conflict was resolved, or something typed, on a page.
  expect(judged(commit("m", "base t", forge, "x"), topic)).toContain("m: forge merged it");
  // One parent: it was squashed or edited there.
  expect(judged(commit("m", "base", forge, "t"), topic)).toContain("m: forge signed it");
  // The merged branch does not hold what was on the other: the merge takes that back.
  expect(judged(commit("m", "o t", forge, "t"), topic, commit("o", "base", bob))).toContain(
    "m: forge merged",
  );
  expect(judged(commit("m", "older t", forge, "t"), topic)).toContain("m: forge merged");
  // An old state that is no part of what came.
  expect(judged(commit("m", "base old", forge, "old"))).toContain("m: forge merged");
  // What it merges is nobody's.
  expect(judged(commit("m", "base t", forge, "t"), commit("t", "base", nobody))).toContain(
    "t: it is not signed",
  );
  // A merge of a merge of the same sort is not looked through.
  expect(judged(commit("n", "base m", forge, "t"), commit("m", "base t", forge, "t"), topic)).toContain(
    "n: forge merged it",
  );
});

test("who pressed the button of a merge that adds nothing is not among those who wrote", () => {
  const { claims } = judgeRange({
    head: "m",
    commits: [commit("m", "base t", forge, "t"), commit("t", "base", lea)],
  });
  expect(claims).toEqual(["t-author"]);
});

test("everybody who signed and whom commits name is told, and whose commit is refused", () => {
  const commits = [
    commit("m", "b a", lea),
    commit("b", "base", bob),
    commit("a", "base", nobody),
    { ...commit("x", "base", nobody), claims: [] },
  ];
  const found = judgeRange({ head: "m", commits });
  expect(found.signers).toEqual(["bob", "lea"]);
  expect(found.claims).toEqual(["a-author", "b-author", "m-author"]);
  expect(found.refused.map(({ commit: id, by }) => [id, by])).toEqual([
    ["a", "a-author"],
    ["x", ""],
  ]);
  expect([found.author, found.isHeadGood]).toEqual(["lea", true]);
  // The newest is nobody's, or is not among them: nobody stands for it.
  for (const head of ["a", "elsewhere"])
    expect(judgeRange({ head, commits })).toMatchObject({ author: undefined, isHeadGood: false });
  // A merge of a forge that adds something names who made it.
  const typed = judgeRange({
    head: "f",
    commits: [commit("f", "b a", forge, "typed"), commit("b", "", bob)],
  });
  expect(typed.claims).toEqual(["b-author", "f-author"]);
  expect(typed).toMatchObject({ author: undefined, signers: ["bob"] });
});

test("a forge's merge may take along whatever leads to the branch that it merges, however far back", () => {
  const far = [commit("t", "s", lea), commit("s", "r", lea), commit("r", "base", lea)];
  for (const other of ["s", "r", "base"])
    expect(judged(commit("m", `${other} t`, forge, "t"), ...far)).toBe("lea");
  // Two ways to the same commit are one.
  const twice = [commit("t", "s r", lea), commit("s", "r", lea), commit("r", "base", lea)];
  expect(judged(commit("m", "base t", forge, "t"), ...twice)).toBe("lea");
});

test("a long row of merges, with more ways through it than anybody can go, is judged at once", () => {
  const steps = Array.from({ length: 60 }, (_, at) => [
    commit(`a${at}`, `a${at + 1} b${at + 1}`, lea),
    commit(`b${at}`, `a${at + 1} b${at + 1}`, lea),
  ]);
  expect(judged(commit("m", "a60 a0", forge, "a0"), ...steps.flat())).toBe("lea");
});

test("one commit that nobody signed is refused by `every`, and not seen by `head` behind a signed one", () => {
  const commits = [commit("m", "base u", lea), commit("u", "base", nobody)];
  const found = { ...judgeRange({ head: "m", commits }), identities: [], isAnchor: false, isCut: false };
  expect(refusedBy("every", found, "m").map((one) => one.commit)).toEqual(["u"]);
  expect(refusedBy("head", found, "m")).toEqual([]);
  expect(refusedBy("off", found, "m")).toEqual([]);
  expect(isVerified(found)).toBe(false);
  const unsigned = { ...judgeRange({ head: "u", commits: commits.slice(1) }), ...rest };
  expect(refusedBy("head", unsigned, "u").map((one) => one.why)).toEqual(["it is not signed"]);
  expect(refusedBy("every", { ...unsigned, isAnchor: true }, "u")).toEqual([]);
  const whole = { ...judgeRange({ head: "m", commits: [commit("m", "", lea)] }), ...rest };
  for (const problem of ["incomplete", "too-many", "no-anchor", "rewritten"] as const) {
    expect(refusedBy("every", { ...whole, problem }, "m")).toHaveLength(1);
    expect(isVerified({ ...whole, problem })).toBe(false);
    expect(refusedBy("every", { ...whole, problem, isAnchor: true }, "m")).toHaveLength(1);
  }
  expect(refusedBy("head", { ...whole, problem: "rewritten", isAnchor: true }, "m")).toHaveLength(1);
  expect(refusedBy("head", { ...whole, problem: "rewritten" }, "m")).toHaveLength(1);
  expect(isVerified({ ...whole, isCut: true })).toBe(false);
  expect(isVerified(whole)).toBe(true);
});

const rest = { identities: [], isAnchor: false, isCut: false };

test("whatever the history, what is verified holds no commit that nobody stands for", () => {
  const verdicts = fc.constantFrom(lea, bob, forge, nobody);
  const history = fc.array(
    fc.record({ verdict: verdicts, tree: fc.nat(3), parents: fc.array(fc.nat(7), { maxLength: 3 }) }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(history, (drawn) => {
      const commits = drawn.map(({ verdict, tree, parents }, index) =>
        // Parents come later in the list, so that there is no cycle; what lies behind its end is older.
        commit(
          `c${index}`,
          [...new Set(parents.map((step) => `c${index + 1 + step}`))].join(" "),
          verdict,
          `t${tree}`,
        ),
      );
      const found = { ...judgeRange({ head: "c0", commits }), ...rest };
      const byId = new Map(commits.map((one) => [one.commit, one]));
      if (!isVerified(found)) {
        expect(refusedBy("every", found, "c0").length).toBeGreaterThan(0);
        return;
      }
      expect(["lea", "bob"]).toContain(found.author);
      for (const one of commits) {
        if (one.verdict.type === "signed") continue;
        expect(one.verdict.type).toBe("platform");
        const parent = one.parents.flatMap((id) => byId.get(id) ?? []).find((each) => each.tree === one.tree);
        expect(parent).toBeDefined();
        expect(one.parents.length).toBeGreaterThan(1);
      }
    }),
  );
});
