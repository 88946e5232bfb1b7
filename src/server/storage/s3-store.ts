import { createHash, randomUUID } from 'node:crypto'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StartFailure } from '../start-failure.ts'
import { piecesOf, readableOf, receive } from './incoming-body.ts'
import {
  checkKey,
  checkPut,
  checkRange,
  isKey,
  sweepPages,
  type Found,
  type ObjectStore,
} from './object-store.ts'
import {
  createS3Service,
  S3Refusal,
  textOf,
  type S3Answer,
  type S3Service,
  type S3Settings,
} from './s3-service.ts'
import { diskFailure, StorageFailure } from './storage-failure.ts'

const MAX_ANSWER_BYTES = 64 * 1024
/** A thousand objects with everything S3 says of each. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024
const REMOVED_AT_ONCE = 8
/** Times a download that broke off is taken up again without a byte of progress. */
const RESUMPTIONS = 3

const isAbsent = (error: unknown) =>
  error instanceof S3Refusal && error.status === 404 && error.said !== 'NoSuchBucket'
const isBeyondEnd = (error: unknown) => error instanceof S3Refusal && error.status === 416

/**
 * Objects in a bucket of an S3-compatible service. Several servers may share the bucket.
 *
 * @param namespace everything is below this name in the bucket, which may hold other things too
 * @param quietMs a service that says nothing for so long is asked again
 * @throws {StartFailure} `invalid-settings`, or `storage-unusable` when the bucket cannot be listed, written, read
 * and deleted from
 */
export async function openS3Store(
  settings: S3Settings,
  namespace: string,
  quietMs = 15_000,
): Promise<ObjectStore> {
  const service = serviceOf(settings, quietMs)
  const pathOf = (key: string) => `${namespace}/${key}`

  const finish = async (answer: S3Answer) => void (await textOf(answer, MAX_ANSWER_BYTES))

  const store: ObjectStore = {
    async put(key, body, options) {
      checkPut(key, options)
      return withTemporaryFile(async (handle) => {
        const hash = createHash('sha256')
        const stored = await receive(body, options, async (chunk) => {
          hash.update(chunk)
          await handle.writeFile(chunk)
        })
        const { size } = stored
        if (size === 0) return stored
        const pieces = () => piecesOf(handle, { start: 0, end: size })
        const sha256 = hash.digest('hex')
        await finish(await service.send({ method: 'PUT', key: pathOf(key), body: { size, sha256, pieces } }))
        return stored
      })
    },

    async read(key, range) {
      checkKey(key)
      if (range) checkRange(range)
      const { start, end } = range ?? { start: 0, end: Infinity }
      if (start === end)
        return (await store.size(key)) === null ? null : readableOf(nothing(), async () => {})
      try {
        const { pieces, stop } = await download(service, pathOf(key), start, end)
        return readableOf(pieces, async () => stop())
      } catch (error) {
        if (isAbsent(error)) return null
        if (isBeyondEnd(error)) return readableOf(nothing(), async () => {})
        throw error
      }
    },

    async size(key) {
      checkKey(key)
      try {
        const answer = await service.send({ method: 'HEAD', key: pathOf(key) })
        answer.end()
        const length = Number(answer.headers.get('content-length') ?? NaN)
        if (Number.isSafeInteger(length)) return length
        throw new StorageFailure(
          'storage-failed',
          'The object storage does not say how long an object is',
          null,
        )
      } catch (error) {
        if (isAbsent(error)) return null
        throw error
      }
    },

    async remove(keys) {
      keys.forEach(checkKey)
      const failures: unknown[] = []
      const left = keys.values()
      // One by one: not every service knows S3's request for many.
      const removeSome = async () => {
        for (const key of left) {
          try {
            await finish(await service.send({ method: 'DELETE', key: pathOf(key) }))
          } catch (error) {
            if (!isAbsent(error)) failures.push(error)
          }
        }
      }
      await Promise.all(Array.from({ length: REMOVED_AT_ONCE }, removeSome))
      if (failures.length > 0) throw failures[0]
    },

    sweep: (olderThan, known) => sweepPages(pagesOf(service, `${namespace}/`), store, olderThan, known),

    async close() {
      service.close()
    },
  }
  await probe(store, service, namespace, settings)
  return store
}

function serviceOf(settings: S3Settings, quietMs: number): S3Service {
  let address: URL | null = null
  try {
    address = new URL(settings.endpoint)
  } catch {
    // Answered below, without repeating what may hold a password.
  }
  if (
    !address ||
    !/^https?:$/.test(address.protocol) ||
    address.username ||
    address.password ||
    address.search
  ) {
    throw new StartFailure(
      'invalid-settings',
      'The address of the object storage is not an http or https address without a name, a password and a query.',
    )
  }
  return createS3Service(settings, quietMs)
}

/** Everything that will be asked of the bucket, once. */
async function probe(
  store: ObjectStore,
  service: S3Service,
  namespace: string,
  settings: S3Settings,
): Promise<void> {
  const { bucket, endpoint } = settings
  const text = Buffer.from('Lectern asks whether it can write here.')
  // A key like any other: should the removal fail, a sweep finds it.
  const key = `probe-${randomUUID()}`
  try {
    for await (const _ of pagesOf(service, `${namespace}/`, 1)) break
    await store.put(
      key,
      (async function* () {
        yield text
      })(),
      { limit: text.length },
    )
    const stream = await store.read(key)
    const read: Buffer[] = []
    for await (const piece of stream ?? []) read.push(piece as Buffer)
    await store.remove([key])
    if (!Buffer.concat(read).equals(text))
      throw new StorageFailure('storage-failed', 'What was written did not come back', null)
  } catch (cause) {
    await store.close()
    throw new StartFailure('storage-unusable', whatToDo(cause, bucket, endpoint), { cause })
  }
}

/** One sentence of what is wrong, one of what to do. */
function whatToDo(cause: unknown, bucket: string, endpoint: string): string {
  const { code, said } =
    cause instanceof StorageFailure ? cause : new StorageFailure('storage-failed', '', null)
  const answer = said === null ? '' : ` (${said})`
  const there = `the bucket ${bucket} at ${endpoint}`
  if (said === 'NoSuchBucket')
    return `There is no bucket ${bucket} at ${endpoint}. Create it, or correct its name.`
  if (said === 'RequestTimeTooSkewed')
    return `The clock of this machine and that of ${endpoint} are too far apart. Set the clock.`
  switch (code) {
    case 'storage-unreachable':
      return `The object storage at ${endpoint} cannot be reached or is out of order${answer}. Check the address, and that the service runs.`
    case 'storage-denied':
      return (
        `Access to ${there} is refused${answer}. Check the access key and its secret, and that they may list the ` +
        'bucket and put, get and delete its objects.'
      )
    case 'storage-full':
      return `Nothing more can be stored in ${there}${answer}. Make room, or raise its quota.`
    case 'storage-failed':
      return `Files cannot be stored in ${there}${answer}. Check the address, the region and the name of the bucket.`
  }
}

/**
 * A file that has no name any more once it is open: however this process ends, nothing stays behind. On the disk and
 * not in memory, because a part is as slow as the connection it comes over, and hundreds of them come at once.
 */
async function withTemporaryFile<T>(use: (handle: FileHandle) => Promise<T>): Promise<T> {
  const path = join(tmpdir(), `lectern-part-${randomUUID()}`)
  let handle: FileHandle | undefined
  try {
    handle = await open(path, 'wx+', 0o600)
    await unlink(path)
    return await use(handle)
  } catch (error) {
    throw diskFailure(error)
  } finally {
    await handle?.close()
  }
}

/** Starts a download, and goes on from where it was when the connection breaks: an object never changes. */
async function download(
  service: S3Service,
  key: string,
  start: number,
  end: number,
): Promise<{ pieces: AsyncGenerator<Uint8Array, void>; stop(): void }> {
  let position = start
  let stopped = false

  const ask = async () => {
    const whole = position === 0 && end === Infinity
    const range = `bytes=${position}-${end === Infinity ? '' : end - 1}`
    const answer = await service.send({ method: 'GET', key, headers: whole ? {} : { range } })
    // A server may answer another range than was asked for, or everything (RFC 9110 §14.2).
    const first = Number(/^bytes (\d+)-/.exec(answer.headers.get('content-range') ?? '')?.[1] ?? 0)
    if (first <= position) return { answer, first }
    answer.end()
    throw new StorageFailure('storage-failed', 'The object storage answered another range', null)
  }

  let { answer, first } = await ask()
  async function* pieces(): AsyncGenerator<Uint8Array, void> {
    for (let barren = 0; ; barren += 1) {
      try {
        let at = first
        for await (const piece of answer.pieces()) {
          const from = Math.max(position - at, 0)
          const wanted = piece.subarray(from, end - at)
          at += piece.length
          if (wanted.length > 0) {
            position += wanted.length
            barren = 0
            yield wanted
          }
          if (at > end) return
        }
        return
      } catch (error) {
        if (stopped || barren === RESUMPTIONS) throw error
      }
      try {
        ;({ answer, first } = await ask())
      } catch (error) {
        if (isBeyondEnd(error)) return
        throw error
      }
    }
  }
  return {
    pieces: pieces(),
    stop() {
      stopped = true
      answer.end()
    },
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void> {}

/**
 * Version 1 of the list goes on after a key; version 2 has tokens that s3rver cannot make with the OpenSSL of today, so
 * that more than one page could not be tested.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
 */
async function* pagesOf(service: S3Service, prefix: string, size = 1000): AsyncGenerator<Found[]> {
  for (let marker: string | undefined = ''; marker !== undefined;) {
    const query = { 'max-keys': String(size), prefix, ...(marker === '' ? {} : { marker }) }
    const text = await textOf(await service.send({ method: 'GET', query }), MAX_PAGE_BYTES)
    if (!text.includes('<ListBucketResult'))
      throw new StorageFailure('storage-failed', 'The answer is not one of an object storage', null)
    const page: Found[] = []
    let last: string | undefined
    for (const [, entry = ''] of text.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
      last = elementOf(entry, 'Key')
      const storedAt = new Date(elementOf(entry, 'LastModified') ?? NaN)
      const key = last?.startsWith(prefix) ? last.slice(prefix.length) : ''
      // What is not ours, or not understood, is never swept.
      if (isKey(key) && !Number.isNaN(storedAt.getTime())) page.push({ key, storedAt })
    }
    yield page
    // A service that does not know the marker would begin again, for ever.
    marker = elementOf(text, 'IsTruncated') === 'true' && last !== marker ? last : undefined
  }
}

/** Of XML without attributes, comments and CDATA, which is what S3 answers a list with. */
function elementOf(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
  return text?.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, named) => {
    if (decimal) return String.fromCodePoint(Number(decimal))
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16))
    return ENTITIES[named as keyof typeof ENTITIES] ?? whole
  })
}

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
