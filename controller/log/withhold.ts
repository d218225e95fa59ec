/** Looks at finished lines for what must never be in one. */
export interface Withholder {
  /** Why a line must not be written; undefined when it may. */
  readonly reasonAgainst: (line: string) => string | undefined;
  /** From now on no line may contain this text: a secret of the configuration, or a canary of a test. */
  readonly guard: (secret: string) => void;
}

const patterns: readonly (readonly [string, RegExp])[] = [
  ["pem", /-----BEGIN [A-Z0-9 ]+-----/],
  ["age-key", /AGE-SECRET-KEY-(PQ-)?1/i],
  ["credentials-in-url", /[a-z][a-z0-9+.-]*:\/\/[^/\s"\\@]*:[^/\s"\\@]+@/i],
  ["bearer-token", /\bbearer\s+[A-Za-z0-9._~+/-]{16,}/i],
  ["push-magic", /PushMagic|UnlockToken|BootstrapToken/],
];

/** The last line of defence: nothing should ever come so far. Short secrets would match by chance and are left out. */
export function createWithholder(): Withholder {
  const guarded = new Set<string>();
  return {
    guard(secret) {
      for (const line of secret.split(/\r?\n/)) {
        if (line.length < 8) continue;
        guarded.add(line);
        guarded.add(JSON.stringify(line).slice(1, -1));
        guarded.add(encodeURIComponent(line));
        guarded.add(Buffer.from(line).toString("base64").replace(/=+$/, ""));
      }
    },
    reasonAgainst(line) {
      for (const [name, pattern] of patterns) if (pattern.test(line)) return name;
      for (const secret of guarded) if (line.includes(secret)) return "guarded";
      return undefined;
    },
  };
}
