import { aloneContract } from "../../store/contract-alone.ts";
import { approvalsContract } from "../../store/contract-approvals.ts";
import { breakerContract } from "../../store/contract-breaker.ts";
import { disruptionContract } from "../../store/contract-disruption.ts";
import { guardsContract } from "../../store/contract-guards.ts";
import type { TestStores } from "../../store/test-stores.ts";

type Contract = (stores: TestStores) => void;

/** What guards in the database, and the contracts that know all of it. The likeliest killers come first. */
export const sqlGuards: Readonly<Record<string, readonly Contract[]>> = {
  "reeve.lift": [breakerContract, guardsContract],
  "reeve.approve": [approvalsContract, guardsContract, disruptionContract, aloneContract, breakerContract],
};
