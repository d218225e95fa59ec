const dayMs = 86_400_000;

/** Days before its end at which a certificate is spoken of, the last first. */
const expirySteps = [7, 14, 30, 60] as const;

/** The step that has been reached: the least that is not less than the days left; 0 once it has ended. */
export function expiryStep(notAfter: number, now: number): number | undefined {
  if (notAfter <= now) return 0;
  const days = (notAfter - now) / dayMs;
  return expirySteps.find((step) => days <= step);
}

/** The whole days that are left; negative once it has ended. */
export function daysLeft(notAfter: number, now: number): number {
  return Math.floor((notAfter - now) / dayMs);
}

/** `2026-12-01 07:30Z`: a moment of the manifests, which a day alone would tell wrongly in most time zones. */
export function toTheMinute(at: string): string {
  return `${at.slice(0, 16).replace("T", " ")}Z`;
}
