/**
 * The tables, as Kysely sees them. What creates them is in migrations.ts. Those whose rows belong to one account are
 * apart: nothing that holds a `Db` can name them; own-rows.ts is the way to them.
 */
import type { ColumnType, Kysely, Transaction } from 'kysely'
import type { RoomEvent } from '../../contract/frames.ts'
import type { Job, JobOrder } from '../../contract/jobs.ts'
import type { ContentType, StoredFile } from '../../contract/library.ts'
import type { Presence, Role } from '../../contract/model.ts'
import type { JobEvent } from '../../contract/streams.ts'

/** Written as JSON text, read as parsed JSON that nobody has checked yet. */
type Json<T> = ColumnType<unknown, T extends never ? never : string, never>

export type RevokedReason = 'signed-out' | 'revoked' | 'reused'

export interface Tables {
  accounts: {
    id: string
    email: string
    display_name: string
    role: Role
    password_hash: string
  }
  /** One row, which names this database in whatever it shares with others. */
  installation: { id: string }
  /** Secrets that must outlive a restart. */
  server_keys: { purpose: 'refresh-replay' | 'media-links'; jwk: Json<object> }
  /** What access tokens are signed with: the newest whose time has come. */
  signing_keys: { kid: string; jwk: Json<object>; created_at: Date; signs_from: Date }
  /** One sign-in on one device, and every refresh token that follows from it. */
  token_families: {
    id: string
    account_id: string
    device_name: string
    device_platform: string
    created_at: Date
    /** When it last got a new token. */
    last_active_at: Date
    expires_at: Date
    revoked_at: Date | null
    revoked_reason: RevokedReason | null
  }
  refresh_tokens: {
    /** SHA-256, base64url. The token itself is nowhere. */
    token_hash: string
    family_id: string
    issued_at: Date
    spent_at: Date | null
    /** The Idempotency-Key it was spent with. */
    spent_key: string | null
    successor_hash: string | null
  }
  live_sessions: {
    id: string
    title: string
    course: string
    description: string
    host_id: string
    scheduled_start: Date
    scheduled_end: Date
    started_at: Date | null
    ended_at: Date | null
    /** The key it was planned with; null for what the server made itself. */
    idempotency_key: string | null
    /** The seq of the room's last event. Its row lock puts all changes of one room in line. */
    last_seq: ColumnType<number, number | undefined, number>
  }
  /** One stay of one person in one room. */
  participants: {
    id: string
    session_id: string
    account_id: string
    joined_at: Date
    left_at: Date | null
    last_seen_at: Date
    presence: Presence
    hand_raised_at: Date | null
  }
  /** The sign-ins a stay is kept by: one person may be in a room through two laptops. */
  stay_families: { stay_id: string; family_id: string; heard_at: Date }
  messages: {
    id: string
    session_id: string
    seq: number
    author_id: string
    text: string
    sent_at: Date
    idempotency_key: string
  }
  room_events: { session_id: string; seq: number; event: Json<RoomEvent>; at: Date }
  assistant_replies: {
    id: string
    session_id: string
    account_id: string
    idempotency_key: string
    question: string
    asked_at: Date
    /** How many pieces there are. */
    last_seq: number
    finished: boolean
    /** Whoever writes the rest, while `writer_until` has not passed; null when the reply was stored whole. */
    writer: string | null
    writer_until: Date | null
  }
  assistant_pieces: {
    reply_id: string
    seq: number
    /** JSON text and no jsonb: a language model may say what jsonb does not take, such as half a surrogate pair. */
    event: string
    /** Not to be told before. */
    due_at: Date
  }
  ratings: { session_id: string; account_id: string; stars: number }
  /** Who belongs to a course, by its code. */
  enrolments: { course: string; account_id: string; enrolled_at: Date }
}

/** int8: PostgreSQL's driver gives it as text, PGlite as a number. */
type Int8 = ColumnType<number | string, number, number>

/** Every table has `account_id`, and row-level security by it. */
export interface OwnTables {
  credit_entries: {
    account_id: string
    seq: number
    amount: number
    /** Of this account after this entry. */
    balance: number
    note: string
    idempotency_key: string
    at: Date
  }
  files: {
    id: string
    account_id: string
    idempotency_key: string
    name: string
    content_type: ContentType
    size: Int8
    /** The end of the last part. */
    received: ColumnType<number | string, number | undefined, number>
    status: StoredFile['status']
    problem: string | null
    created_at: Date
    expires_at: Date | null
  }
  /** A file is its parts, in order of their offsets; each is one object of the store, written once. */
  file_parts: {
    file_id: string
    account_id: string
    part_offset: Int8
    size: number
    object_key: string
    stored_at: Date
  }
  jobs: {
    id: string
    account_id: string
    idempotency_key: string
    job_order: Json<JobOrder>
    title: string
    status: Job['status']
    version: number
    progress: number
    step: string
    cost: number
    attempts: number
    created_at: Date
    started_at: Date | null
    finished_at: Date | null
    result: ColumnType<unknown, string | null, string | null>
    problem: string | null
    /** What an attempt has done for good, in the words of its kind: the next attempt goes on from there. */
    so_far: ColumnType<unknown, string | null, string | null>
    /** How many attempts ended without a word, or with an error nobody expected. */
    breakdowns: ColumnType<number, number | undefined, number>
    /** Whoever does it, while `worker_until` has not passed; without a worker, not to be begun before. */
    worker: string | null
    worker_until: Date | null
  }
  job_events: { job_id: string; account_id: string; version: number; event: Json<JobEvent> }
}

export type Db = Kysely<Tables>
export type Tx = Transaction<Tables>
export type OwnTx = Transaction<OwnTables>
