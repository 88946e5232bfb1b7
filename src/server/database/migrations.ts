/** The database's history, oldest first. A migration that has been released is never changed: add another. */
import { sql, type Kysely } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
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
}

/** Brings the database up to date, in one transaction: killed half-way, nothing of it has happened. */
export async function migrate(db: Db): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error
}
