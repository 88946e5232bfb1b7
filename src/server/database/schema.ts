/** The tables, as Kysely sees them. What creates them is in migrations.ts. */
import type { ColumnType, Kysely, Transaction } from 'kysely'
import type { RoomEvent } from '../../contract/frames.ts'
import type { Presence, Role } from '../../contract/model.ts'

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
  /** What must outlive a restart so that tokens do: the signing key and the replay secret. */
  server_keys: { purpose: 'access-token' | 'refresh-replay'; jwk: Json<object> }
  /** One sign-in on one device, and every refresh token that follows from it. */
  token_families: {
    id: string
    account_id: string
    device_name: string
    device_platform: string
    created_at: Date
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
}

export type Db = Kysely<Tables>
export type Tx = Transaction<Tables>
