/** What Google sent is not what its documentation says; nothing of it is used. */
export class ReadingError extends Error {
  override readonly name = "ReadingError";
}
