/** What a process of reeve ends with; documented in docs/cli.md. */
export const exitCodes = {
  inOrder: 0,
  problems: 1,
  /** Only `plan --detailed-exitcode`. */
  changesPending: 2,
  couldNotRun: 3,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
