/** Why the gate does not let an act go now, by the word that it answers with. */
const waits: Readonly<Record<string, string>> = {
  budget: "it waits for room: the budget of what destroys, or disrupts, is used up for now",
  daily: "it waits for room: the day's ceiling of devices that are destroyed is reached",
  canary: "it waits for the first device of its act to answer, or an hour",
  "cool-off": "it cools off",
  solo: "it waits: in solo one device goes in an hour",
  "break-glass-used": "break-glass was used within the last 24 hours",
  withdrawn: "it was withdrawn",
  suspended: "the device is suspended",
  "not-approved": "its approval ended",
};

/** What a refusal of the gate means to whoever waits for the act; a word that has no sentence stays as it is. */
export function refusalSaid(reason: string): string {
  const latches = /^stopped: (.+)$/.exec(reason)?.[1];
  if (latches !== undefined) return `it waits: acts are stopped (${latches})`;
  return waits[reason] ?? reason;
}
