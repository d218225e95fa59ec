/** `7be2-91c4-e0aa`: the first twelve digits of a digest, for people to compare and to type. */
export function shortDigest(digest: string): string {
  const digits = digest
    .replace(/[^0-9a-z]/gi, "")
    .toLowerCase()
    .slice(0, 12);
  return digits.match(/.{1,4}/g)?.join("-") ?? "";
}

/** `9d03e11`: a revision as people know it. */
export function shortRevision(revision: string): string {
  return /^[0-9a-f]{8,}$/i.test(revision) ? revision.slice(0, 7) : revision;
}
