/** A file that guards, and the cheapest tests that know all of it. */
export interface GuardFile {
  readonly file: string;
  readonly tests: readonly string[];
}

const core = (name: string, ...tests: readonly string[]): GuardFile => ({
  file: `controller/core/${name}.ts`,
  tests: tests.map((test) => `controller/core/${test}.test.ts`),
});

export const guardFiles: readonly GuardFile[] = [
  core("stops", "stops"),
  core("repeated", "repeated"),
  core("act-digest", "act-digest"),
  core("freeze", "freeze"),
  core("lifecycle", "lifecycle"),
  core("rollout-judgement", "rollout"),
  core("admission", "admission", "admission-kept", "leaving", "app-losses"),
  core("armed", "armed"),
  core("armed-reach", "armed-reach"),
  core("armed-settings", "armed-settings"),
  core("armed-outcome", "armed-outcome"),
  core("armed-stake", "arming"),
  core("arming", "arming"),
  core("armed-stand", "armed-stand"),
  core("armed-order", "armed-order"),
  core("rollout", "rollout"),
  core("rollout-layers", "rollout-layers", "rollout"),
  core("rollout-sync", "rollout-sync"),
  core("seen-policies", "seen-policies"),
  core("rollout-touch", "rollout-touch"),
  core("rollout-health", "rollout-health"),
  core("window-gates", "window-gates"),
  core("window", "window"),
  core("local-time", "local-time"),
  core("sent-within", "sent-within"),
  core("waiting", "held-changes"),
  core("membership", "membership"),
  core("membership-loss", "membership-loss"),
  core("effects", "effects"),
  core("ending", "endings"),
  core("finish-act", "endings"),
  core("situation", "endings"),
  core("protections", "endings"),
  core("caution", "caution"),
  core("apps-first", "apps-first"),
  core("act-candidates", "act-candidates"),
  core("asked-anew", "asked-anew"),
  core("android-armed", "android-armed"),
  core("intent", "intent"),
  { file: "controller/store/vouch.ts", tests: ["controller/store/vouch.test.ts"] },
  core("losses", "losses", "app-losses"),
  core("risk", "risk"),
  core("isolation", "isolation"),
  core("persons", "persons"),
  core("signing/judge-range", "signing/judge-range"),
  core("android-acts", "android-acts"),
];
