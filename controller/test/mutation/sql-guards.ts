import { actsContract } from "../../store/contract-acts.ts";
import { afterwardsContract } from "../../store/contract-afterwards.ts";
import { aloneContract } from "../../store/contract-alone.ts";
import { approvalsContract } from "../../store/contract-approvals.ts";
import { attemptsContract } from "../../store/contract-attempts.ts";
import { breakerContract } from "../../store/contract-breaker.ts";
import { carriedOutContract } from "../../store/contract-carried-out.ts";
import { coolOffContract } from "../../store/contract-cool-off.ts";
import { dangerContract } from "../../store/contract-danger.ts";
import { deletionContract } from "../../store/contract-deletion.ts";
import { disruptionContract } from "../../store/contract-disruption.ts";
import { epochsContract } from "../../store/contract-epochs.ts";
import { erasedWordsContract } from "../../store/contract-erased-words.ts";
import { erasureContract } from "../../store/contract-erasure.ts";
import { gateKindContract } from "../../store/contract-gate-kind.ts";
import { guardsContract } from "../../store/contract-guards.ts";
import { releaseContract } from "../../store/contract-release.ts";
import { retentionContract } from "../../store/contract-retention.ts";
import { rolloutsContract } from "../../store/contract-rollouts.ts";
import { sealsContract } from "../../store/contract-seals.ts";
import { tellingContract } from "../../store/contract-telling.ts";
import { vouchingContract } from "../../store/contract-vouching.ts";
import { watchingContract } from "../../store/contract-watching.ts";
import { windowClockContract } from "../../store/contract-window-clock.ts";
import type { TestStores } from "../../store/test-stores.ts";

type Contract = (stores: TestStores) => void;

/** What guards in the database, and the contracts that know all of it. The likeliest killers come first. */
export const sqlGuards: Readonly<Record<string, readonly Contract[]>> = {
  "reeve.is_destructive_verb": [dangerContract],
  "reeve.is_destructive": [dangerContract],
  "reeve.is_gated": [dangerContract],
  "reeve.needs_approval": [dangerContract],
  "reeve.keep_ended": [vouchingContract, attemptsContract],
  "reeve.gate_elapsed": [coolOffContract],
  "reeve.window_tick": [windowClockContract],
  "reeve.gate_tick": [coolOffContract],
  "reeve.gate_kind": [gateKindContract],
  "reeve.setting_of": [coolOffContract],
  "reeve.begin_epoch": [epochsContract],
  "reeve.open_user_channel": [epochsContract],
  "reeve.know_act": [tellingContract],
  "reeve.tell_act": [tellingContract],
  event_of_act: [tellingContract],
  act_told: [tellingContract],
  "reeve.wave_position": [rolloutsContract],
  "reeve.mark_of": [vouchingContract],
  "reeve.daily_limit": [coolOffContract, breakerContract],
  "reeve.disruptive_limit": [coolOffContract, disruptionContract],
  "reeve.is_carried_out": [afterwardsContract, carriedOutContract],
  "reeve.note_lifecycle": [afterwardsContract],
  "reeve.note_deletion": [deletionContract],
  act_target_lifecycle: [afterwardsContract],
  act_target_deletion: [deletionContract],
  "reeve.is_vouched": [vouchingContract],
  "reeve.trip": [vouchingContract, breakerContract],
  "reeve.check_act": [vouchingContract, breakerContract, carriedOutContract],
  "reeve.gate_watch": [watchingContract, breakerContract],
  "reeve.void_lifts": [breakerContract],
  "reeve.lift": [breakerContract, guardsContract],
  "reeve.approvals_of": [approvalsContract, guardsContract, coolOffContract, aloneContract],
  "reeve.cool_off_of": [coolOffContract, aloneContract],
  "reeve.ready_in": [coolOffContract, carriedOutContract],
  "reeve.approve": [approvalsContract, guardsContract, disruptionContract, aloneContract, breakerContract],
  "reeve.release_act": [
    attemptsContract,
    releaseContract,
    disruptionContract,
    coolOffContract,
    aloneContract,
    breakerContract,
    guardsContract,
    carriedOutContract,
  ],
  "reeve.vouch_with": [vouchingContract],
  "reeve.act_digest": [actsContract, vouchingContract],
  "reeve.note_unsealed": [sealsContract],
  "reeve.erase_device": [erasureContract, carriedOutContract],
  "reeve.erase_records": [erasureContract, erasedWordsContract, carriedOutContract],
  "reeve.erase_owed": [erasedWordsContract, erasureContract],
  "reeve.forget_device": [erasureContract],
  "reeve.event_leaf": [sealsContract],
  "reeve.merkle_root": [sealsContract],
  "reeve.seal_hash": [sealsContract],
  "reeve.seal_events": [sealsContract],
  seal_only_grows: [sealsContract],
  event_only_grows: [sealsContract],
  "reeve.is_lasting": [sealsContract],
  "reeve.prune_events": [retentionContract],
  "reeve.prune_slice": [retentionContract],
};
