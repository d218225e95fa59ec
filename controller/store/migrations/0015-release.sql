-- The last gate. Every act passes it, not only one that destroys: what disrupts leaves without an approval for few
-- devices in a window, and with one beyond that.

-- One row per command of an act that the gate let through; written by the gate alone. Also the budgets' account.
create table reeve.release (
  id bigint generated always as identity primary key,
  -- Absent where none was needed: what disrupts, and stays within its number.
  approval bigint references reeve.approval,
  act text not null references reeve.act,
  device text not null,
  epoch integer not null,
  command text not null,
  digest text not null,
  at bigint not null,
  -- When, by the gate's own time; long ago where nobody says.
  elapsed bigint not null default -9000000000000000,
  destructive boolean not null default true,
  -- `persons`, `solo` or `break-glass`; absent where no approval was needed.
  path text,
  -- Whoever has the application's rights could say that a device answered NotNow, and have the command handed out once
  -- more: so the controller leaves, with each sending, the SHA-256 of a word that its key and that sending make, and
  -- writes the word itself (command.put_off) only when the device has answered NotNow to it.
  proof text,
  unique (approval, device, epoch)
);
create index release_at on reeve.release (at);
create index release_act on reeve.release (act, device, epoch);

-- The last gate: inserts the command of an act if the latches, the epoch, approvals and budgets allow it, at most
-- once per approval and epoch. What destroys always needs approvals; what disrupts needs them where it is more than
-- the ceiling. Returns 'released', or why not.
create function reeve.release_act(
  p_act text, p_channel text, p_device text, p_epoch integer, p_command jsonb, p_now bigint
) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now bigint := reeve.now_ms(p_now);
  v_elapsed bigint;
  v_act reeve.act;
  v_target reeve.act_target;
  v_digest text;
  v_before reeve.release;
  v_again boolean;
  v_last bigint;
  v_known boolean;
  v_stand record;
  v_severe boolean;
  v_ceiling reeve.ceiling;
  v_enrolled bigint;
begin
  -- A caller with an older snapshot would not see what others have released.
  if current_setting('transaction_isolation') <> 'read committed' then return 'isolation'; end if;
  -- Taken first: releases happen one after the other, and each sees the ones before.
  update reeve.ceiling c set touched_at = v_now
  where c.name = case
    when (select t.destructive from reeve.act_target t where t.act = p_act and t.device = p_device and t.epoch = p_epoch)
    then reeve.gate_kind() else 'disruptive' end
  returning c.* into v_ceiling;
  if v_ceiling.name is null then return 'no-ceiling'; end if;
  perform reeve.gate_watch(p_now);
  v_elapsed := reeve.gate_elapsed(p_now);
  if reeve.check_act(p_act, p_now) then return 'unvouched'; end if;
  -- `armed` holds changes: acts have approvals of their own.
  if exists (select from reeve.latch l where l.engaged and l.name <> 'armed') then
    return 'stopped: ' || (
      select string_agg(l.name, ', ' order by l.name) from reeve.latch l where l.engaged and l.name <> 'armed');
  end if;

  select * into v_act from reeve.act a where a.id = p_act;
  if v_act.id is null then return 'unknown-act'; end if;
  if v_act.expires_at <= v_now then return 'expired'; end if;
  select * into v_target from reeve.act_target t
  where t.act = p_act and t.device = p_device and t.epoch = p_epoch for update;
  if v_target.act is null then return 'not-a-target'; end if;
  -- A command that the device answered NotNow was not executed: the same id may be handed out again, once for each
  -- word that proves such an answer. Only to what left last: words for what left before are known by then.
  select * into v_before from reeve.release r
  where r.act = p_act and r.device = p_device and r.epoch = p_epoch order by r.id desc limit 1;
  v_again := exists (
    select from reeve.command o
    where o.id = p_command->>'id' and o.id = v_before.command and o.status = 'notNow'
      and encode(sha256(convert_to(o.put_off, 'UTF8')), 'hex') = v_before.proof);
  if v_target.status not in ('held', 'ready') and not (v_again and v_target.status = 'sent') then
    return 'over: ' || v_target.status;
  end if;
  -- What a device puts off while somebody withdraws it is ready again: neither has seen the other.
  if exists (select from reeve.act_withdrawal w where w.act = p_act) then return 'withdrawn'; end if;
  -- Shared, so that no new epoch begins between this check and the commit.
  perform from reeve.device d where d.id = p_device and d.epoch = p_epoch for share;
  if not found then return 'epoch'; end if;
  if exists (select from reeve.device d where d.id = p_device and d.suspended is not null) then return 'suspended'; end if;
  if not exists (
    select from reeve.channel c
    where c.id = p_channel and c.device = p_device and c.epoch = p_epoch and c.kind = 'device' and c.status = 'enrolled'
  ) then return 'channel'; end if;
  if p_command->'intent'->>'type' is distinct from 'act' or p_command->'intent'->>'act' is distinct from p_act
    or p_command->'intent'->>'verb' is distinct from v_target.verb or p_command->>'class' is distinct from 'once'
    or reeve.is_destructive(p_command->'intent', p_command->>'requestType') is distinct from v_target.destructive
  then return 'not-this-command'; end if;

  v_digest := reeve.act_digest(p_act);
  v_severe := reeve.needs_approval(v_target.verb, v_target.parameters::jsonb);
  -- An approval is spent by the release that follows it: another attempt needs another approval.
  select max(r.at) into v_last from reeve.release r
  where r.act = p_act and r.device = p_device and r.epoch = p_epoch
    and not (v_again and r.id = v_before.id);
  select * into v_stand from reeve.approvals_of(p_act, v_digest, coalesce(v_last, -1), p_now);
  if v_stand.path is null and (
    v_last is not null or v_severe
    or (select count(*) from reeve.act_target t where t.act = p_act) > reeve.disruptive_limit())
  then return 'not-approved'; end if;
  if v_again then
    update reeve.command o set status = 'sent', closed_at = null, put_off = null where o.id = p_command->>'id';
    update reeve.release r set proof = p_command->>'proof' where r.id = v_before.id;
    update reeve.act_target t set status = 'sent', updated_at = v_now
    where t.act = p_act and t.device = p_device and t.epoch = p_epoch;
    return 'released';
  end if;

  if v_severe then
    if v_elapsed - v_stand.elapsed < reeve.cool_off_of(p_act, v_stand.path, v_elapsed) then return 'cool-off'; end if;
    if v_stand.path = 'solo' and exists (
      select from reeve.release r where r.path = 'solo' and r.elapsed > v_elapsed - 3600000) then return 'solo'; end if;
    if v_stand.path = 'break-glass' and exists (
      select from reeve.release r where r.path = 'break-glass' and r.at > v_now - 86400000) then return 'break-glass-used'; end if;
  end if;
  if v_target.destructive then
    select count(*) into v_enrolled from (
      select from reeve.channel c where c.kind = 'device' and c.status in ('enrolled', 'quarantined') limit 1000000
    ) enrolled;
    -- Whoever is nearer counts: the clock on the wall for days, the gate's own for minutes that a jump would skip.
    if (select count(*) from reeve.release r where r.destructive and (
          r.at > v_now - v_ceiling.window_ms
          or (v_ceiling.window_ms <= 3600000 and r.elapsed > v_elapsed - v_ceiling.window_ms)))
      >= greatest(least(1, v_ceiling.devices), least(v_ceiling.devices, floor(v_enrolled * v_ceiling.percent / 100)))
    then return 'budget'; end if;
    if (select count(*) from reeve.release r, reeve.ceiling c
        where c.name = 'daily' and r.destructive and r.at > v_now - c.window_ms) >= reeve.daily_limit()
    then return 'daily'; end if;
    -- The first of many goes ahead, and the others wait an hour at most for what becomes of it.
    if (select count(*) from reeve.act_target t where t.act = p_act) > reeve.setting_of('canary')::bigint
      and not exists (select from reeve.act_target t where t.act = p_act and t.status = 'executed')
      and v_elapsed - (select min(r.elapsed) from reeve.release r where r.act = p_act) < 3600000
    then return 'canary'; end if;
  elsif v_stand.path is null then
    if (select count(*) from reeve.release r
        where r.approval is null and r.at > v_now - v_ceiling.window_ms) >= reeve.disruptive_limit()
    then return 'budget'; end if;
  end if;

  -- With a new approval a command may go out once more under the id that it had; nothing else of its row changes.
  update reeve.command o set status = 'sent', sent_at = (p_command->>'at')::bigint, closed_at = null, put_off = null
  where o.id = p_command->>'id' and o.channel = p_channel and o.device = p_device and o.epoch = p_epoch
    and o.intent = p_command->'intent' and o.request_type = p_command->>'requestType' and v_stand.path is not null;
  v_known := found;
  if not v_known and exists (select from reeve.command o where o.id = p_command->>'id') then
    return 'not-this-command';
  end if;
  insert into reeve.release (approval, act, device, epoch, command, digest, at, destructive, proof, elapsed, path)
  values (
    case when v_stand.path is not null then v_stand.approval end, p_act, p_device, p_epoch, p_command->>'id', v_digest,
    v_now, v_target.destructive, p_command->>'proof', v_elapsed, v_stand.path);
  if not v_known then
    insert into reeve.command
      (id, channel, device, epoch, intent, request_type, subject, class, attempt, status, sent_at)
    values (
      p_command->>'id', p_channel, p_device, p_epoch, p_command->'intent', p_command->>'requestType',
      'act/' || p_act, 'once', (p_command->>'attempt')::integer, 'sent', (p_command->>'at')::bigint);
  end if;
  update reeve.act_target t set status = 'sent', updated_at = v_now
  where t.act = p_act and t.device = p_device and t.epoch = p_epoch;
  return 'released';
end $$;

revoke all on all functions in schema reeve from public;
