import { type Explained, sign } from "./explained.ts";
import { sqlSurvivors } from "./sql-survivors.ts";
import { survivorsOfActs } from "./survivors-of-acts.ts";
import { survivorsOfReach } from "./survivors-of-reach.ts";

/** Mutants that no test kills, and why that is no hole. Who is killed after all must leave this list. */
export const survivors: Readonly<Record<string, readonly Explained[]>> = {
  ...sqlSurvivors,
  ...survivorsOfActs,
  ...survivorsOfReach,
  "controller/core/stops.ts": [
    {
      because: "no names stop nothing also when they are looked through: it saves work",
      mutants: ["stopsFor: names.length === 0 → false"],
    },
  ],
  "controller/core/repeated.ts": [
    {
      because: "no number is less than undefined",
      mutants: ["repeatedAct: until !== undefined && now < until → now < until"],
    },
  ],
  "controller/core/act-digest.ts": [{ because: sign, mutants: ["order: 1 → 2", "order: 1 → 2 (2)"] }],
  "controller/core/freeze.ts": [
    {
      because: "a verb that is none has a reason of refusal before: this tells the compiler",
      mutants: ['freeze: typeof verb === "string" → true'],
    },
    {
      because: sign,
      mutants: [
        "byDevice: a.device < b.device → a.device <= b.device",
        "byDevice: 1 → 2",
        "byDevice: 1 → 2 (2)",
      ],
    },
  ],
  "controller/core/rollout-judgement.ts": [
    {
      because: "whether a wave has passed its deadline or its soak is asked again with the true times",
      mutants: ["watchWave: 0 → 1 (2)", "watchWave: 0 → 1 (3)"],
    },
    {
      because: "only a verdict that waits says whether it is healthy",
      mutants: ['watchWave: verdict.type === "wait" && verdict.isHealthy → verdict.isHealthy'],
    },
  ],
  "controller/core/admission.ts": [
    { because: sign, mutants: ["byKey: a.key < b.key → a.key <= b.key", "byKey: 1 → 2", "byKey: 1 → 2 (2)"] },
    {
      because: "what was not kept has no reason to lose: it saves work",
      mutants: ["asGranted: item.retained === undefined → false"],
    },
  ],
  "controller/core/armed.ts": [
    {
      because:
        "what arms nothing is told as nothing also when its policy of before is looked for: it saves work",
      mutants: ["newlyArmed: arms.length === 0 → false"],
    },
  ],
  "controller/core/armed-reach.ts": [
    {
      because: "nobody is in no groups, also when everybody is asked: it saves work",
      mutants: ["usersIn: names.size === 0 → false"],
    },
  ],
  "controller/core/armed-settings.ts": [
    {
      because: "without rules nothing is said of a setting that one is about: it saves work",
      mutants: ["changedUnderRules: rules.size === 0 → false"],
    },
    {
      because: "wrong passcodes are about no setting, and no item says anything of one without a name",
      mutants: ['rulesOf: arm.type !== "not-kept" → false'],
    },
    {
      because: "no content is kept under undefined: this tells the compiler",
      mutants: ["saidOf: digest === undefined → false"],
    },
  ],
  "controller/core/armed-content.ts": [
    {
      because: "wrong passcodes arm nobody by default: this tells the compiler",
      mutants: ['armsOf: arm.type !== "not-kept" || arm.byDefault !== true → arm.byDefault !== true'],
    },
  ],
  "controller/core/armed-devices.ts": [
    {
      because:
        "devices to which the same is said end up with the same, and without exemptions all of them are over: it saves work",
      mutants: [
        "armedAnew: isSame && from.facts.id === group.facts.id → false",
        "armedAnew: stood.lifts.length === 0 → false",
      ],
    },
    {
      because: "what devices come to erase themselves by some item of theirs says: this tells the compiler",
      mutants: ["sentenceOf: found === undefined → false"],
    },
  ],
  "controller/loop/armed-fleet.ts": [
    {
      because: "a revision changes nothing of itself, also when it is compared: it saves work",
      mutants: ["armedDevices: before === undefined || before === after → before === undefined"],
    },
  ],
  "controller/loop/armed-contents.ts": [
    {
      because: "a profile that can be read has a list of payloads: this tells the compiler",
      mutants: ["module: !Array.isArray(payloads) → false"],
    },
    {
      because: "what is known already is written as it was: that it is looked for saves writing it",
      mutants: [
        "noteArmedContents: now.length === 0 → false",
        "noteArmedContents: now.every((digest) => before.includes(digest)) → false",
      ],
    },
  ],
  "controller/loop/contents-at-hand.ts": [
    {
      because: "how many contents a process remembers is a matter of its memory alone",
      mutants: ["rememberContents: 2_000 → 2001"],
    },
  ],
  "controller/core/armed-outcome.ts": [
    {
      because: "what devices with one desired state come to is worked out once: it saves work",
      mutants: ["outcomesOf: known.set(desired, found); → ;"],
    },
  ],
  "controller/core/armed-stand.ts": [
    {
      because:
        "of who is in which groups for certain nothing is asked where no secret is used: it saves work",
      mutants: ["standOf: secret.length === 0 → false"],
    },
  ],
  "controller/core/asked-anew.ts": [
    {
      because: "no number is less than undefined",
      mutants: ["sectionsAskedAnew: askedAt === undefined → false"],
    },
  ],
  "controller/core/intent.ts": [
    {
      because:
        "nothing but an act has a verb, and nothing but an installation enrolls: this tells the compiler",
      mutants: [
        'isDestructive: intent.type === "act" && destructiveVerbs.has(intent.verb) → destructiveVerbs.has(intent.verb)',
        'classOf: intent.type === "install" && intent.enrolls === true → intent.enrolls === true',
      ],
    },
  ],
  "controller/core/losses.ts": [
    {
      because:
        "no app of Android before or after loses nothing also when it is looked through: it saves work",
      mutants: ["lossesOf: !isConcerned && before?.unnamed === undefined → false"],
    },
  ],
  "controller/core/signing/judge-range.ts": [
    {
      because:
        "of several parents only one leads to all others, and where nobody signed that, nobody is found",
      mutants: [
        'mergedFrom: parent.verdict.type !== "signed" || parent.tree !== one.tree → parent.tree !== one.tree',
      ],
    },
  ],
};

/** The names of those of one file. */
export function explained(file: string): ReadonlySet<string> {
  return new Set((survivors[file] ?? []).flatMap(({ mutants }) => mutants));
}
