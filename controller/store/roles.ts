import type { Db } from "./db.ts";

/** `enforced`: the database itself refuses destructive commands without approval; `advisory`: this role could bypass it. */
export type Gate = "enforced" | "advisory";

/**
 * Asks the database whether the role of this connection really lacks the rights that the gate keeps from it, and
 * tries to do what it must not.
 */
export async function findGate(
  db: Db & { transaction: <T>(work: (db: Db) => Promise<T>) => Promise<T> },
): Promise<Gate> {
  const [row] = await db.query<{ powerful: boolean }>(`
    select r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolreplication
      or exists (select from pg_roles o where (o.rolsuper or o.rolname = n.owner) and pg_has_role(current_user, o.oid, 'member'))
      or exists (select from pg_roles o where o.rolname in
          ('reeve_approver', 'pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program') and pg_has_role(current_user, o.oid, 'member'))
      or exists (
        select from unnest(array['insert', 'update', 'delete', 'truncate', 'trigger']) right_
        cross join unnest(array['approval', 'release', 'ceiling', 'setting', 'gate_clock', 'window_clock', 'gate_refusal', 'latch_lift']) name
        where has_table_privilege(current_user, 'reeve.' || name, right_))
      or has_any_column_privilege(current_user, 'reeve.approval', 'insert, update')
      or has_any_column_privilege(current_user, 'reeve.release', 'insert, update')
      or has_table_privilege(current_user, 'reeve.command', 'delete, truncate, trigger')
      or has_table_privilege(current_user, 'reeve.event', 'update, delete, truncate, trigger')
      or has_table_privilege(current_user, 'reeve.seal', 'insert, update, delete, truncate, trigger')
      or has_table_privilege(current_user, 'reeve.unsealed', 'insert, update, delete, truncate, trigger')
      or has_table_privilege(current_user, 'reeve.act', 'update, delete, truncate, trigger')
      or has_table_privilege(current_user, 'reeve.act_target', 'delete, truncate, trigger')
      or has_any_column_privilege(current_user, 'reeve.act', 'update')
      or has_column_privilege(current_user, 'reeve.act_target', 'parameters', 'update')
      or has_column_privilege(current_user, 'reeve.act_target', 'verb', 'update')
      or has_column_privilege(current_user, 'reeve.command', 'intent', 'update')
      or has_column_privilege(current_user, 'reeve.command', 'request_type', 'update')
      or has_column_privilege(current_user, 'reeve.channel', 'device', 'update')
      or has_column_privilege(current_user, 'reeve.channel', 'epoch', 'update')
      or has_column_privilege(current_user, 'reeve.device', 'epoch', 'update')
      or has_table_privilege(current_user, 'reeve.device', 'delete, truncate, trigger')
      or has_schema_privilege(current_user, 'reeve', 'create')
      or has_function_privilege(current_user, 'reeve.approve(text,text,text,text,bigint,bigint,text[],text)', 'execute')
      or has_function_privilege(current_user, 'reeve.lift(text,text,text,text[],bigint)', 'execute')
      or has_function_privilege(current_user, 'reeve.mark_of(text)', 'execute')
      or has_column_privilege(current_user, 'reeve.act', 'known_digest', 'insert')
      or has_any_column_privilege(current_user, 'reeve.setting', 'select')
      or not (select c.relrowsecurity from pg_class c where c.oid = 'reeve.command'::regclass)
      or not (select c.relrowsecurity from pg_class c where c.oid = 'reeve.latch'::regclass)
      as powerful
    from pg_roles r,
      (select pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = 'reeve') n
    where r.rolname = current_user`);
  if (row?.powerful !== false) return "advisory";
  return (await probe(db)) ? "enforced" : "advisory";
}

// The proof of the pudding: a destructive row is refused with `insufficient privilege`. Never committed.
async function probe(db: { transaction: <T>(work: (db: Db) => Promise<T>) => Promise<T> }): Promise<boolean> {
  try {
    await db.transaction(async (inner) => {
      await inner.query(`insert into reeve.command
        (id, channel, device, epoch, intent, request_type, subject, class, attempt, status, sent_at)
        values ('probe', 'probe', 'probe', 0, '{"type": "act", "act": "probe", "verb": "wipe"}', 'EraseDevice',
          'act/probe', 'once', 1, 'sent', 0)`);
      throw new Error("the probe was let in");
    });
  } catch (error) {
    return (error as { code?: unknown }).code === "42501";
  }
  return false;
}

/**
 * The statements that a database administrator runs once, connected to the database that reeve shall use, as
 * `reeve db setup` prints them. Passwords are set afterwards (`\password reeve_app`) or given here.
 */
export function setupRoles(options: {
  readonly database: string;
  readonly passwords?: { readonly owner: string; readonly app: string; readonly approver: string };
}): string {
  const database = identifier(options.database);
  const roles = [
    ["reeve_owner", options.passwords?.owner],
    ["reeve_app", options.passwords?.app],
    ["reeve_approver", options.passwords?.approver],
  ] as const;
  const creates = roles.map(([name, password]) => {
    const create = `create role ${name} login nosuperuser nocreatedb nocreaterole noinherit nobypassrls`;
    const set = password === undefined ? "" : `\nalter role ${name} password ${literal(password)};`;
    return `do $$ begin if not exists (select from pg_roles where rolname = '${name}') then ${create}; end if; end $$;${set}`;
  });
  return [
    ...creates,
    `revoke all on database ${database} from public;`,
    `grant connect, create on database ${database} to reeve_owner;`,
    `grant connect on database ${database} to reeve_app, reeve_approver;`,
    "revoke create on schema public from public;",
    "-- Then, as reeve_owner: reeve db migrate",
    "",
  ].join("\n");
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
