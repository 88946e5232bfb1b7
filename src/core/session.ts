import type { EndpointName, EndpointResponse } from '../contract/api.ts'
import type { SessionFacts } from '../contract/diagnostics.ts'
import type { StreamEvent, StreamName } from '../contract/streams.ts'
import type { DraftKind, Failure, Result, RoomPatch, RoomState, SessionState } from '../contract/model.ts'

export interface CallRequest<N extends EndpointName = EndpointName> {
  readonly endpoint: N
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number>>
  readonly body?: unknown
  /** Makes a write safe to repeat; without one a write is sent once. */
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal
}

export interface StreamRequest<S extends StreamName = StreamName> {
  readonly stream: S
  readonly params: Readonly<Record<string, string>>
  /** Begin after the event with this id. */
  readonly afterId?: number
}

export interface StreamListeners<S extends StreamName = StreamName> {
  /** @param id 1 for the first event, 2 for the second, and so on */
  event(event: StreamEvent<S>, id: number): void
  /** Once, after the last event or when there can be none. */
  ended(result: Result<void>): void
}

export interface CheckResult {
  readonly result: Result<void>
  /** Milliseconds it took. */
  readonly tookMs: number
}

export interface SessionCheck {
  readonly api: CheckResult
  readonly auth: CheckResult
  readonly data: CheckResult
}

/** A file or a part of one, as it comes from the server. */
export interface Download {
  /** 200, or 206 for a range. */
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Throws when the connection is cut. */
  readonly body: AsyncIterable<Uint8Array>
}

export interface DownloadRequest {
  readonly endpoint: 'attendanceCsv' | 'fileContent'
  readonly params: Readonly<Record<string, string>>
  /** RFC 9110 §14.2, such as `bytes=0-1023`. */
  readonly range?: string
  readonly signal?: AbortSignal
}

export interface SignInRequest {
  /** The origin of the server; without one, the server of the settings. */
  readonly serverUrl?: string
  readonly email: string
  readonly password: string
  /** Keep the credential in memory only, until the app quits. */
  readonly memoryOnly: boolean
}

export interface SessionSettings {
  /** The origin of the server used when a sign-in names none. */
  readonly serverUrl: string
  /** Nobody there for this many seconds ends the session; null for never. May be another one at each look. */
  readonly idleTimeout: number | null
  /** Shown in the server's list of devices. */
  readonly device: { readonly name: string; readonly platform: string }
}

export interface Versioned<T> {
  /** Grows by one with each change, so a late reader can tell old from new. */
  readonly version: number
  readonly state: T
}

export interface SessionListeners {
  state(change: Versioned<SessionState>): void
  roomPatch(change: { sessionId: string; version: number; patch: RoomPatch }): void
  notice(failure: Failure): void
  /** At most once a second, however much is sent and answered. */
  facts(facts: SessionFacts): void
}

/** The public face of core: what main, the simulation and the examples hold. */
export interface Session {
  /** Reads the keychain and starts the recovery of a remembered session. Resolves when that is under way. */
  start(): Promise<void>
  state(): Versioned<SessionState>
  subscribe(listeners: Partial<SessionListeners>): () => void

  signIn(request: SignInRequest): Promise<Result<void>>
  /** Cleared here at once, also offline; the server is told as soon as it can be reached. */
  signOut(): Promise<Result<void>>
  /** Needs the server. Every other sign-in of this account is ended first, then this one as by `signOut`. */
  signOutEverywhere(): Promise<Result<void>>
  /** Try the server or the keychain now instead of at the next planned time. */
  retry(): void

  /** One authenticated call. The answer is checked against the endpoint's schema. */
  call<N extends EndpointName>(request: CallRequest<N>): Promise<Result<EndpointResponse<N>>>

  /**
   * An answer in pieces, each exactly once and in order, across expiring tokens and cut connections.
   * @returns what stops it; `ended` then never comes
   */
  stream<S extends StreamName>(request: StreamRequest<S>, listeners: StreamListeners<S>): () => void

  /** The next part of an upload. A part that was cut is sent again from where the server stands; `conflict` says it stands elsewhere. */
  sendPart(fileId: string, offset: number, bytes: Uint8Array): Promise<Result<{ offset: number }>>
  /** How much of an upload the server has. */
  uploadOffset(fileId: string): Promise<Result<{ offset: number }>>
  /** Bytes of the server, with the token renewed if need be. Its refusals are failures and no downloads. */
  download(request: DownloadRequest): Promise<Result<Download>>

  facts(): SessionFacts
  /** The newest list of sessions that was seen, from the disk after a start without a network; null when there is none. */
  lastKnownSessions(): Promise<Result<(EndpointResponse<'listLiveSessions'> & { at: number }) | null>>

  /** Somebody is at the keyboard. */
  reportActivity(): void
  /** Asks the three things a working session needs: does the server answer, does it know us, does it have our data. */
  check(): Promise<SessionCheck>

  /** Whether this person holds a live session in an open room. May change with any room patch. */
  teaching(): boolean

  /** Joins it; while the server cannot be reached, a room seen before is there as it was (`asOf`) and joined later. */
  openRoom(sessionId: string): Promise<Result<Versioned<RoomState>>>
  leaveRoom(sessionId: string): Promise<Result<void>>
  /**
   * Accepted once it is on disk; delivered exactly once, in order, when the server can be reached. The chat draft of the
   * room is gone with the write that accepts it, so that no crash leaves it both sent and in the composer.
   */
  postMessage(sessionId: string, text: string): Promise<Result<{ idempotencyKey: string }>>
  retryMessage(sessionId: string, idempotencyKey: string): Promise<Result<void>>
  discardMessage(sessionId: string, idempotencyKey: string): Promise<Result<void>>

  /** Accepted once it is on disk; the last word counts, and is told to the server when it can be reached. One that is refused for good is forgotten. */
  setHand(sessionId: string, raised: boolean): Promise<Result<void>>

  /** What stands in the composer of a room and is not sent, or in its notes; empty when there is nothing. */
  draft(sessionId: string, kind: DraftKind): Promise<Result<string>>
  /**
   * Accepted once it is on disk, encrypted. `forbidden` when somebody else than `accountId` is signed in by now.
   * @returns what is kept now
   */
  saveDraft(draft: {
    readonly accountId: string
    readonly sessionId: string
    readonly kind: DraftKind
    readonly text: string
    /**
     * From a writer who does not know yet what is kept: `text` goes below that, in place of what they added so before;
     * empty at first. Without it, `text` takes the place of all that is kept.
     */
    readonly added?: string | undefined
  }): Promise<Result<string>>

  /**
   * Stops every timer and closes every socket at once. The credential stays.
   * @returns resolves when all that was handed over before is on disk, or could not be kept
   */
  dispose(): Promise<void>
}
