/** `2026-11-20 10:02:31Z`: UTC, so that it means the same to everybody who reads it. */
export function stamp(at: number): string {
  if (!Number.isFinite(at) || Math.abs(at) > 8.64e15) return "unknown";
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")}Z`;
}
