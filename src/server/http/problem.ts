/** Every refusal as an RFC 9457 problem document, whatever part of the server it comes from. */
import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import type { ProblemDocument } from '../../contract/endpoint.ts'
import { StorageFailure } from '../storage/storage-failure.ts'

/** Of every code there is. */
export const statusOf = {
  'invalid-request': 400,
  unauthenticated: 401,
  'wrong-credentials': 401,
  forbidden: 403,
  'not-found': 404,
  timeout: 408,
  conflict: 409,
  'not-enough-credits': 409,
  'library-full': 409,
  'file-missing': 410,
  'unsupported-version': 412,
  'too-large': 413,
  'unsupported-media-type': 415,
  'range-not-satisfiable': 416,
  'upgrade-required': 426,
  'rate-limited': 429,
  'headers-too-large': 431,
  internal: 500,
  unavailable: 503,
  'storage-full': 507,
} as const

export type ProblemCode = keyof typeof statusOf

export class Problem extends Error {
  readonly code: ProblemCode
  readonly headers: Readonly<Record<string, string>>
  readonly errors: ProblemDocument['errors']

  /** @param detail one plain sentence for a person */
  constructor(
    code: ProblemCode,
    detail: string,
    more: { headers?: Record<string, string>; errors?: ProblemDocument['errors'] } = {},
  ) {
    super(detail)
    this.name = 'Problem'
    this.code = code
    this.headers = more.headers ?? {}
    this.errors = more.errors
  }

  get document(): ProblemDocument {
    const status = statusOf[this.code]
    return {
      type: 'about:blank',
      title: STATUS_CODES[status] ?? 'Error',
      status,
      detail: this.message,
      code: this.code,
      ...(this.errors ? { errors: this.errors } : {}),
    }
  }
}

export const unauthenticated = () =>
  new Problem('unauthenticated', 'Your access token is missing, has expired or is no longer accepted.', {
    headers: { 'www-authenticate': 'Bearer realm="lectern", error="invalid_token"' },
  })

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const { document } = problem
  return reply.headers(problem.headers).code(document.status).type(PROBLEM_TYPE).send(document)
}

/** What an error thrown on the way of a request says to the client. Never more than the client's own mistake. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof StorageFailure) {
    return error.code === 'storage-full'
      ? new Problem('storage-full', 'The server has no room left for files. Tell whoever runs it.')
      : new Problem('unavailable', 'The files cannot be reached at the moment. Try again in a moment.', {
          headers: { 'retry-after': '5' },
        })
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const part = (error as FastifyError).validationContext ?? 'request'
    return new Problem('invalid-request', 'The request is not what this address expects.', {
      errors: error.validation.map(({ instancePath, message }) => ({
        path: [part, ...instancePath.split('/').filter(Boolean)].join('.'),
        message: message ?? 'Invalid',
      })),
    })
  }
  const { statusCode = 500, code = '' } = error instanceof Error ? (error as Partial<FastifyError>) : {}
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY' || error instanceof SyntaxError) {
    return new Problem('invalid-request', 'The body is not valid JSON.')
  }
  // PostgreSQL: character_not_in_repertoire, untranslatable_character, and a lone surrogate in JSON. The one thing
  // the contract lets through and the database does not take, such as a NUL in the name of a device.
  if (['22021', '22P05', '22P02'].includes(code)) {
    return new Problem('invalid-request', 'The text holds characters that cannot be stored.')
  }
  if (databaseIsAway(error)) {
    return new Problem('unavailable', 'The server cannot reach its database at the moment.', {
      headers: { 'retry-after': '1' },
    })
  }
  switch (statusCode) {
    case 404:
      return new Problem('not-found', 'There is nothing at this address.')
    case 408:
      return new Problem('timeout', 'The request took too long to arrive.')
    case 413:
      return new Problem('too-large', 'The body is larger than the server accepts.')
    case 414:
    case 431:
      return new Problem(
        'headers-too-large',
        'The address or the headers are larger than the server accepts.',
      )
    case 415:
      return new Problem('unsupported-media-type', 'Send the body as application/json.')
    default:
      return statusCode < 500
        ? new Problem('invalid-request', 'The request could not be understood.')
        : new Problem('internal', 'Something went wrong on the server. Trying again may help.')
  }
}

/**
 * PostgreSQL's classes 08 (connection), 53 (resources), 57P (shutdown) and 40 (to be tried again), what Node says of a
 * socket, and what the driver says without a code (node_modules/pg/lib/client.js, pg-pool).
 */
function databaseIsAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code = '' } = error as NodeJS.ErrnoException
  return (
    /^(08|53|57P|40)/.test(code) ||
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH'].includes(code) ||
    /^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message)
  )
}

export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error)
  if (problem.code === 'internal' || error instanceof StorageFailure)
    request.log.error({ err: error }, 'request failed')
  return sendProblem(reply, problem)
}
