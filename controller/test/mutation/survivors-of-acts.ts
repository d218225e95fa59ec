import type { Explained } from "./explained.ts";

/** Those of what an act may be where, of what is held of a device, and of the seals of the history. */
export const survivorsOfActs: Readonly<Record<string, readonly Explained[]>> = {
  "controller/core/android-acts.ts": [
    {
      because: "no number is read from undefined either: this tells the compiler",
      mutants: ['versionOf: osVersion?.value ?? "" → osVersion?.value'],
    },
    {
      because: "no other act has this parameter",
      mutants: [
        'valueRefusal: verb === "clearPasscode" && version >= 14 → version >= 14',
        'valueRefusal: verb === "addEsim" && activate === true → activate === true',
      ],
    },
    {
      because: "a level of patches is a day of a month, and none is the month alone",
      mutants: ["refusalNow: patch >= secondQuarterly → patch > secondQuarterly"],
    },
    {
      because: "who asks has asked before whether Android has such a command: this tells the compiler",
      mutants: ["androidActOn: commands[verb] ?? {} → commands[verb]"],
    },
  ],
  "controller/core/check-chain.ts": [
    {
      because: "no seal is of the first hour of 1970",
      mutants: ["createChainCheck: 0 → 1 (3)"],
    },
  ],
  "controller/core/lapse.ts": [
    {
      because: "without anything that lasts nothing comes of it either: it saves work",
      mutants: ["settleLapsed: limited.length === 0 && start.state.ends === undefined → false"],
    },
  ],
  "controller/core/declared-state.ts": [
    {
      because: "nothing is told later than at a time when it was never told, nor before 1970",
      mutants: [
        "declaredState: state.collected.declarations ?? -1 → state.collected.declarations",
        "declaredState: 1 → 2",
      ],
    },
    {
      because: "what is declared has parts: this tells the compiler",
      mutants: ["declaredState: item.parts ?? [] → item.parts"],
    },
  ],
  "controller/core/standing.ts": [
    {
      because: "what is left out has the same number everywhere, whichever that is",
      mutants: ["standingOf: 0 → 1", "standingOf: 0 → 1 (2)"],
    },
  ],
};
