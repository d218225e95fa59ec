type Fields = Readonly<Record<string, unknown>>;

const mark = "[secret]";

/**
 * Fields of requests and answers that hold secrets: a new passcode, which an operation repeats in its metadata; what
 * enrolls a device; what downloads an eSIM; passwords of networks (Open Network Configuration).
 */
const secretNames: ReadonlySet<string> = new Set([
  "activationCode",
  "enterpriseToken",
  "newPassword",
  "Passphrase",
  "Password",
  "PKCS12",
  "qrCode",
  "signinEnrollmentToken",
]);

/** Resources whose `value` is what they are for. */
const tokenName = /\/(enrollmentTokens|migrationTokens|webTokens)\//;

/** A copy of what was sent or answered that may be logged, shown and stored. */
export function withoutSecrets<T>(value: T): T {
  return redacted(value) as T;
}

function redacted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redacted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, one]) => [
    name,
    isSecret(name, one, value as Fields) ? mark : redacted(one),
  ]);
  return Object.fromEntries(entries);
}

/** The texts of a request or an answer that nobody may see. */
export function secretsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(secretsIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) =>
    isSecret(name, one, value as Fields) ? [String(one)] : secretsIn(one),
  );
}

function isSecret(name: string, value: unknown, beside: Fields): boolean {
  if (typeof value !== "string" || value === "") return false;
  if (secretNames.has(name)) return true;
  return name === "value" && typeof beside.name === "string" && tokenName.test(beside.name);
}

/** A text of Google's for people: without these secrets, on one line, and not longer than fits. */
export function cleanText(text: string, secrets: readonly string[] = []): string {
  // The longest first: one may be a part of another.
  const known = [...secrets].filter((secret) => secret !== "").sort((a, b) => b.length - a.length);
  const clean = known.reduce((one, secret) => one.replaceAll(secret, mark), text);
  const line = clean.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  return line.length > 500 ? `${line.slice(0, 497)}...` : line;
}
