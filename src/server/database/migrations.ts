/** The database's history, oldest first. A migration that has been released is never changed: add another. */
import { sql, type Kysely } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
import { StartFailure } from '../start-failure.ts'
import type { Db } from './schema.ts'

const statements = (...list: ReturnType<typeof sql>[]): Migration => ({
  async up(db: Kysely<unknown>) {
    for (const statement of list) await statement.execute(db)
  },
})

const migrations: Record<string, Migration> = {
  '001-accounts-and-tokens': statements(
    sql`create table accounts (
      id uuid primary key,
      email text not null,
      display_name text not null,
      role text not null check (role in ('admin', 'instructor', 'assistant', 'learner')),
      password_hash text not null)`,
    sql`create unique index accounts_email on accounts (lower(email))`,
    sql`create table server_keys (purpose text primary key, jwk jsonb not null)`,
    sql`create table token_families (
      id uuid primary key,
      account_id uuid not null references accounts on delete cascade,
      device_name text not null,
      device_platform text not null,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      revoked_at timestamptz,
      revoked_reason text check (revoked_reason in ('signed-out', 'revoked', 'reused')),
      check ((revoked_at is null) = (revoked_reason is null)))`,
    sql`create index token_families_expiry on token_families (expires_at)`,
    sql`create table refresh_tokens (
      token_hash text primary key,
      family_id uuid not null references token_families on delete cascade,
      issued_at timestamptz not null,
      spent_at timestamptz,
      spent_key text,
      successor_hash text,
      check ((spent_at is null) = (successor_hash is null)))`,
    sql`create index refresh_tokens_family on refresh_tokens (family_id)`,
  ),
  '002-live-sessions': statements(
    sql`create table live_sessions (
      id uuid primary key,
      title text not null,
      course text not null,
      description text not null,
      host_id uuid not null references accounts,
      scheduled_start timestamptz not null,
      scheduled_end timestamptz not null check (scheduled_end > scheduled_start),
      started_at timestamptz,
      ended_at timestamptz check (ended_at is null or started_at is not null),
      last_seq integer not null default 0)`,
    sql`create table participants (
      id uuid primary key,
      session_id uuid not null references live_sessions on delete cascade,
      account_id uuid not null references accounts on delete cascade,
      joined_at timestamptz not null,
      left_at timestamptz,
      last_seen_at timestamptz not null,
      presence text not null check (presence in ('here', 'away')))`,
    // A person is in a room once, whatever two laptops, two windows or two retries do at the same moment.
    sql`create unique index participants_present on participants (session_id, account_id) where left_at is null`,
    sql`create index participants_of_account on participants (account_id, session_id)`,
    sql`create table ratings (
      session_id uuid not null references live_sessions on delete cascade,
      account_id uuid not null references accounts on delete cascade,
      stars integer not null check (stars between 1 and 5),
      primary key (session_id, account_id))`,
  ),
  '003-rooms': statements(
    sql`create table room_events (
      session_id uuid not null references live_sessions on delete cascade,
      seq integer not null check (seq > 0),
      event jsonb not null,
      at timestamptz not null,
      primary key (session_id, seq))`,
    sql`create table messages (
      id uuid primary key,
      session_id uuid not null,
      seq integer not null,
      author_id uuid not null references accounts,
      text text not null,
      sent_at timestamptz not null,
      idempotency_key text not null,
      unique (session_id, seq),
      foreign key (session_id, seq) references room_events on delete cascade)`,
    sql`create unique index messages_once on messages (session_id, author_id, idempotency_key)`,
  ),
  '004-assistant': statements(
    sql`create table assistant_replies (
      id uuid primary key,
      session_id uuid not null references live_sessions on delete cascade,
      account_id uuid not null references accounts on delete cascade,
      idempotency_key text not null,
      question text not null,
      asked_at timestamptz not null,
      last_seq integer not null,
      finished boolean not null,
      writer uuid,
      writer_until timestamptz,
      check ((writer is null) = (writer_until is null)))`,
    sql`create unique index assistant_replies_once on assistant_replies (session_id, account_id, idempotency_key)`,
    sql`create table assistant_pieces (
      reply_id uuid not null references assistant_replies on delete cascade,
      seq integer not null check (seq > 0),
      event text not null,
      due_at timestamptz not null,
      primary key (reply_id, seq))`,
  ),
  '005-sign-ins-of-a-stay': statements(
    sql`create table stay_families (
      stay_id uuid not null references participants on delete cascade,
      family_id uuid not null references token_families on delete cascade,
      heard_at timestamptz not null,
      primary key (stay_id, family_id))`,
    sql`create index stay_families_of_family on stay_families (family_id)`,
  ),
  '006-signing-keys': statements(
    sql`create table signing_keys (
      kid text primary key,
      jwk jsonb not null,
      created_at timestamptz not null,
      signs_from timestamptz not null)`,
    // Tokens from before name no key; they end within one lifetime, and the client asks for new ones.
    sql`insert into signing_keys
      select 'first', jwk, now(), now() from server_keys where purpose = 'access-token'`,
    sql`delete from server_keys where purpose = 'access-token'`,
    // The shape that rate-limiter-flexible's PostgreSQL store expects.
    sql`create table rate_limits (
      key varchar(255) primary key,
      points integer not null default 0,
      expire bigint)`,
    sql`create index token_families_of_account on token_families (account_id)`,
    sql`alter table token_families add column last_active_at timestamptz`,
    sql`update token_families set last_active_at = coalesce(
      (select max(issued_at) from refresh_tokens where family_id = token_families.id), created_at)`,
    sql`alter table token_families alter column last_active_at set not null`,
    // For the clean-up. In the order of time almost by itself, so this index is small, and a rotation does not feel it.
    sql`create index refresh_tokens_spent on refresh_tokens using brin (spent_at)`,
  ),
  '007-running-a-live-session': statements(
    sql`alter table live_sessions add column idempotency_key text`,
    sql`create unique index live_sessions_once on live_sessions (host_id, idempotency_key)`,
    sql`alter table participants add column hand_raised_at timestamptz`,
    sql`create index participants_of_session on participants (session_id, joined_at)`,
    sql`create index assistant_replies_age on assistant_replies (asked_at)`,
    sql`create table enrolments (
      course text not null,
      account_id uuid not null references accounts on delete cascade,
      enrolled_at timestamptz not null,
      primary key (course, account_id))`,
  ),
  // The tables of this one belong to one account a row; own-rows.ts says how they are reached.
  '008-own-rows': statements(
    ...['lectern_member', 'lectern_worker'].flatMap((role) => [
      // Roles are of the whole cluster: another database of it may have made them, even at this moment.
      sql.raw(`do $$ begin
        if not exists (select from pg_roles where rolname = '${role}') then
          begin create role ${role} nologin; exception when duplicate_object or unique_violation then null; end;
        end if;
        -- Since PostgreSQL 16 whoever makes a role is a member of it and may not take it on.
        if not pg_has_role(current_user, '${role}',
            case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end) then
          execute format('grant ${role} to %I', current_user);
        end if;
      end $$`),
      sql.raw(`do $$ begin
        execute format('grant usage on schema %I to ${role}', current_schema());
      end $$`),
    ]),
    sql`create table credit_entries (
      account_id uuid not null references accounts on delete cascade,
      seq integer not null check (seq > 0),
      amount integer not null check (amount <> 0),
      balance integer not null check (balance >= 0),
      note text not null,
      idempotency_key text not null,
      at timestamptz not null,
      primary key (account_id, seq),
      unique (account_id, idempotency_key))`,
    // Whatever code writes it, a ledger adds up: every line follows from the one before, and none is changed.
    sql`create function credit_entry_follows() returns trigger language plpgsql as $$
      declare last_seq integer; last_balance integer;
      begin
        select seq, balance into last_seq, last_balance from credit_entries
          where account_id = new.account_id order by seq desc limit 1;
        if new.seq <> coalesce(last_seq, 0) + 1 or new.balance <> coalesce(last_balance, 0) + new.amount then
          raise exception 'a ledger entry does not follow from the one before' using errcode = 'check_violation';
        end if;
        return new;
      end $$`,
    sql`create trigger credit_entry_follows before insert on credit_entries
      for each row execute function credit_entry_follows()`,
    sql`create function credit_entry_stays() returns trigger language plpgsql as $$
      begin
        raise exception 'a ledger entry is never changed' using errcode = 'check_violation';
      end $$`,
    sql`create trigger credit_entry_stays before update on credit_entries
      for each row execute function credit_entry_stays()`,
    // Names this database in whatever it shares with others, such as a bucket of files.
    sql`create table installation (
      single boolean primary key default true check (single),
      id uuid not null default gen_random_uuid())`,
    sql`insert into installation default values`,
    sql`create table files (
      id uuid primary key,
      account_id uuid not null references accounts on delete cascade,
      idempotency_key text not null,
      name text not null,
      content_type text not null,
      size bigint not null check (size > 0),
      received bigint not null default 0 check (received between 0 and size),
      status text not null check (status in ('uploading', 'ready', 'refused')),
      problem text,
      created_at timestamptz not null,
      expires_at timestamptz,
      unique (account_id, idempotency_key))`,
    sql`create index files_expiry on files (expires_at)`,
    sql`create table file_parts (
      file_id uuid not null references files on delete cascade,
      account_id uuid not null references accounts on delete cascade,
      part_offset bigint not null check (part_offset >= 0),
      size integer not null check (size > 0),
      object_key text not null unique,
      stored_at timestamptz not null,
      primary key (file_id, part_offset))`,
    sql`create table jobs (
      id uuid primary key,
      account_id uuid not null references accounts on delete cascade,
      idempotency_key text not null,
      job_order jsonb not null,
      title text not null,
      status text not null check (status in ('queued', 'running', 'done', 'failed', 'cancelled')),
      version integer not null check (version > 0),
      progress double precision not null check (progress between 0 and 1),
      step text not null,
      cost integer not null check (cost >= 0),
      attempts integer not null,
      created_at timestamptz not null,
      started_at timestamptz,
      finished_at timestamptz,
      result jsonb,
      problem text,
      so_far jsonb,
      breakdowns integer not null default 0,
      worker uuid,
      worker_until timestamptz,
      unique (account_id, idempotency_key))`,
    sql`create index jobs_unfinished on jobs (created_at) where finished_at is null`,
    sql`create table job_events (
      job_id uuid not null references jobs on delete cascade,
      account_id uuid not null references accounts on delete cascade,
      version integer not null,
      event jsonb not null,
      primary key (job_id, version))`,
    ...['credit_entries', 'files', 'file_parts', 'jobs', 'job_events'].flatMap((table) => [
      sql.raw(`alter table ${table} enable row level security`),
      // Also for whoever owns the table, which is the user this server connects as.
      sql.raw(`alter table ${table} force row level security`),
      // A policy reaches the members of its role too, and this server's user is one: so it asks for the role itself.
      sql.raw(`create policy own on ${table} to lectern_member
        using (current_user = 'lectern_member'
          and account_id = nullif(current_setting('lectern.account_id', true), '')::uuid)`),
    ]),
    sql`grant select, insert on credit_entries to lectern_member`,
    sql`grant select, insert, update, delete on files, file_parts, jobs, job_events to lectern_member`,
    // The server's own rounds see that there is something to do, and for whom; not what it is.
    ...['files', 'file_parts', 'jobs'].map((table) =>
      sql.raw(`create policy rounds on ${table} for select to lectern_worker
        using (current_user = 'lectern_worker')`),
    ),
    sql`grant select (id, account_id, status, expires_at) on files to lectern_worker`,
    sql`grant select (object_key) on file_parts to lectern_worker`,
    sql`grant select (id, account_id, status, version, created_at, finished_at, worker_until) on jobs to lectern_worker`,
  ),
}

/**
 * Brings the database up to date, in one transaction: killed half-way, nothing of it has happened.
 *
 * @throws {StartFailure} `database-newer`
 */
export async function migrate(db: Db): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error } = await migrator.migrateToLatest()
  if (!error) return
  if (await isNewer(db)) {
    throw new StartFailure(
      'database-newer',
      'This database was made by a newer version of the server. Start that version, or a later one.',
      { cause: error },
    )
  }
  throw error
}

async function isNewer(db: Db): Promise<boolean> {
  // Kysely's own table; it is there, since something has been executed.
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db)
  return rows.some(({ name }) => !Object.hasOwn(migrations, name))
}
