-- What the two login roles may do. Applied by the owner after each migration, where the roles exist; it can run again.
revoke all on schema reeve from public;
revoke all on all tables in schema reeve from public, reeve_app, reeve_approver;
revoke all on all functions in schema reeve from public, reeve_app, reeve_approver;
grant usage on schema reeve to reeve_app, reeve_approver;

-- The application reads everything but what says how far it is trusted.
grant select on all tables in schema reeve to reeve_app;
revoke all on reeve.setting from reeve_app;

grant insert, delete on reeve.interned to reeve_app;
grant insert on reeve.content, reeve.quarantine, reeve.budget_use to reeve_app;
grant insert, update, delete on reeve.detail, reeve.channel_secret, reeve.control, reeve.revision, reeve.challenge,
  reeve.link, reeve.overdue, reeve.silent, reeve.concern, reeve.receiver, reeve.told, reeve.lease, reeve.material, reeve.certificate, reeve.licence, reeve.licence_call to reeve_app;
grant insert, update (epoch, sealed, at), delete on reeve.kept to reeve_app;
grant insert, update, delete on reeve.enrollment_server, reeve.enrollment_device, reeve.enrollment_profile,
  reeve.portal_activity
  to reeve_app;
grant insert, update, delete on reeve.android_device, reeve.android_policy, reeve.android_policy_version,
  reeve.android_rendering, reeve.android_token, reeve.android_hint
  to reeve_app;
-- What becomes of a device is written by the act that it has carried out. It comes back, and persons readmit it.
grant update (refused_at, ended_at, erase_failed_at) on reeve.lifecycle to reeve_app;
grant update (failed_at) on reeve.deletion to reeve_app;
grant update (asked_at, trouble, ended_at) on reeve.portal_release to reeve_app;
grant insert, update, delete on reeve.rollout to reeve_app;
grant delete on reeve.quarantine to reeve_app;
grant insert, update on reeve.meta to reeve_app;

-- Which device a channel belongs to, and in which epoch, is decided by begin_epoch and open_user_channel alone.
grant update (reported, enrolled_as, declared, facts_id, named, alias, suspended, awaiting, licences)
  on reeve.device to reeve_app;
grant update (status, certificate, topic, version, state, phases, granted_id, granted_at, observed_id, due_at, last_seen_at,
  pushes, token_dead, user_name) on reeve.channel to reeve_app;

-- The ledger: kind, payload and target of a command never change, and that of an act comes from the gate.
grant insert (id, channel, device, epoch, intent, request_type, subject, class, attempt, status, sent_at)
  on reeve.command to reeve_app;
grant update (status, closed_at, errors, note, put_off) on reeve.command to reeve_app;
alter table reeve.command enable row level security;
drop policy if exists command_read on reeve.command;
drop policy if exists command_insert on reeve.command;
drop policy if exists command_update on reeve.command;
create policy command_read on reeve.command for select to reeve_app using (true);
create policy command_insert on reeve.command for insert to reeve_app
  with check (not destructive and not reeve.is_gated(intent));
-- The status of an act's command may be recorded, but it never counts as sent again.
create policy command_update on reeve.command for update to reeve_app using (true)
  with check ((not destructive and not reeve.is_gated(intent)) or status <> 'sent');

-- Acts are frozen: inserted once, then only their statuses move. What was filed before acts were vouched for is the
-- owner's word.
grant insert (
    id, name, content, author, verified, approvals, reason, revision, expires_at, created_at, persons, cool_off_ms, mac)
  on reeve.act to reeve_app;
grant insert (act, device, epoch, verb, parameters, status, note, updated_at) on reeve.act_target to reeve_app;
grant update (status, note, updated_at) on reeve.act_target to reeve_app;
grant insert on reeve.act_withdrawal to reeve_app;
grant insert, update on reeve.act_refusal to reeve_app;

grant insert (at, type, device, subject, message, by_person, revision) on reeve.event to reeve_app;
grant insert on reeve.event_word to reeve_app;
grant insert, update, delete on reeve.day_count, reeve.revision_change to reeve_app;

-- A latch may be engaged by the application and is lifted by a function of the approver's. Nobody renames one: the
-- daemon knows the kill switch by its name, and it would be off. Who is behind it the database says.
grant insert (name, engaged, reason, by_person, at), update (engaged, reason, by_person, at) on reeve.latch to reeve_app;
grant select on reeve.latch to reeve_approver;
alter table reeve.latch enable row level security;
drop policy if exists latch_read on reeve.latch;
drop policy if exists latch_engage on reeve.latch;
drop policy if exists latch_engage_again on reeve.latch;
drop policy if exists latch_lift on reeve.latch;
create policy latch_read on reeve.latch for select to reeve_app, reeve_approver using (true);
create policy latch_engage on reeve.latch for insert to reeve_app with check (engaged);
create policy latch_engage_again on reeve.latch for update to reeve_app using (true) with check (engaged);

grant select on reeve.act, reeve.act_target, reeve.approval, reeve.release to reeve_approver;

grant execute on function
  reeve.now_ms, reeve.begin_epoch, reeve.open_user_channel, reeve.is_destructive, reeve.is_destructive_verb,
  reeve.is_gated, reeve.needs_approval, reeve.disruptive_limit, reeve.digest_field, reeve.act_digest,
  reeve.gate_kind, reeve.release_act, reeve.prune_slice, reeve.prune_events, reeve.seal_events, reeve.vouch_with,
  reeve.is_vouched, reeve.check_act, reeve.gate_watch, reeve.ready_in, reeve.daily_limit,
  reeve.wave_position, reeve.window_tick
  to reeve_app;
grant execute on function reeve.now_ms, reeve.digest_field, reeve.act_digest, reeve.approve, reeve.lift to reeve_approver;
grant execute on function reeve.erase_device, reeve.erase_owed, reeve.forget_device to reeve_app;
