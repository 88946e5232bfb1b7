import axios, { AxiosError, isAxiosError } from 'axios'
import type {
  HttpClient,
  HttpDownload,
  HttpNoAnswer,
  HttpOutcome,
  HttpRequest,
  StreamHandlers,
} from '../../core/ports.ts'

const MAX_RESPONSE_BYTES = 8 * 1024 * 1024

/**
 * Reasons that come up before the first byte of a request can leave: while a name is looked up, a connection is made
 * or its TLS handshake is done. Only these prove that the server saw nothing. Chromium's names (net_error_list.h)
 * and Node's. What also happens to an open connection is not here: ERR_ADDRESS_UNREACHABLE and
 * ERR_INTERNET_DISCONNECTED are raised for those too when the network goes away.
 */
const NEVER_SENT = new Set([
  'ERR_NAME_NOT_RESOLVED',
  'ERR_NAME_RESOLUTION_FAILED',
  'ERR_DNS_TIMED_OUT',
  'ERR_CONNECTION_REFUSED',
  'ERR_CONNECTION_FAILED',
  'ERR_CONNECTION_TIMED_OUT',
  'ERR_PROXY_CONNECTION_FAILED',
  'ERR_TUNNEL_CONNECTION_FAILED',
  'ERR_NETWORK_ACCESS_DENIED',
  'ERR_UNSAFE_PORT',
  'ERR_SSL_VERSION_OR_CIPHER_MISMATCH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'UND_ERR_CONNECT_TIMEOUT',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_HAS_EXPIRED',
])
/** The certificate is looked at in the handshake. */
const neverSent = (reason: string) =>
  NEVER_SENT.has(reason) || reason.startsWith('ERR_CERT_') || reason.startsWith('ERR_TLS_CERT_')

type Fetch = (input: Request | string, init?: RequestInit) => Promise<Response>

export interface HttpOptions {
  /** Electron's `net.fetch`, so that the system's proxy and the company's certificates count. */
  readonly fetch: Fetch
  readonly userAgent: string
}

/**
 * Requests over axios: no redirect is followed, no cookie kept, nothing cached, nothing parsed. Answers over 8 MiB are
 * refused, except in a stream, which lasts as long as the server has something to say, and in a download.
 */
export function createHttpClient({ fetch, userAgent }: HttpOptions): HttpClient {
  const client = axios.create({
    adapter: 'fetch',
    env: { fetch: unfollowed(fetch) },
    fetchOptions: { cache: 'no-store' },
    withCredentials: false,
    maxRedirects: 0,
    transformRequest: [(body: unknown) => body],
    transformResponse: [(body: unknown) => body],
    validateStatus: () => true,
    headers: { common: { 'user-agent': userAgent } },
  })

  const configOf = ({ method, url, headers, body }: HttpRequest) => ({
    method,
    url,
    // axios would call a POST without a body a form.
    headers: { 'content-type': false, ...headers },
    ...(body === undefined ? {} : { data: body }),
  })

  async function send(request: HttpRequest): Promise<HttpOutcome> {
    const { timeoutMs, signal } = request
    if (signal?.aborted) return neverBegun
    try {
      const answer = await client.request<string>({
        ...configOf(request),
        responseType: 'text',
        maxContentLength: MAX_RESPONSE_BYTES,
        timeout: timeoutMs,
        ...(signal ? { signal } : {}),
      })
      return {
        kind: 'response',
        status: answer.status,
        headers: namesInLowerCase(answer.headers),
        body: answer.data,
      }
    } catch (error) {
      return noAnswer(error, signal?.aborted ?? false)
    }
  }

  /** An answer whose body is still coming. */
  async function begin(request: HttpRequest, closing: AbortSignal): Promise<HttpDownload | HttpNoAnswer> {
    if (closing.aborted) return neverBegun
    const ending = new AbortController()
    // A deadline of our own: that of axios would also end a body that is well.
    let late = false
    const deadline = setTimeout(() => {
      late = true
      ending.abort()
    }, request.timeoutMs)
    try {
      const { status, headers, data } = await client.request<ReadableStream<Uint8Array> | null>({
        ...configOf(request),
        responseType: 'stream',
        signal: AbortSignal.any([closing, ending.signal]),
      })
      return { kind: 'download', status, headers: namesInLowerCase(headers), body: piecesOf(data, ending) }
    } catch (error) {
      if (late && !closing.aborted) return timedOut
      return noAnswer(error, closing.aborted)
    } finally {
      clearTimeout(deadline)
    }
  }

  /** @returns why there is no more; null when the server ended the body */
  async function read(
    request: HttpRequest,
    handlers: StreamHandlers,
    closing: AbortSignal,
  ): Promise<HttpNoAnswer | null> {
    const answer = await begin(request, closing)
    if (answer.kind === 'no-answer') return answer
    handlers.headers(answer.status, answer.headers)
    // A character may lie across two pieces.
    const decoder = new TextDecoder()
    const hand = (text: string) => {
      if (text !== '' && !closing.aborted) handlers.text(text)
    }
    try {
      for await (const piece of answer.body) hand(decoder.decode(piece, { stream: true }))
      hand(decoder.decode())
      return closing.aborted ? aborted : null
    } catch (error) {
      return noAnswer(error, closing.aborted)
    }
  }

  return {
    send,
    stream(request, handlers) {
      const closed = new AbortController()
      const closing = request.signal ? AbortSignal.any([request.signal, closed.signal]) : closed.signal
      void read(request, handlers, closing).then((noAnswer) => handlers.ended(noAnswer))
      return { close: () => closed.abort() }
    },
    download: (request) => begin(request, request.signal ?? new AbortController().signal),
  }
}

/**
 * Left early, the request is aborted, which closes its connection. Cancelling the stream would not: axios reads ahead,
 * and its cancel waits for the piece that it is reading.
 */
async function* piecesOf(
  body: ReadableStream<Uint8Array> | null,
  request: AbortController,
): AsyncGenerator<Uint8Array> {
  if (!body) return
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    request.abort()
  }
}

const namesInLowerCase = (headers: object): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]))

/**
 * Chromium's stack has no name for a redirect that is not followed: it cancels the request. That is an answer all
 * the same, though its status and address are gone.
 */
function unfollowed(fetch: Fetch) {
  return async (input: URL | Request | string, init?: RequestInit): Promise<Response> => {
    try {
      return await fetch(input instanceof URL ? input.href : input, init)
    } catch (error) {
      if (error instanceof Error && error.message === 'Redirect was cancelled') {
        return new Response(null, { status: 302 })
      }
      throw error
    }
  }
}

const aborted: HttpNoAnswer = { kind: 'no-answer', reason: 'aborted', sent: true, detail: 'aborted' }
const neverBegun: HttpNoAnswer = { ...aborted, sent: false }
const timedOut: HttpNoAnswer = { kind: 'no-answer', reason: 'timeout', sent: true, detail: 'timed out' }

function noAnswer(error: unknown, wasAborted: boolean): HttpNoAnswer {
  const code = isAxiosError(error) ? error.code : undefined
  if (wasAborted || code === AxiosError.ERR_CANCELED) return aborted
  if (code === AxiosError.ETIMEDOUT || code === AxiosError.ECONNABORTED) return timedOut
  const detail = reasonOf(error)
  return { kind: 'no-answer', reason: 'unreachable', sent: !neverSent(detail), detail }
}

/** The first name an error or one of its causes carries: `net::ERR_…` in Chromium, `code` in Node. */
function reasonOf(error: unknown): string {
  let cause: unknown = error
  for (let depth = 0; depth < 5 && cause instanceof Error; depth += 1) {
    const chromium = /net::(ERR_[A-Z0-9_]+)/.exec(cause.message)?.[1]
    if (chromium) return chromium
    const code: unknown = 'code' in cause ? cause.code : undefined
    // axios's own codes say less than what is below them.
    if (typeof code === 'string' && !(isAxiosError(cause) && cause.cause)) return code
    cause = cause.cause
  }
  return 'unknown'
}
