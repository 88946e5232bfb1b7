/**
 * Reads what came back from the network and says whether it is our server's word at all. A captive portal, a
 * company proxy or a balancer answers too, with pages and status codes of its own; none of that may count.
 */
import { z } from 'zod'
import { BOOT_ID_HEADER, ProblemDocument } from '../contract/endpoint.ts'
import { parseJson } from '../contract/json.ts'
import { fail, FailureCode, type Failure } from '../contract/model.ts'
import type { HttpOutcome } from './ports.ts'

export type Answer =
  /** Our server speaking: it carries the marker header. */
  | {
      readonly kind: 'ours'
      readonly status: number
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string>>
      /** Parsed JSON; null when the body is none. */
      readonly json: unknown
      readonly bootId: string
      /** The server's `Date`, epoch milliseconds, cut to whole seconds by HTTP; null when absent. */
      readonly date: number | null
      readonly retryAfterMs: number | null
    }
  /** Nobody, or somebody else. `sent` is false only when our server certainly did not see the request. */
  | { readonly kind: 'none'; readonly failure: Failure; readonly sent: boolean }

export function readAnswer(outcome: HttpOutcome): Answer {
  if (outcome.kind === 'no-answer') {
    const { failure } =
      outcome.reason === 'aborted'
        ? fail('cancelled', 'The request was cancelled.', { cause: outcome.detail })
        : outcome.reason === 'timeout'
          ? fail('timeout', 'The server did not answer in time.', { retryable: true, cause: outcome.detail })
          : fail('offline', 'The server cannot be reached.', { retryable: true, cause: outcome.detail })
    return { kind: 'none', failure, sent: outcome.sent }
  }

  const { status, headers, body } = outcome
  const bootId = headers[BOOT_ID_HEADER]
  if (!bootId) {
    const behindBalancer = status === 502 || status === 503 || status === 504
    const { failure } = behindBalancer
      ? fail('server-unavailable', 'The server is not available at the moment.', {
          retryable: true,
          cause: `HTTP ${status} without the server's marker`,
        })
      : fail('not-our-server', 'Something on this network answers in place of your Lectern server.', {
          retryable: true,
          cause: `HTTP ${status} without the server's marker`,
        })
    return { kind: 'none', failure, sent: true }
  }

  const date = headers['date'] === undefined ? NaN : Date.parse(headers['date'])
  return {
    kind: 'ours',
    status,
    headers,
    json: parseJson(z.unknown(), body),
    bootId,
    date: Number.isNaN(date) ? null : date,
    retryAfterMs: retryAfter(headers['retry-after'], date),
  }
}

/** The failure that a non-2xx answer of our server stands for. */
export function failureOf(answer: Extract<Answer, { kind: 'ours' }>): Failure {
  const problem = ProblemDocument.safeParse(answer.json)
  const detail = problem.success ? problem.data.detail : `The server answered with status ${answer.status}.`
  const retryable = answer.status === 408 || answer.status === 429 || answer.status >= 500
  return {
    code: codeOf(answer.status, problem.success ? problem.data.code : ''),
    message: detail.slice(0, 500),
    retryable,
    ...(answer.retryAfterMs === null ? {} : { retryAfterMs: answer.retryAfterMs }),
  }
}

/** Codes of the server that people are told of in words of their own; of the others the status says enough. */
const ServersOwn = FailureCode.extract([
  'wrong-credentials',
  'not-enough-credits',
  'library-full',
  'storage-full',
  'too-large',
])

function codeOf(status: number, problem: string): FailureCode {
  const own = ServersOwn.safeParse(problem)
  if (own.success) return own.data
  switch (status) {
    case 401:
      return 'unauthenticated'
    case 403:
      return 'forbidden'
    case 404:
    case 410:
      return 'not-found'
    case 409:
      return 'conflict'
    case 408:
      return 'timeout'
    case 429:
      return 'rate-limited'
    default:
      return status >= 500 ? 'server-unavailable' : 'invalid-request'
  }
}

/** RFC 9110 §10.2.3: seconds, or an HTTP date reckoned against the server's own clock. Never over 5 minutes. */
function retryAfter(value: string | undefined, serverDate: number): number | null {
  if (value === undefined) return null
  const seconds = Number(value)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - serverDate
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 300_000) : null
}
