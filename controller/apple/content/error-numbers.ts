/** What the numbers of App and Book Management mean for people (Apple: Service Config, errorCodes). */
const meanings: Readonly<Record<number, string>> = {
  9601: "the content token is missing",
  9602: "the service did not understand an argument",
  9603: "the service has an internal error",
  9609: "the user is not registered",
  9616: "the licence is assigned already",
  9619: "the licence is not assigned",
  9621: "the content token has expired",
  9622: "the content token is not valid",
  9625: "the content token was revoked",
  9634: "the service was removed",
  9646: "there were too many requests",
  9700: "too many apps in one request",
  9702: "too many serial numbers in one request",
  9705: "a serial number stands twice in one request",
  9706: "licences of this item cannot be taken back",
  9707: "licences of this item cannot be assigned to devices",
  9708: "the service does not know the event",
  9709: "there are not enough licences",
  9722: "the service did not understand the content token",
};

/** Numbers that say that the token is of no use, whatever is asked. */
export const ofTheToken: ReadonlySet<number> = new Set([9601, 9621, 9622, 9625, 9722]);

/** The service asks for fewer requests. */
export const tooMany = 9646;

/** Too few licences are left. */
export const notEnough = 9709;

/** The service does not know the event that was asked about. */
export const unknownEvent = 9708;

/** The reason of a number, else what the service says, else the number. */
export function meaningOf(number: number, said: string): string {
  const known = meanings[number];
  if (known !== undefined) return `${known} (${number})`;
  return said === "" ? `the service refused it (${number})` : `${said} (${number})`;
}
