/**
 * The identities under which somebody is known, folded so that spellings of one compare equal: Unicode NFKC, no
 * invisible characters, lower case. An address counts as its local part too: `alice` may well be `alice@acme.example`,
 * and whoever cannot be told apart from an author does not approve.
 */
export function identitiesOf(texts: readonly string[]): readonly string[] {
  const folded = texts.map(foldName).flatMap((one) => [one, localPart(one)]);
  return [...new Set(folded.filter((one) => one !== ""))].sort();
}

/** One spelling of a name or an address, so that two that look alike are alike. */
export function foldName(text: string): string {
  return text
    .normalize("NFKC")
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, "")
    .replaceAll(/\s+/gu, " ")
    .trim()
    .toLowerCase();
}

/** Without what follows a plus sign, and without the number that forges put before it. */
function localPart(folded: string): string {
  const at = folded.lastIndexOf("@");
  if (at < 1) return "";
  const [first = "", second = ""] = folded.slice(0, at).split("+");
  return /^\d+$/.test(first) && second !== "" ? second : first;
}
