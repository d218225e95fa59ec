import type { Arm } from "./armed.ts";
import type { Lift, Said, Statements } from "./arming.ts";
import type { Compiled } from "./compiled.ts";
import type { DesiredStates } from "./desired-states.ts";
import { certainGroups, isTargeted } from "./membership.ts";
import type { AdmissionGroup } from "./ports.ts";

/** What a policy set says of what is at stake, and how it comes to devices. */
export interface Saying {
  readonly compiled: Compiled;
  readonly states: Pick<DesiredStates, "membershipOf">;
  readonly statements: readonly Statements[];
  /** What devices may still have of policies that are being rolled out. */
  readonly older: readonly Statements[];
  readonly lifts: readonly Lift[];
}

/** What is said to the devices of a set about what is at stake. */
export interface Stand {
  /** Equal ones decide alike. */
  readonly texts: ReadonlySet<string>;
  readonly said: readonly Said[];
  readonly settings: Statements["settings"];
  readonly rivals: readonly { readonly policy: string; readonly text: string }[];
  readonly arms: readonly { readonly policy: string; readonly arm: Arm }[];
  readonly lifts: readonly Lift[];
  readonly rolls: boolean;
}

/** What this policy set says to these devices. */
export function standOf(
  { compiled, states, statements, older, lifts }: Saying,
  group: AdmissionGroup,
): Stand {
  const { facts, named, kind = "device", user } = group;
  const subject = { facts: facts.body, named, channel: kind, user };
  const membership = states.membershipOf(group);
  const isMine = ({ target }: Pick<Statements, "target">): boolean => isTargeted(target, subject, membership);
  const mine = statements.filter(isMine);
  const before = older.filter(isMine);
  const lifted = lifts.filter(isMine);
  const secret = mine.filter((one) => one.secret);
  const certain = secret.length === 0 ? [] : certainGroups(compiled, subject, membership);
  const trust = secret.map(
    ({ policy, target }) => `trust ${policy} ${target.groups.map((name) => certain.includes(name)).join()}`,
  );
  const platform = facts.body.platform?.value;
  // What a device has not said yet may be either.
  const isOf = ({ by }: Arm): boolean =>
    platform === undefined || (by === "apple") === (platform !== "android");
  const said = mine.flatMap((one) => one.said);
  return {
    texts: new Set([
      ...[...said, ...mine.flatMap(({ rivals }) => rivals), ...lifted].map(({ text }) => text),
      ...trust,
    ]),
    said,
    settings: mine.flatMap(({ settings }) => settings),
    rivals: [...mine, ...before].flatMap(({ policy, rivals }) =>
      rivals.map(({ text }) => ({ policy, text })),
    ),
    arms: [...mine, ...before].flatMap(({ policy, arms }) =>
      arms.filter(isOf).map((arm) => ({ policy, arm })),
    ),
    lifts: lifted,
    rolls: before.length > 0 || mine.some(({ rolls }) => rolls),
  };
}
