/**
 * The words every part of Lectern shares: people, live sessions, the state of the signed-in session, and
 * failures. Everything here may cross IPC, so nothing here can hold a token (those live in credentials.ts).
 */
import { z } from 'zod'

/** An instant in UTC, always with its zone: `2026-11-21T08:00:00.000Z`. To a database there is no year 0. */
export const Instant = z.iso.datetime().refine((text) => !text.startsWith('0000-'), 'There is no year 0')

/** Text that a person wrote. A database keeps no NUL and no half of a surrogate pair; so these are refused, not altered. */
export const Text = z
  .string()
  .refine(
    (text) => !text.includes('\0') && !/\p{Surrogate}/u.test(text),
    'Holds characters that cannot be kept',
  )

export const Role = z.enum(['admin', 'instructor', 'assistant', 'learner'])
export type Role = z.infer<typeof Role>

export const Account = z.object({
  id: z.uuid(),
  email: z.email().max(254),
  displayName: Text.min(1).max(120),
  role: Role,
})
export type Account = z.infer<typeof Account>

/** A person as others see them: no e-mail address. */
export const Person = Account.pick({ id: true, displayName: true, role: true })
export type Person = z.infer<typeof Person>

export const LiveSessionStatus = z.enum(['upcoming', 'live', 'ended'])
export type LiveSessionStatus = z.infer<typeof LiveSessionStatus>

export const LiveSession = z.object({
  id: z.uuid(),
  title: z.string().min(1).max(200),
  course: z.string().max(120),
  description: z.string().max(2000),
  status: LiveSessionStatus,
  scheduledStart: Instant,
  scheduledEnd: Instant,
  startedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  host: Person,
  /** People in the room now. */
  participantCount: z.int().min(0),
  /** Mean of all ratings, 1 to 5; null until the first rating. */
  rating: z.number().min(1).max(5).nullable(),
})
export type LiveSession = z.infer<typeof LiveSession>

/** Nobody plans a class for another century, and not every database and clock agrees about years before 1900. */
const PlannedInstant = Instant.refine(
  (text) => /^2[01]\d\d-/.test(text),
  'Must be in this or the next century',
)

/** What whoever plans a session says of it. */
export const LiveSessionPlan = z
  .object({
    title: Text.trim().min(1).max(200),
    course: Text.trim().max(120),
    description: Text.trim().max(2000),
    scheduledStart: PlannedInstant,
    scheduledEnd: PlannedInstant,
  })
  .refine(({ scheduledStart, scheduledEnd }) => Date.parse(scheduledStart) < Date.parse(scheduledEnd), {
    path: ['scheduledEnd'],
    message: 'Must be after the start',
  })
export type LiveSessionPlan = z.infer<typeof LiveSessionPlan>

export const Stars = z.int().min(1).max(5)

/** Who was in a room: each person once, with every stay. */
export const Attendance = z.object({
  person: Person,
  /** In order; the last has no end while the person is there. */
  stays: z.array(z.object({ joinedAt: Instant, leftAt: Instant.nullable() })),
  /** Time spent in the room, in whole seconds. */
  seconds: z.int().min(0),
})
export type Attendance = z.infer<typeof Attendance>

export const Presence = z.enum(['here', 'away'])
export type Presence = z.infer<typeof Presence>

export const Participant = Person.extend({
  joinedAt: Instant,
  presence: Presence,
  /** Since when the hand is up; null when it is down, and in what was stored before there were hands. */
  handRaisedAt: Instant.nullable().default(null),
})
export type Participant = z.infer<typeof Participant>

/** What is in the composer and not yet sent; may be empty, and longer than a message may be. */
export const DraftText = z.string().max(20_000)
/** `chat`: the composer of a room. `notes`: what somebody notes down for themselves about it, on this computer. */
export const DraftKind = z.enum(['chat', 'notes'])
export type DraftKind = z.infer<typeof DraftKind>

/** Characters. */
export const MAX_MESSAGE_LENGTH = 4000
/** What a person may type into the chat, after trimming. */
export const MessageText = Text.trim().min(1).max(MAX_MESSAGE_LENGTH)

/** Chosen by the client for one write; the server performs a key at most once. */
export const IdempotencyKey = z
  .string()
  .min(16)
  .max(64)
  .regex(/^[A-Za-z0-9_-]+$/)

export const ChatMessage = z.object({
  id: z.uuid(),
  /** Position among all events of the room; grows by one per event. */
  seq: z.int().min(1),
  author: Person,
  text: z.string().min(1).max(4000),
  sentAt: Instant,
  /** The key its author sent it with: lets the author's app match it to what waits in the outbox. */
  idempotencyKey: IdempotencyKey,
})
export type ChatMessage = z.infer<typeof ChatMessage>

/* ── failures ─────────────────────────────────────────────────────────────────────────────────────────── */

export const FailureCode = z.enum([
  'invalid-request',
  'wrong-credentials',
  'unauthenticated',
  'forbidden',
  'not-found',
  'conflict',
  'not-enough-credits',
  'library-full',
  'storage-full',
  'too-large',
  'rate-limited',
  'offline',
  'timeout',
  'server-unavailable',
  'not-our-server',
  'unexpected-answer',
  'session-ended',
  'session-ending',
  'keychain-missing',
  'keychain-locked',
  'keychain-denied',
  'keychain-broken',
  'storage-failed',
  'settings-mistake',
  'cancelled',
  'internal',
])
export type FailureCode = z.infer<typeof FailureCode>

export const Failure = z.object({
  /** Stable; programs decide on this and on nothing else. */
  code: FailureCode,
  /** One plain sentence for a person. */
  message: z.string().max(500),
  /** Whether the same request can succeed later with nothing changed. */
  retryable: z.boolean(),
  /** Milliseconds the server asked to wait. */
  retryAfterMs: z.number().min(0).optional(),
  /** For the support desk: what was seen, with secrets removed. */
  cause: z.string().max(1000).optional(),
})
export type Failure = z.infer<typeof Failure>

export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure }

export const succeed = <T>(value: T): Result<T> => ({ ok: true, value })
export const fail = (
  code: FailureCode,
  message: string,
  options: { retryable?: boolean; retryAfterMs?: number; cause?: string } = {},
): { readonly ok: false; readonly failure: Failure } => ({
  ok: false,
  failure: { retryable: false, ...options, code, message },
})

/* ── the signed-in session ────────────────────────────────────────────────────────────────────────────── */

/** The steps of a recovery, in the order they run. */
export const RecoveryStep = z.enum(['network', 'refresh', 'verify', 'channels', 'rooms', 'data', 'outbox'])
export type RecoveryStep = z.infer<typeof RecoveryStep>

export const RecoveryCause = z.enum(['start', 'resume', 'clock-jump', 'outage', 'server-restart', 'asked'])
export type RecoveryCause = z.infer<typeof RecoveryCause>

export const KeychainProblem = z.enum(['missing', 'locked', 'denied', 'broken'])
export type KeychainProblem = z.infer<typeof KeychainProblem>

export const EndReason = z.enum(['first-start', 'signed-out'])
export type EndReason = z.infer<typeof EndReason>

/**
 * `revoked`: by the organisation. `elsewhere`: by the person, on another device. `reused`: the server saw its key twice.
 * `expired`: it had its full length. `refused`: the server knows it no longer. `idle`: nobody was there.
 */
export const ReauthReason = z.enum(['revoked', 'elsewhere', 'reused', 'expired', 'refused', 'idle'])
export type ReauthReason = z.infer<typeof ReauthReason>

const signedIn = {
  account: Account,
  /** Epoch milliseconds on this machine's wall clock; for display only. */
  accessExpiresAt: z.number().nullable(),
  /** Epoch milliseconds; the refresh token's own end. For display only. */
  sessionExpiresAt: z.number().nullable(),
}

/**
 * Where the session stands, published to every window. Times are epoch milliseconds for display.
 *
 * - `signed-out`: nobody is signed in, and nobody expects to be.
 * - `restoring`: reading the keychain at start; nothing may be asked of the server yet.
 * - `keychain-unavailable`: somebody is signed in but the keychain does not give the credential now.
 * - `active`: calls go through. `refreshing`: they still do; a new token is on its way.
 * - `offline`: the server cannot be reached; the next try is at `nextTryAt`.
 * - `suspended`: the machine announced sleep; nothing is sent.
 * - `recovering`: coming back, step by step.
 * - `idle-warning`: as `active`, and about to end at `endsAt` unless somebody does something.
 * - `reauth-required`: the server ended the session, or nobody was there for the idle time. Everything stays on screen; sign in again in place.
 */
export const SessionState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('signed-out'), reason: EndReason, message: z.string() }),
  z.object({ kind: z.literal('restoring') }),
  z.object({
    kind: z.literal('keychain-unavailable'),
    account: Account,
    problem: KeychainProblem,
    message: z.string(),
  }),
  z.object({ kind: z.literal('active'), ...signedIn }),
  z.object({ kind: z.literal('refreshing'), ...signedIn }),
  z.object({ kind: z.literal('idle-warning'), ...signedIn, endsAt: z.number() }),
  z.object({
    kind: z.literal('offline'),
    account: Account,
    since: z.number(),
    nextTryAt: z.number().nullable(),
  }),
  z.object({ kind: z.literal('suspended'), account: Account, since: z.number() }),
  z.object({
    kind: z.literal('recovering'),
    account: Account,
    since: z.number(),
    step: RecoveryStep,
    cause: RecoveryCause,
  }),
  z.object({
    kind: z.literal('reauth-required'),
    account: Account,
    reason: ReauthReason,
    message: z.string(),
    /** When it ended, in epoch milliseconds: by the server's word where it says so, else when it was noticed. */
    at: z.number(),
  }),
])
export type SessionState = z.infer<typeof SessionState>

/* ── a room, as a window sees it ──────────────────────────────────────────────────────────────────────── */

/** A chat message this app has accepted and the server has not yet confirmed. */
export const PendingMessage = z.object({
  idempotencyKey: IdempotencyKey,
  text: z.string(),
  /** Epoch milliseconds on this machine's wall clock. */
  writtenAt: z.number(),
  status: z.enum(['waiting', 'sending', 'failed']),
  /** Why it failed; null unless `failed`. */
  problem: Failure.pick({ code: true, message: true }).nullable(),
})
export type PendingMessage = z.infer<typeof PendingMessage>

/**
 * `live`: nothing is missing, and events arrive as they happen. `reconnecting`: shown state may be old. `closed`: this
 * person is not in the room any more, perhaps because its session ended.
 */
export const RoomConnection = z.enum(['connecting', 'live', 'reconnecting', 'closed'])
export type RoomConnection = z.infer<typeof RoomConnection>

export const RoomState = z.object({
  session: LiveSession,
  connection: RoomConnection,
  participants: z.array(Participant),
  /** In order of `seq`, without gaps from the first one held; older ones by the `listMessages` endpoint. */
  messages: z.array(ChatMessage),
  /** Whether there are older ones. */
  hasEarlier: z.boolean(),
  /** What was said of this person's own hand and the server has not confirmed; null when nothing waits. */
  handWaiting: z.boolean().nullable(),
  /** Epoch milliseconds: since when this is what was last known, and not what is; null when it is. */
  asOf: z.number().nullable(),
  pending: z.array(PendingMessage),
  /** The last event seen; 0 before the first. */
  lastSeq: z.int().min(0),
})
export type RoomState = z.infer<typeof RoomState>

/** What changed in a room: keys to replace, messages to put at the end, people who came, changed or left. */
export const RoomPatch = z.object({
  /** `participants` only when all of them are named anew; otherwise `people` says who. */
  set: RoomState.omit({ messages: true }).partial(),
  append: z.array(ChatMessage),
  people: z.object({ changed: z.array(Participant), gone: z.array(z.uuid()) }).optional(),
})
export type RoomPatch = z.infer<typeof RoomPatch>
