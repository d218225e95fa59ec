import { expect, test } from "vitest";
import { actDigest, type DigestedAct, type DigestedTarget } from "./act-digest.ts";

const act: DigestedAct = {
  name: "Operation/a@1",
  content: { verb: "wipe" },
  author: "ada",
  verified: true,
  approvals: 1,
  expiresAt: 1_000,
};

const target = (device: string, epoch = 1, more: Partial<DigestedTarget> = {}): DigestedTarget => ({
  device,
  epoch,
  verb: "wipe",
  parameters: {},
  ...more,
});

test("an approval is of all that it was shown: whatever changes is another digest", () => {
  const digests = [
    actDigest(act, [target("a"), target("b")]),
    actDigest({ ...act, name: "Operation/a@2" }, [target("a"), target("b")]),
    actDigest({ ...act, content: { verb: "lock" } }, [target("a"), target("b")]),
    actDigest({ ...act, author: "bob" }, [target("a"), target("b")]),
    actDigest({ ...act, verified: false }, [target("a"), target("b")]),
    actDigest({ ...act, approvals: 2 }, [target("a"), target("b")]),
    actDigest({ ...act, expiresAt: 1_001 }, [target("a"), target("b")]),
    actDigest(act, [target("a")]),
    actDigest(act, [target("a"), target("b", 2)]),
    actDigest(act, [target("a"), target("b", 1, { verb: "unenroll" })]),
    actDigest(act, [target("a"), target("b", 1, { parameters: { pin: "1" } })]),
  ];
  expect(new Set(digests).size).toBe(digests.length);
  // Nobody's word is not a signature.
  const { verified: _, ...claimed } = act;
  expect(actDigest(claimed, [])).toBe(actDigest({ ...act, verified: false }, []));
});

test("the order of devices does not matter, and a field never runs into the next one", () => {
  const some = [target("a", 2), target("b"), target("a", 10), target("c")];
  expect(actDigest(act, [...some].reverse())).toBe(actDigest(act, some));
  // Of record: the gate computes the same, and approvals that were given name it.
  expect(actDigest(act, some)).toBe("a4f633c666f55fe12be0ecade196dd6b9b03ffe46e2a1a68dfcfe8fd23ab6d40");
  expect(actDigest({ ...act, name: "1:a,", author: "é" }, [])).not.toBe(
    actDigest({ ...act, name: "1:a", author: ",é" }, []),
  );
});
