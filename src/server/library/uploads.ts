/**
 * Files on their way in, part by part. What has arrived of a part counts, however its request ended: an object is
 * written first, and the row that names it moves the file's end from exactly where the part began. So of two requests
 * for the same place, on whatever servers, one is taken; and a server killed in between has promised nothing.
 */
import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import { sql } from 'kysely'
import { MAX_UPLOAD_PART_BYTES, type ContentType, type StoredFile } from '../../contract/library.ts'
import { lifetimes } from '../../contract/lifetimes.ts'
import type { OwnRows } from '../database/own-rows.ts'
import type { OwnTx } from '../database/schema.ts'
import type { IncomingBytes } from '../http/bytes.ts'
import { Problem } from '../http/problem.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { problemWith } from './content.ts'
import { fileOf, readFile, readParts, removeParts } from './file-rows.ts'
import { bytesOf, missingPart, type StoredPart } from './stored-parts.ts'

export interface Announcement {
  readonly name: string
  readonly contentType: ContentType
  /** Bytes. */
  readonly size: number
}

export interface Uploads {
  /** @throws {Problem} `library-full`; `too-large`; `conflict` when the key stands for another file */
  announce(accountId: string, key: string, file: Announcement): Promise<StoredFile>
  /**
   * How things stand, for whoever wants to go on: a request for this file that is still under way here is ended first,
   * since it comes from a connection that was given up, and what it brought counts.
   */
  resume(accountId: string, fileId: string): Promise<StoredFile>
  /**
   * @returns where the file ends now; with its last byte it was judged
   * @throws {Problem} `conflict` when it does not end at `offset`; `too-large`; `timeout` when the rest of the body did
   * not come: what came is kept
   */
  append(accountId: string, fileId: string, offset: number, body: IncomingBytes): Promise<number>
  /** Ends what is under way, as `resume` does. */
  close(): Promise<void>
}

export interface UploadsParts {
  readonly ownRows: OwnRows
  readonly store: ObjectStore
  /** Removes objects that nothing names, some time. */
  readonly discard: (keys: readonly string[]) => Promise<void>
}

/** As many as the list of files has places. */
export const MAX_FILES = 1000
/** Ten recordings of three hours, as WAV in CD quality. */
const MAX_ACCOUNT_BYTES = 20 * 1024 ** 3
/** Several windows each with some; a client that forgets its uploads comes to an end. */
const MAX_UNFINISHED = 20
/** The text of a CSV file is read to its end before it is taken; a million lines fit. */
const MAX_CSV_BYTES = 64 * 1024 ** 2
/** 256 when all goes well; the rest is for lines that break every few hundred kilobytes. */
const MAX_PARTS = 10_000
/** Without a byte for this long, a request is taken for broken. */
const SILENCE_MS = 30_000

const soon = () => new Date(Date.now() + lifetimes.unfinishedUpload * 1000)

export function createUploads({ ownRows, store, discard }: UploadsParts): Uploads {
  const underWay = new Map<string, Set<{ end(): void; over: Promise<unknown> }>>()
  let closed = false

  async function endAll(fileIds: readonly string[]): Promise<void> {
    const requests = fileIds.flatMap((fileId) => [...(underWay.get(fileId) ?? [])])
    for (const { end } of requests) end()
    await Promise.allSettled(requests.map(({ over }) => over))
  }

  /** Runs `work` with a signal that `resume` and `close` can give. */
  async function interruptible<T>(fileId: string, work: (ending: AbortController) => Promise<T>): Promise<T> {
    const ending = new AbortController()
    // Its headers were read before the server was told to stop.
    if (closed) ending.abort()
    const over = work(ending)
    const request = { end: () => ending.abort(), over }
    const others = underWay.get(fileId) ?? new Set()
    underWay.set(fileId, others.add(request))
    try {
      return await over
    } finally {
      others.delete(request)
      if (others.size === 0) underWay.delete(fileId)
    }
  }

  async function append(
    accountId: string,
    fileId: string,
    offset: number,
    { stream, length }: IncomingBytes,
    ending: AbortController,
  ): Promise<number> {
    const { file, parts } = await ownRows.of(accountId, async (tx) => ({
      file: await readFile(tx, fileId),
      parts: await readParts(tx, fileId),
    }))
    if (file.received !== offset) throw wrongOffset(file)
    const limit = Math.min(MAX_UPLOAD_PART_BYTES, file.size - offset)
    if (length !== null && length > limit) throw tooLarge(limit, offset)
    // Whole already: as tus has it, a request that adds nothing is fine.
    if (limit === 0) return offset
    if (parts.length >= MAX_PARTS) {
      throw new Problem('too-large', 'This upload came in too many pieces. Delete it and start again.')
    }

    const key = `${file.id}/${randomUUID()}`
    const body = untilSilent(stream, ending)
    const { size, ended } = await store.put(key, body, { limit, signal: ending.signal })
    if (ended === 'limit') {
      await discard([key])
      throw tooLarge(limit, offset)
    }
    const reached = offset + size
    if (size > 0) {
      const part: StoredPart = { offset, size, key, storedAt: new Date() }
      const problem = reached === file.size ? await judge(file, [...parts, part]) : null
      const taken = await ownRows.of(accountId, (tx) => takeIn(tx, file, part, problem))
      if (!taken) {
        await discard([key])
        throw await elsewhere(accountId, file.id)
      }
      await discard(taken.gone)
    }
    if (ended === 'cut') {
      const detail = 'The rest of this part did not arrive. What did is kept: go on from there.'
      const headers = { 'upload-offset': String(reached), connection: 'close' }
      throw new Problem('timeout', detail, { headers })
    }
    return reached
  }

  const judge = (file: StoredFile, parts: readonly StoredPart[]) =>
    problemWith(file.contentType, () =>
      bytesOf(store, parts, { start: 0, end: file.size }, (part) => missingPart(file.name, part)),
    )

  /** @returns null when the file does not end where the part begins; `gone`: objects nothing names any more */
  async function takeIn(tx: OwnTx, file: StoredFile, part: StoredPart, problem: string | null) {
    const received = part.offset + part.size
    const whole = received === file.size
    const row = await tx
      .updateTable('files')
      .set({
        received,
        problem,
        status: problem === null ? (whole ? 'ready' : 'uploading') : 'refused',
        expires_at: whole && problem === null ? null : soon(),
      })
      .where('id', '=', file.id)
      .where('received', '=', part.offset)
      .where('status', '=', 'uploading')
      .returning('account_id')
      .executeTakeFirst()
    if (!row) return null
    if (problem !== null) return { gone: [...(await removeParts(tx, file.id)), part.key] }
    await tx
      .insertInto('file_parts')
      .values({
        file_id: file.id,
        account_id: row.account_id,
        part_offset: part.offset,
        size: part.size,
        object_key: part.key,
        stored_at: part.storedAt,
      })
      .execute()
    return { gone: [] }
  }

  /** Somebody else was first; where they got to. @throws {Problem} `not-found` when the file was deleted meanwhile */
  const elsewhere = async (accountId: string, fileId: string) =>
    wrongOffset(await ownRows.of(accountId, (tx) => readFile(tx, fileId)))

  return {
    announce: (accountId, key, wanted) =>
      ownRows.of(accountId, async (tx) => {
        const { name, contentType, size } = wanted
        // Two at once would each find room for themselves.
        await sql`select pg_advisory_xact_lock(hashtextextended(${`files ${accountId}`}, 0))`.execute(tx)
        const known = await tx
          .selectFrom('files')
          .selectAll()
          .where('idempotency_key', '=', key)
          .executeTakeFirst()
        if (known) {
          const file = fileOf(known)
          if (file.name === name && file.contentType === contentType && file.size === size) return file
          throw new Problem('conflict', 'This Idempotency-Key was used for another file.')
        }
        if (contentType === 'text/csv' && size > MAX_CSV_BYTES) {
          throw new Problem('too-large', 'A CSV file may have 64 MiB at most. Split it into several.')
        }
        await checkRoom(tx, size)
        const row = await tx
          .insertInto('files')
          .values({
            id: randomUUID(),
            account_id: accountId,
            idempotency_key: key,
            name,
            content_type: contentType,
            size,
            status: 'uploading',
            problem: null,
            created_at: new Date(),
            expires_at: soon(),
          })
          .returningAll()
          .executeTakeFirstOrThrow()
        return fileOf(row)
      }),

    async resume(accountId, fileId) {
      const read = () => ownRows.of(accountId, (tx) => readFile(tx, fileId))
      const file = await read()
      if (!underWay.has(file.id)) return file
      await endAll([file.id])
      return read()
    },

    append: (accountId, fileId, offset, body) =>
      interruptible(fileId, (ending) => append(accountId, fileId, offset, body, ending)),

    close() {
      closed = true
      return endAll([...underWay.keys()])
    },
  }
}

async function checkRoom(tx: OwnTx, size: number): Promise<void> {
  const { files, unfinished, bytes } = await tx
    .selectFrom('files')
    .select([
      sql<number>`count(*)::int`.as('files'),
      sql<number>`(count(*) filter (where status = 'uploading'))::int`.as('unfinished'),
      sql<number>`coalesce(sum(size) filter (where status <> 'refused'), 0)::float8`.as('bytes'),
    ])
    .executeTakeFirstOrThrow()
  if (unfinished >= MAX_UNFINISHED) {
    throw new Problem('library-full', `${unfinished} uploads are unfinished. Finish or delete one first.`)
  }
  if (files >= MAX_FILES || bytes + size > MAX_ACCOUNT_BYTES) {
    throw new Problem('library-full', 'There is no room left for this file. Delete some others first.')
  }
}

const wrongOffset = ({ received }: StoredFile) =>
  new Problem('conflict', `The file goes on at byte ${received}.`, {
    headers: { 'upload-offset': String(received) },
  })

const tooLarge = (limit: number, offset: number) =>
  new Problem('too-large', `At most ${limit} bytes can be taken from byte ${offset} on.`)

/** Ends the request when nothing comes; stops without destroying it, since it has yet to be answered. */
async function* untilSilent(stream: Readable, ending: AbortController): AsyncGenerator<Uint8Array, void> {
  const silence = setTimeout(() => ending.abort(), SILENCE_MS)
  try {
    for await (const piece of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      silence.refresh()
      yield piece
    }
  } finally {
    clearTimeout(silence)
  }
}
