import { type Explained, sign } from "./explained.ts";

/** Survivors in what says which device gets what, and when: waves, windows, membership. */
export const survivorsOfReach: Readonly<Record<string, readonly Explained[]>> = {
  "controller/core/sent-within.ts": [
    {
      because: "what is remembered of windows, and how much, decides on no answer: it saves work",
      mutants: [
        "module: 1_000 → 1001",
        "stateIn: at / 1_000 → at * 1_000",
        "stateIn: workedOut.size >= mostRemembered → true",
        "stateIn: workedOut.size >= mostRemembered → false",
        "stateIn: workedOut.size >= mostRemembered → workedOut.size > mostRemembered",
        "stateIn: workedOut.size >= mostRemembered → workedOut.size < mostRemembered",
        "stateIn: workedOut.clear(); → ;",
        "stateIn: workedOut.set(key, known); → ;",
      ],
    },
  ],
  "controller/core/rollout-layers.ts": [
    {
      because: "without any layer there is none under the first: this tells the compiler",
      mutants: [
        "beginWave: top === undefined || under.length === 0 → under.length === 0",
        "layersAborted: top === undefined || base === undefined → base === undefined",
      ],
    },
  ],
  "controller/core/seen-policies.ts": [
    {
      because: sign,
      mutants: [
        "withRollouts: a.policy < b.policy → a.policy <= b.policy",
        "withRollouts: 1 → 2 (2)",
        "withRollouts: 1 → 2 (3)",
        "byPriority: a.name < b.name → a.name <= b.name",
        "byPriority: 1 → 2",
        "byPriority: 1 → 2 (2)",
      ],
    },
  ],
  "controller/core/rollout-touch.ts": [
    {
      because: "without any layer there is no older one that differs: this tells the compiler",
      mutants: ["touchOf: newest === undefined → false"],
    },
    {
      because: "what a state says is worked out once, and only where it is asked for: it saves work",
      mutants: ["remembered: known.set(desired, digest); → ;", "touchOf: disputed.length === 0 → false"],
    },
    {
      because:
        "where no set has rollouts all versions look alike, and nothing is disputed: this tells the compiler",
      mutants: ["disputedAtLast: states.compiled.rollouts ?? [] → states.compiled.rollouts"],
    },
  ],
  "controller/core/rollout-health.ts": [
    {
      because: "no attempt and one are both fewer than three",
      mutants: [
        "healthOf: state.progress[key]?.attempts ?? 0 → state.progress[key]?.attempts",
        "healthOf: 0 → 1",
      ],
    },
  ],
  "controller/core/window.ts": [
    {
      because: "where none of them is a fault none is left out: this tells the compiler",
      mutants: ['readOf: found.filter((one) => typeof one !== "string") → found'],
    },
    {
      because: "a gate that is shut has a window, whose zone is known: this tells the compiler",
      mutants: ['told: first?.zone ?? "UTC" → first?.zone', "told: local === undefined → false"],
    },
  ],
  "controller/core/local-time.ts": [
    {
      because: "a search for a change of the clock that finds none ends at the same instant: it saves work",
      mutants: ["nextOnClock: offsetAt(timeZone, first) === offset → false"],
    },
    {
      because: "Intl tells every part that it was asked for: this tells the compiler",
      mutants: ["offsetAt: parts.get(name) ?? 0 → parts.get(name)", "offsetAt: 0 → 1"],
    },
    {
      because: "a clock is opened once for each zone: it saves work",
      mutants: ["clockOf: clocks.has(timeZone) → false", "clockOf: clocks.set(timeZone, clock); → ;"],
    },
  ],
  "controller/core/awaited-links.ts": [
    {
      because: "what is not there is not lost: this tells the compiler",
      mutants: [
        "isTaken: left.effects ?? {} → left.effects",
        "isTaken: network !== undefined && isLost({ network }) → isLost({ network })",
        "isTaken: trust !== undefined && isLost({ trust }) → isLost({ trust })",
      ],
    },
    {
      because: "items are looked at only where something is granted: this tells the compiler",
      mutants: [
        "goesOverLink: situation.granted ?? {} → situation.granted",
        "isTrusted: granted ?? {} → granted",
      ],
    },
  ],
  "controller/core/awaited-items.ts": [
    {
      because: "what is declared again waits for the same by either way",
      mutants: [
        'awaitedEnd: item.kind !== "Profile" || !isDeclared(item.id, situation.observed) → !isDeclared(item.id, situation.observed)',
      ],
    },
    {
      because: "what a device has by declaration was handed to it: this tells the compiler",
      mutants: ["awaitedEnd: entry && heirOf(entry, situation) → heirOf(entry, situation)"],
    },
    {
      because: "it is worked out again: this saves work",
      mutants: ["awaitedIn: known.set(item, found); → ;"],
    },
  ],
  "controller/core/put-back.ts": [
    {
      because: "what no guard has put back has its name and its identifier alone: nothing waits for it",
      mutants: ["putBackBy: desired.items.filter(({ observe }) => observe) → desired.items"],
    },
  ],
  "controller/core/vain-waits.ts": [
    {
      because: "what is there waits for nothing: it saves work",
      mutants: [
        'vainWait: granted.items.filter( (item) => itemState(item, situation.ob … ituation.state).type === "missing", ) → granted.items',
      ],
    },
  ],
  "controller/core/beside-kept.ts": [
    {
      because: "rounds in which nothing waits change nothing: it saves work",
      mutants: ["besideKept: blocked.length === 0 → false"],
    },
  ],
  "controller/core/in-place-of.ts": [
    {
      because: "what is not there is not lost: this tells the compiler",
      mutants: [
        "successorsOf: over !== undefined && loses({ ...item, effects: { network: over } }, same, []) → loses({ ...item, effects: { network: over } }, same, [])",
        "successorsOf: root !== undefined && loses({ ...item, effects: { trust: root } }, same, []) → loses({ ...item, effects: { trust: root } }, same, [])",
      ],
    },
    {
      because: "who takes the place of nothing has nothing to remember: it saves work",
      mutants: [
        "inPlaceOf: [...inherited, ...own] .map((place) => ({ ...place, left: pl … filter(({ left }) => left.length > 0) → [...inherited, ...own] .map((place) => ({ ...place, left: pl … ter((one) => !isBack(one, given)) }))",
        "inPlaceOf: left.length > 0 → left.length >= 0",
      ],
    },
    { because: sign, mutants: ["distinct: a < b → a <= b", "distinct: 1 → 2", "distinct: 1 → 2 (2)"] },
  ],
  "controller/core/waiting.ts": [
    {
      because: sign,
      mutants: ["windowsIn: a < b → a <= b", "windowsIn: 1 → 2", "windowsIn: 1 → 2 (2)"],
    },
  ],
  "controller/core/membership.ts": [
    {
      because: "a device is in no group that is not declared: this tells the compiler",
      mutants: [
        "certainGroups: group === undefined || !membership.groups.includes(name) → !membership.groups.includes(name)",
      ],
    },
    {
      because: "no list of persons holds undefined: this tells the compiler",
      mutants: [
        "userGroupsOf: user === undefined → false",
        "contains: user !== undefined && target.users.has(user) → target.users.has(user)",
      ],
    },
  ],
  "controller/core/membership-loss.ts": [
    {
      because: sign,
      mutants: [
        "createTally: a.group < b.group → a.group <= b.group",
        "createTally: 1 → 2",
        "createTally: 1 → 2 (2)",
      ],
    },
  ],
  "controller/core/effects.ts": [
    {
      because: "a mark is never an empty text, so that none and an empty one need not be the same",
      mutants: ['androidEffects: mark ?? "" → mark', 'androidEffects: mark ?? "" → mark (2)'],
    },
  ],
  "controller/core/finish-act.ts": [
    {
      because: "what is no act is none of the acts that may erase: this tells the compiler",
      mutants: [
        'failAct: sent.intent.type !== "act" || !mayErase(situation, sent.intent.act, errors) → !mayErase(situation, sent.intent.act, errors)',
      ],
    },
  ],
};
