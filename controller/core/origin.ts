/** A place in a file of the policy repository. Line and column start at 1; `file` is relative to its root. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
