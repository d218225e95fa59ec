/** Compares dotted versions by their numbers: negative when `a` is older. `18` equals `18.0`. */
export function compareVersions(a: string, b: string): number {
  const left = numbers(a);
  const right = numbers(b);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** True when the text is a dotted version such as `17`, `18.1` or `26.0.1`. */
export function isVersion(text: string): boolean {
  return /^\d{1,6}(\.\d{1,6}){0,4}$/.test(text);
}

function numbers(version: string): number[] {
  return version.split(".").map((part) => Number.parseInt(part, 10) || 0);
}
