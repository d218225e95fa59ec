const passwordName =
  /(password|passphrase|sharedsecret|presharedkey|passcode|^pin|^challenge|activationcode|^psk|^current)$/i;

/** Whether what a field of this name says is a password, in Apple's, Google's and our own words. */
export function isPasswordName(name: string): boolean {
  return passwordName.test(name);
}

/**
 * Whether a line of a manifest tells a password in clear: the value of a field with such a name, which is neither a
 * truth value nor a reference. A mapping's own fields are looked at one by one.
 */
export function showsPassword(line: string): boolean {
  return [...line.matchAll(/([A-Za-z][\w-]*)["']?\s*:/g)].some((found) => {
    const value = line.slice(found.index + found[0].length).trim();
    return isPasswordName(found[1] ?? "") && !harmless.test(value);
  });
}

const harmless = new RegExp(
  [
    "^$|^#",
    String.raw`^\{\s*($|\}|["']?[\w$-]+["']?\s*:)`,
    String.raw`^(""|''|true|false|null|~)\s*($|[,}\]#])`,
    String.raw`^(?<quote>["']?)\$\{[^}"']*\}\k<quote>\s*($|[,}\]#])`,
  ].join("|"),
);
