import { storeContract } from "./contract.ts";
import { pglite } from "./test-stores.ts";

storeContract(pglite);
