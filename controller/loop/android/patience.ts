import { Retry } from "../../errors.ts";

/** Tells one thing that Google does not answer about from a Google that does not answer. */
export interface Patience {
  /** A call was answered, whatever the answer was. */
  readonly answered: () => void;
  /**
   * A call failed, and it goes on with what comes behind. Throws the error when that would do no better: it is no
   * failure of one call, or too many in a row went without an answer.
   */
  readonly failed: (error: unknown) => void;
  /** The last failure that was gone past. */
  readonly last: () => Retry | undefined;
}

const mostInARow = 3;

/** The patience of one round. */
export function patience(): Patience {
  let inARow = 0;
  let last: Retry | undefined;
  return {
    answered: () => {
      inARow = 0;
    },
    failed: (error) => {
      if (!isOfOneCall(error)) throw error;
      inARow++;
      last = error;
      if (inARow >= mostInARow) throw error;
    },
    last: () => last,
  };
}

function isOfOneCall(error: unknown): error is Retry {
  return error instanceof Retry && (error.code === "google-unanswered" || error.code === "google-conflict");
}
