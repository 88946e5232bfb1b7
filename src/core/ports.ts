/**
 * Everything core needs from outside. Main passes adapters over Electron and the operating system; tests pass
 * in-memory implementations. Nothing here throws or rejects: what can go wrong is in the answer.
 */
import type { KeychainProblem, Result } from '../contract/model.ts'

export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Epoch milliseconds. Can be wrong by any amount and can jump. */
  wallNow(): number
  /** Milliseconds since some start; never goes back. May or may not advance while the machine sleeps. */
  monotonicNow(): number
  /** Calls `run` once, no earlier than `delayMs` from now; later if the machine sleeps. */
  setTimer(delayMs: number, run: () => void): Timer
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** A fresh unguessable id: 22 or more characters of `A-Z a-z 0-9 _ -`. */
  id(): string
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Absolute. Core builds it from the server's origin and a path; nobody else can name a host. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** JSON text, bytes, or nothing. */
  readonly body?: string | Uint8Array
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export interface HttpResponse {
  readonly kind: 'response'
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** No answer. `sent` is false only when the request certainly never reached the server. */
export interface HttpNoAnswer {
  readonly kind: 'no-answer'
  readonly reason: 'unreachable' | 'timeout' | 'aborted'
  readonly sent: boolean
  /** What the network stack said, such as `ERR_NETWORK_CHANGED`; for the journal. */
  readonly detail: string
}

export type HttpOutcome = HttpResponse | HttpNoAnswer

export interface HttpDownload {
  readonly kind: 'download'
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Read once, to its end or left early, which closes the connection. Throws when that is cut: it alone may. */
  readonly body: AsyncIterable<Uint8Array>
}

export interface StreamHandlers {
  /** Once, before any text. */
  headers(status: number, headers: Readonly<Record<string, string>>): void
  /** UTF-8 text as it arrives, in pieces of any length. */
  text(chunk: string): void
  /** Once, last: null when the server ended the body, else why there is no more. */
  ended(noAnswer: HttpNoAnswer | null): void
}

export interface HttpClient {
  /** Redirects are not followed: one is an answer of its own, and none of ours. */
  send(request: HttpRequest): Promise<HttpOutcome>
  /** As `send`, with the body in pieces. `timeoutMs` is for the headers. `close` is followed by `ended`. */
  stream(request: HttpRequest, handlers: StreamHandlers): { close(): void }
  /** As `send`, with the body as bytes and of any length. `timeoutMs` is for the headers; `signal` also ends the body. */
  download(request: HttpRequest): Promise<HttpDownload | HttpNoAnswer>
}

export interface SocketHandlers {
  opened(): void
  message(text: string): void
  /** Once, whatever the cause; also when opening failed (then with code 1006). */
  closed(code: number, reason: string): void
}

export interface Socket {
  send(text: string): void
  /** `closed` follows. A half-open connection is dropped without waiting for the other side. */
  close(code?: number, reason?: string): void
}

export interface SocketClient {
  open(url: string, handlers: SocketHandlers): Socket
}

export interface SecretFailure {
  readonly problem: KeychainProblem
  readonly message: string
}
export type SecretResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: SecretFailure }

/**
 * The operating system's keychain. Each call has a deadline of its own. `read` gives null when there is no such
 * entry *or when a locked Linux keyring says so*: only the caller knows which of the two it must be.
 */
export interface SecretStore {
  read(name: string): Promise<SecretResult<string | null>>
  write(name: string, secret: string): Promise<SecretResult<void>>
  /** Deleting what is not there succeeds. */
  remove(name: string): Promise<SecretResult<void>>
}

/** Small named documents in the app's folder. A write is whole or not at all, also across kill -9. */
export interface FileStore {
  read(name: string): Promise<Result<string | null>>
  write(name: string, text: string): Promise<Result<void>>
  remove(name: string): Promise<Result<void>>
}

export type PowerEvent = 'suspend' | 'resume' | 'lock' | 'unlock'

export interface PowerEvents {
  subscribe(listener: (event: PowerEvent) => void): () => void
  /** Seconds since the last key, click or touch anywhere on this computer; null where nobody can tell. */
  idleSeconds(): number | null
  /** Asks the machine not to sleep until the returned function is called. */
  holdAwake(): () => void
}

export interface Network {
  /** A hint only: `true` proves nothing. */
  subscribe(listener: (online: boolean) => void): () => void
}

export type JournalDetail = Readonly<Record<string, string | number | boolean | null>>

/** The diagnostics timeline. Takes no secrets: details are numbers, booleans and short words chosen by core. */
export interface Journal {
  record(entry: { wall: number; monotonic: number; event: string; detail: JournalDetail }): void
}

export interface Ports {
  readonly clock: Clock
  readonly random: Random
  readonly http: HttpClient
  readonly sockets: SocketClient
  readonly secrets: SecretStore
  /** Readable by anybody who can read the disk: remembers that an account exists, never a secret. */
  readonly files: FileStore
  /** Encrypted with a key from the keychain: what a person wrote and the server has not confirmed. */
  readonly sealedFiles: FileStore
  readonly power: PowerEvents
  readonly network: Network
  readonly journal: Journal
}
