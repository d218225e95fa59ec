import { describe, it } from "vitest";
import { storeContract } from "./contract.ts";
import { postgres } from "./test-stores.ts";

const server = await postgres();
if (server !== undefined) storeContract(server);
else describe("postgres", () => it("cannot run here; see the line on standard error", () => {}));
