/** One bucket of an S3-compatible service: signed requests, tried again while that can help, failures translated. */
import { createHash } from 'node:crypto'
import { ReadableStream } from 'node:stream/web'
import { setTimeout as wait } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import { StorageFailure, type StorageFailureCode } from './storage-failure.ts'

export interface S3Settings {
  readonly kind: 's3'
  /** Base address of the service, such as https://s3.eu-central-1.amazonaws.com; the bucket becomes part of the path. */
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE'
  /** Without it the request is about the bucket. */
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: {
    readonly size: number
    readonly sha256: string
    /** Called once for each try. */
    pieces(): AsyncIterable<Uint8Array>
  }
}

/** An answer whose body is still to come. */
export interface S3Answer {
  readonly status: number
  readonly headers: Headers
  /** @throws {StorageFailure} also when nothing came for too long */
  pieces(): AsyncGenerator<Uint8Array, void>
  /** The rest is not wanted. */
  end(): void
}

/** The service answered, and the answer was no. */
export class S3Refusal extends StorageFailure {
  readonly status: number

  constructor(code: StorageFailureCode, status: number, said: string | null) {
    super(code, sentences[code], said ?? `HTTP ${status}`)
    this.status = status
  }
}

const sentences: Readonly<Record<StorageFailureCode, string>> = {
  'storage-unreachable': 'The object storage cannot be reached or is out of order',
  'storage-denied': 'The object storage refused access',
  'storage-full': 'The object storage is full',
  'storage-failed': 'The object storage refused the request',
}

/** Milliseconds before another try, each shortened by chance, so that many servers do not return at once. */
const RETRY_MS = [100, 400, 1600]
/** A body is given as much more time as it takes at this speed. */
const SLOWEST_BYTES_PER_S = 128 * 1024
const MAX_ERROR_BYTES = 64 * 1024

const SHA256_OF_NOTHING = createHash('sha256').digest('hex')

/** Not in one list of codes anywhere: AWS, Ceph, MinIO and others each have their own. */
const FULL = [
  'QuotaExceeded',
  'InsufficientStorage',
  'InsufficientCapacity',
  'XMinioStorageFull',
  'XMinioAdminBucketQuotaExceeded',
]
const PASSING_STATUS = [408, 429, 500, 502, 503, 504]
const PASSING = ['RequestTimeout', 'SlowDown', 'OperationAborted']

export interface S3Service {
  /** @throws {StorageFailure} an S3Refusal when the service itself said no */
  send(request: S3Request): Promise<S3Answer>
  /** What is running fails as unreachable, and nothing is tried again. */
  close(): void
}

/**
 * @param quietMs how long to wait for the start of an answer, and for each later piece of it
 * @throws {TypeError} when the endpoint is no address
 */
export function createS3Service(settings: S3Settings, quietMs: number): S3Service {
  const { endpoint, bucket, region, accessKeyId, secretAccessKey } = settings
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3' })
  const base = `${new URL(endpoint).href.replace(/\/+$/, '')}/${encodeURIComponent(bucket)}`
  const closed = new AbortController()
  const running = new Set<AbortController>()

  /** Signed anew for each try: a signature is good for some minutes only. */
  async function sign(
    { method, key, query, headers, body }: S3Request,
    signal: AbortSignal,
  ): Promise<Request> {
    const url = new URL(key === undefined ? base : `${base}/${key}`)
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
    const sha256 = body?.sha256 ?? SHA256_OF_NOTHING
    const init = {
      method,
      headers: { ...headers, 'x-amz-content-sha256': sha256 },
      signal,
      // Whoever is redirected there would be handed what was signed for here.
      redirect: 'manual',
      ...(body && { body: ReadableStream.from(body.pieces()) as unknown as BodyInit, duplex: 'half' }),
    } satisfies RequestInit & { duplex?: string }
    const request = await client.sign(url, init)
    // Node's fetch sends a stream with this length when it is told one; without it S3 takes no object.
    if (body) request.headers.set('content-length', String(body.size))
    // Lengths and ranges are of the bytes that are kept. Not signed: what stands in between may change it.
    request.headers.set('accept-encoding', 'identity')
    return request
  }

  async function attempt(request: S3Request): Promise<S3Answer> {
    const controller = new AbortController()
    running.add(controller)
    const end = () => {
      running.delete(controller)
      controller.abort()
    }
    if (closed.signal.aborted) controller.abort()
    const patience = quietMs + ((request.body?.size ?? 0) / SLOWEST_BYTES_PER_S) * 1000
    try {
      const response = await within(patience, controller, async () =>
        fetch(await sign(request, controller.signal)),
      )
      const answer = { status: response.status, headers: response.headers, pieces: () => pieces(), end }
      const reader = response.body?.getReader()
      async function* pieces(): AsyncGenerator<Uint8Array, void> {
        try {
          while (reader) {
            const { done, value } = await within(quietMs, controller, () => reader.read())
            if (done) return
            yield value
          }
        } catch (error) {
          throw unreachable(error)
        } finally {
          end()
        }
      }
      if (response.ok) return answer
      throw refusal(response.status, await textOf(answer, MAX_ERROR_BYTES))
    } catch (error) {
      end()
      throw error instanceof StorageFailure ? error : unreachable(error)
    }
  }

  return {
    async send(request) {
      for (const pause of RETRY_MS) {
        try {
          return await attempt(request)
        } catch (error) {
          if (!isPassing(error) || closed.signal.aborted) throw error
          await wait(pause * (0.5 + Math.random() / 2), undefined, { signal: closed.signal }).catch(() => {
            throw error
          })
        }
      }
      return attempt(request)
    },
    close() {
      closed.abort()
      for (const controller of running) controller.abort()
    },
  }
}

/** @throws {StorageFailure} when it is longer than `limit` bytes */
export async function textOf(answer: S3Answer, limit: number): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const piece of answer.pieces()) {
    size += piece.length
    if (size > limit) throw new StorageFailure('storage-failed', 'The answer is too long', null)
    parts.push(piece)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** Aborts what takes longer. */
async function within<T>(
  milliseconds: number,
  controller: AbortController,
  work: () => Promise<T>,
): Promise<T> {
  const timer = setTimeout(() => controller.abort(new DOMException('too slow', 'TimeoutError')), milliseconds)
  try {
    return await work()
  } finally {
    clearTimeout(timer)
  }
}

function refusal(status: number, text: string): S3Refusal {
  // Nothing else of the answer: it may repeat the access key and what was signed.
  const said = /<Code>([A-Za-z0-9.]{1,64})<\/Code>/.exec(text)?.[1] ?? null
  if (status === 507 || (said !== null && FULL.includes(said)))
    return new S3Refusal('storage-full', status, said)
  if (PASSING_STATUS.includes(status) || (said !== null && PASSING.includes(said)))
    return new S3Refusal('storage-unreachable', status, said)
  if (status === 401 || status === 403) return new S3Refusal('storage-denied', status, said)
  return new S3Refusal('storage-failed', status, said)
}

/** @param error of fetch, which hides what happened in its cause */
function unreachable(error: unknown): StorageFailure {
  if (error instanceof StorageFailure) return error
  const { cause = error } = error as { cause?: unknown }
  const { code, name } = cause as { code?: unknown; name?: unknown }
  const said = typeof code === 'string' ? code : typeof name === 'string' ? name : null
  return new StorageFailure('storage-unreachable', sentences['storage-unreachable'], said, { cause: error })
}

const isPassing = (error: unknown) => error instanceof StorageFailure && error.code === 'storage-unreachable'
