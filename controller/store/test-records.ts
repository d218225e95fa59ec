import type { Store } from "./open.ts";
import { enroll } from "./test-fleet.ts";
import type { TestDatabase } from "./test-stores.ts";

/** Enrolls device `n` and fills every table that may say something of it; all of that ends in `-00000N`. */
export async function fill(database: TestDatabase, store: Store, n: number): Promise<string> {
  const id = `-00000${n}`;
  const begun = await enroll(store, n, {
    channel: `UDID${id}`,
    udid: `UDID${id}`,
    serial: `SERIAL${id}`,
    certificate: `cert${id}`,
    facts: { model: { value: `Model${id}`, source: "reported" } },
  });
  const device = begun.device;
  await database.asOwner(`
    insert into reeve.interned values ('granted${id}', '{}', 1), ('observed${id}', '{}', 1), ('declared${id}', '{}', 1);
    insert into reeve.channel (id, device, epoch, kind, status, certificate, topic, last_seen_at, user_name)
    values ('USER${id}', '${device}', 1, 'user', 'enrolled', 'c', 't', 1, 'user${id}');
    update reeve.channel set granted_id = 'granted${id}', observed_id = 'observed${id}', phases = 'phase${id}',
      topic = 'topic${id}', state = jsonb_set(state, '{declared}', '{"set": "declared${id}"}') where id = 'UDID${id}';
    update reeve.device set named = '{ref${id}}', alias = 'alias${id}', suspended = 'why${id}', licences = '{"a${id}": ""}',
      declared = '{"owner": {"value": "declared-owner${id}"}}', enrolled_as = '{"owner": {"value": "owner${id}"}}',
      reported = '{"owner": {"value": "said-owner${id}"}}' where id = '${device}';
    insert into reeve.detail values ('UDID${id}', 'device', 'x', '{}', 1);
    insert into reeve.kept values ('UDID${id}', 'pin', 'x', 1, 'x', 1);
    insert into reeve.quarantine (at, source, channel, reason, size, raw) values (1, 'x', 'UDID${id}', 'x', 1, 'x');
    insert into reeve.android_device (channel, state, read_at) values ('UDID${id}', 'x', 1);
    insert into reeve.android_hint values ('UDID${id}', 1);
    insert into reeve.certificate (sha256, serial, subject, not_before, not_after, issued_at, device, channel, bound_to)
    values ('a${id}', 'a${id}', 'x', 1, 1, 1, '${device}', null, null), ('b${id}', 'b${id}', 'x', 1, 1, 1, null, 'UDID${id}', null),
      ('c${id}', 'c${id}', 'x', 1, 1, 1, null, null, 'SERIAL${id}');
    insert into reeve.challenge (hash, purpose, uses_left, expires_at, created_by, created_at, bound_to, channel)
    values ('a${id}', 'x', 1, 1, 'x', 1, 'SERIAL${id}', null), ('b${id}', 'x', 1, 1, 'x', 1, null, 'UDID${id}'),
      ('c${id}', 'x', 1, 1, 'renewal of UDID${id}', 1, null, null);
    insert into reeve.link (hash, label, uses_left, expires_at, created_by, created_at, bound_to)
    values ('${id}', 'x', 1, 1, 'x', 1, 'SERIAL${id}');
    insert into reeve.licence (serial, adam_id, bundle, status, at) values ('SERIAL${id}', '1', 'x', 'wanted', 1);
    insert into reeve.enrollment_server (name, created_at) values ('present${n}', 1), ('gone${n}', 1);
    insert into reeve.enrollment_device (server, serial, present, reading)
    values ('present${n}', 'SERIAL${id}', true, 1), ('gone${n}', 'SERIAL${id}', false, 1);
    insert into reeve.overdue values ('${device}', 'of${id}', 1);
    insert into reeve.silent values ('${device}', 1);
    insert into reeve.budget_use (budget, device, subject, at) values ('x', '${device}', 'of${id}', 1);
    insert into reeve.portal_release (device, portal, since, trouble) values ('${device}', 'knox', 1, 'trouble${id}');
    insert into reeve.command (id, channel, device, epoch, intent, request_type, subject, class, attempt, status, sent_at, errors, note)
    values ('query${n}', 'UDID${id}', '${device}', 1, '{"type": "query"}', 'x', 'x', 'query', 1, 'sent', 1, '[]', null),
      ('wipe${n}', 'UDID${id}', '${device}', 1, '{"type": "act", "verb": "wipe"}', 'EraseDevice', 'x', 'once', 1, 'sent', 1, '["e${id}"]', 'n${id}');
    insert into reeve.event_word values ('about${n}', 'a word${id}', '${device}'), ('alone${n}', 'alias${id}', null),
      ('among${n}', 'of owner${id}s and others', null), ('other${n}', 'a friend of UDID${id}', 'd-other'),
      ('chosen${n}', 'the alias${id} of another', 'd-other')`);
  return device;
}

/** Acts on both devices: over, over for all but the second, and the first one's alone. */
export const actsOf = (one: string, two: string) => `
  insert into reeve.act (id, name, content, author, reason, expires_at, created_at)
  select x, x, '{"of":["SERIAL-000001","UDID-000001","SERIAL-000002"]}', 'x', 'x', 9e15, 1
  from unnest('{over,open,own}'::text[]) x;
  insert into reeve.act_target (act, device, epoch, verb, parameters, status, note, updated_at)
  values ('over', '${one}', 1, 'lock', '{"message":"to-000001"}', 'executed', 'n-000001', 1),
    ('over', '${two}', 1, 'lock', '{"message":"to-000002"}', 'executed', 'n-000002', 1),
    ('open', '${one}', 1, 'lock', '{"message":"to-000001"}', 'executed', 'n-000001', 1),
    ('open', '${two}', 1, 'lock', '{"message":"to-000002"}', 'held', 'n-000002', 1),
    ('own', '${one}', 1, 'wipe', '{"afterwards":{}}', 'executed', 'n-000001', 1)`;

/** Every row that says something of the device with this number, with its table. */
export async function said(store: Store, n: number): Promise<string[]> {
  const tables = await store.query<{ name: string }>(
    `select relname::text as name from pg_class where relnamespace = 'reeve'::regnamespace and relkind = 'r'
     and relname not in ('setting', 'migration') order by 1`,
  );
  const rows = [];
  for (const { name } of tables) {
    const found = await store.query<{ row: string }>(
      `select to_jsonb(t)::text as row from reeve.${name} t where to_jsonb(t)::text like '%-00000${n}%' order by 1`,
    );
    rows.push(...found.map(({ row }) => `${name} ${row}`));
  }
  return rows;
}
