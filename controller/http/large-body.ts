import type { FastifyRequest } from "fastify";

/** Bodies up to this size, in bytes, are read before anything is asked, and are not counted. */
export const smallBody = 65_536;

/** How large the body of a request will be: as it says, or as large as it may be when it does not say. */
export function expectedBytes(request: FastifyRequest, limit: number): number {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  if (length !== undefined) return Math.min(Number(length), limit);
  return encoding === undefined ? 0 : limit;
}
