-- What Google's record of a device says beside its policy, for people: the state that it has come to, whether it
-- complies, what it does not comply with.
alter table reeve.android_device add column management jsonb not null default '{}';

-- The policies that the device has applied, the last one first, at most twenty: with what was written to a policy they
-- say what the device was sent and when it had it, without a row for each device and policy.
alter table reeve.android_device add column history jsonb not null default '[]';
