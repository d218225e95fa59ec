import { expect, it } from "vitest";
import { postgres } from "./test-stores.ts";

const server = await postgres();
it.runIf(server !== undefined)("opens enforced", async () => {
  await using database = await server!.fresh();
  await using store = await database.open();
  expect(store.gate).toBe("enforced");
});
