import type { EndpointName, EndpointResponse } from '../contract/api.ts'
import type { StreamEvent, StreamName } from '../contract/streams.ts'
import type { Failure, Result, RoomPatch, RoomState, SessionState } from '../contract/model.ts'

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
}

export interface StreamListeners<S extends StreamName = StreamName> {
  event(event: StreamEvent<S>): void
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
  /** Nobody there for this many seconds ends the session; null for never. */
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
  /** Try the server or the keychain now instead of at the next planned time. */
  retry(): void

  /** One authenticated call. The answer is checked against the endpoint's schema. */
  call<N extends EndpointName>(request: CallRequest<N>): Promise<Result<EndpointResponse<N>>>

  /**
   * An answer in pieces, each exactly once and in order, across expiring tokens and cut connections.
   * @returns what stops it; `ended` then never comes
   */
  stream<S extends StreamName>(request: StreamRequest<S>, listeners: StreamListeners<S>): () => void

  /** Somebody is at the keyboard. */
  reportActivity(): void
  /** Asks the three things a working session needs: does the server answer, does it know us, does it have our data. */
  check(): Promise<SessionCheck>

  openRoom(sessionId: string): Promise<Result<Versioned<RoomState>>>
  leaveRoom(sessionId: string): Promise<Result<void>>
  /** Accepted once it is on disk; delivered exactly once, in order, when the server can be reached. */
  postMessage(sessionId: string, text: string): Promise<Result<{ idempotencyKey: string }>>
  retryMessage(sessionId: string, idempotencyKey: string): Promise<Result<void>>
  discardMessage(sessionId: string, idempotencyKey: string): Promise<Result<void>>

  /** What stands in the composer of a room and is not sent; empty when there is nothing. */
  draft(sessionId: string): Promise<Result<string>>
  /** Accepted once it is on disk, encrypted. */
  saveDraft(sessionId: string, text: string): Promise<Result<void>>

  /** Stops every timer and closes every socket. The credential stays. */
  dispose(): void
}
