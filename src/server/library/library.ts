/**
 * Files an account keeps on the server. What there is of a file is said by rows, which only its own account can reach
 * (own-rows.ts); its bytes are objects of a store, each written before the row that names it and removed after.
 */
import { randomUUID } from 'node:crypto'
import type { byteEndpoints } from '../../contract/bytes.ts'
import {
  MAX_FILE_BYTES,
  MAX_UPLOAD_PART_BYTES,
  type ContentType,
  type libraryEndpoints,
  type StoredFile,
} from '../../contract/library.ts'
import type { OwnRows } from '../database/own-rows.ts'
import type { Db, OwnTx } from '../database/schema.ts'
import type { ByteHandlers } from '../http/bytes.ts'
import { Problem } from '../http/problem.ts'
import type { Handlers } from '../http/routes.ts'
import type { ByteRange, ObjectStore } from '../storage/object-store.ts'
import { download } from './download.ts'
import { fileOf, readFile, readParts, removeFile } from './file-rows.ts'
import { createMediaLinks } from './media-links.ts'
import { bytesOf, findParts, missingPart, type StoredPart } from './stored-parts.ts'
import { createUploads, MAX_FILES } from './uploads.ts'

export interface OpenFile {
  readonly file: StoredFile
  /**
   * The bytes, a piece at a time as they are asked for; whoever stops early leaves nothing open.
   *
   * @throws {Problem} `file-missing`, from the iteration, when the store does not hold what it should
   */
  bytes(range?: ByteRange): AsyncIterable<Uint8Array>
}

export interface NewFile {
  /** The same key gives the same file. Never meets a key that a client chose, whatever it is. */
  readonly idempotencyKey: string
  readonly name: string
  readonly contentType: ContentType
  readonly bytes: AsyncIterable<Uint8Array>
}

export interface Library {
  readonly handlers: Handlers<typeof libraryEndpoints>
  readonly byteHandlers: ByteHandlers<Omit<typeof byteEndpoints, 'attendanceCsv'>>
  /** @throws {Problem} `not-found`, also for the file of somebody else; `conflict` while it is not ready */
  open(accountId: string, fileId: string): Promise<OpenFile>
  /**
   * Keeps a file the server itself made: whole, or not at all. What it is is believed, and it always has room.
   *
   * @throws what reading its bytes throws
   */
  save(accountId: string, file: NewFile): Promise<StoredFile>
  /** Forgets uploads that nobody went on with, and those that were refused a while ago. Returns how many. */
  tidy(): Promise<number>
  /** Removes objects that no file refers to any more. Takes as long as it takes to list the store. Returns how many. */
  sweep(): Promise<number>
  /** Ends uploads that are under way; what has arrived of them is kept. Before the database closes. */
  close(): Promise<void>
}

export interface LibraryParts {
  readonly db: Db
  readonly ownRows: OwnRows
  readonly store: ObjectStore
  /** Hears what went wrong with nobody waiting for it, and of every piece that was found missing. */
  readonly failed: (error: unknown) => void
}

/** An object that no row names may belong to a part that is still coming in; not any more after this. */
const ORPHAN_MS = 24 * 3600_000
const TIDIED_AT_ONCE = 100

export async function createLibrary({ db, ownRows, store, failed }: LibraryParts): Promise<Library> {
  const links = await createMediaLinks(db)

  /** Should the store fail now, a sweep finds them. */
  const discard = (keys: readonly string[]) =>
    keys.length === 0 ? Promise.resolve() : store.remove(keys).catch(failed)
  const uploads = createUploads({ ownRows, store, discard })

  async function remove(accountId: string, fileId: string, expiredBy?: Date): Promise<boolean> {
    const keys = await ownRows.of(accountId, (tx) => removeFile(tx, fileId, expiredBy))
    await discard(keys ?? [])
    return keys !== null
  }

  const readWhole = async (tx: OwnTx, fileId: string) => ({
    file: await readFile(tx, fileId),
    parts: await readParts(tx, fileId),
  })

  async function open(accountId: string, fileId: string): Promise<OpenFile> {
    const { file, parts } = await ownRows.of(accountId, (tx) => readWhole(tx, fileId))
    checkReady(file)
    const missing = (part: StoredPart) => {
      // No name: it is what a person wrote.
      failed(new Error(`object ${part.key} of file ${file.id} is missing`))
      return missingPart(file.name, part)
    }
    return {
      file,
      bytes: (range = { start: 0, end: file.size }) => bytesOf(store, parts, range, missing),
    }
  }

  /** All of it in the store, or nothing. @throws what reading the bytes throws */
  async function storeParts(fileId: string, bytes: AsyncIterable<Uint8Array>) {
    const keys: string[] = []
    const parts: StoredPart[] = []
    let size = 0
    let failure: unknown
    const noticed = (async function* () {
      try {
        yield* bytes
      } catch (error) {
        failure = error
        throw error
      }
    })()
    try {
      for await (const part of inParts(noticed)) {
        const key = `${fileId}/${randomUUID()}`
        keys.push(key)
        const stored = await store.put(key, part, { limit: MAX_UPLOAD_PART_BYTES })
        // To the store a body that fails is one that was cut.
        if (stored.ended !== 'complete') throw failure
        parts.push({ offset: size, size: stored.size, key, storedAt: new Date() })
        size += stored.size
        if (size > MAX_FILE_BYTES) break
      }
      if (size === 0 || size > MAX_FILE_BYTES) {
        throw new Problem('too-large', `A file has 1 to ${MAX_FILE_BYTES} bytes.`)
      }
      return { parts, size }
    } catch (error) {
      await discard(keys)
      throw error
    }
  }

  return {
    open,

    async save(accountId, { idempotencyKey: key, name, contentType, bytes }) {
      const fileId = randomUUID()
      const { parts, size } = await storeParts(fileId, bytes)
      const keys = parts.map((part) => part.key)
      const { row, made } = await ownRows.of(accountId, async (tx) => {
        const inserted = await tx
          .insertInto('files')
          .values({
            id: fileId,
            account_id: accountId,
            idempotency_key: key,
            name,
            content_type: contentType,
            size,
            received: size,
            status: 'ready',
            problem: null,
            created_at: new Date(),
            expires_at: null,
          })
          .onConflict((conflict) => conflict.columns(['account_id', 'idempotency_key']).doNothing())
          .returningAll()
          .executeTakeFirst()
        if (!inserted) {
          const other = tx.selectFrom('files').selectAll().where('idempotency_key', '=', key)
          return { row: await other.executeTakeFirstOrThrow(), made: false }
        }
        for (const part of parts) {
          await tx
            .insertInto('file_parts')
            .values({
              file_id: fileId,
              account_id: accountId,
              part_offset: part.offset,
              size: part.size,
              object_key: part.key,
              stored_at: part.storedAt,
            })
            .execute()
        }
        return { row: inserted, made: true }
      })
      if (!made) await discard(keys)
      return fileOf(row)
    },

    async tidy() {
      const now = new Date()
      for (let removed = 0; ;) {
        const expired = await ownRows.rounds((tx) =>
          tx
            .selectFrom('files')
            .select(['id', 'account_id'])
            .where('expires_at', '<', now)
            .limit(TIDIED_AT_ONCE)
            .execute(),
        )
        for (const { id, account_id } of expired) if (await remove(account_id, id, now)) removed++
        if (expired.length < TIDIED_AT_ONCE) return removed
      }
    },

    sweep: () =>
      store.sweep(new Date(Date.now() - ORPHAN_MS), async (keys) => {
        const rows = await ownRows.rounds((tx) =>
          tx.selectFrom('file_parts').select('object_key').where('object_key', 'in', keys).execute(),
        )
        return rows.map(({ object_key }) => object_key)
      }),

    close: uploads.close,

    handlers: {
      // A client's key has no colon in it.
      createUpload: ({ body, caller, idempotencyKey }) =>
        uploads.announce(caller.account.id, `upload:${idempotencyKey}`, body),

      async listFiles({ caller }) {
        const rows = await ownRows.of(caller.account.id, (tx) =>
          tx
            .selectFrom('files')
            .selectAll()
            .orderBy('created_at', 'desc')
            .orderBy('id')
            .limit(MAX_FILES)
            .execute(),
        )
        return { items: rows.map(fileOf) }
      },

      getFile: ({ params, caller }) => ownRows.of(caller.account.id, (tx) => readFile(tx, params.fileId)),

      deleteFile: async ({ params, caller }) => ({ deleted: await remove(caller.account.id, params.fileId) }),

      async createMediaLink({ params, caller }) {
        const { id } = caller.account
        checkReady(await ownRows.of(id, (tx) => readFile(tx, params.fileId)))
        const { path, expiresAt } = links.create(id, params.fileId)
        return { path, expiresAt: expiresAt.toISOString() }
      },

      async diagnoseFile({ params, caller }) {
        const { file, parts } = await ownRows.of(caller.account.id, (tx) => readWhole(tx, params.fileId))
        const found = await findParts(store, parts)
        return {
          file,
          verdict: verdictOn(file, found.filter((part) => part !== 'whole').length),
          parts: parts.map(({ offset, size, storedAt }, index) => ({
            offset,
            size,
            storedAt: storedAt.toISOString(),
            found: found[index] ?? 'missing',
          })),
        }
      },
    },

    byteHandlers: {
      async uploadOffset({ params, caller }) {
        const { received, size } = await uploads.resume(caller.account.id, params.fileId)
        return { headers: { 'upload-offset': String(received), 'upload-length': String(size) }, body: null }
      },

      async uploadPart({ params, headers, caller, body }) {
        const offset = Number(headers['upload-offset'])
        const reached = await uploads.append(caller.account.id, params.fileId, offset, body)
        return { status: 204, headers: { 'upload-offset': String(reached) }, body: null }
      },

      fileContent: async ({ params, headers, caller }) =>
        download(await open(caller.account.id, params.fileId), headers),

      async mediaContent({ params: { fileId }, query: { account, expires, signature }, headers }) {
        links.check({ fileId, account, expires }, signature)
        const answer = await download(await open(account, fileId), headers)
        // A window's own origin is another than the server's; who may read it, the link says.
        return { ...answer, headers: { ...answer.headers, 'cross-origin-resource-policy': 'cross-origin' } }
      },
    },
  }
}

function checkReady({ status, name, problem }: StoredFile): void {
  if (status === 'uploading') throw new Problem('conflict', `“${name}” is not all here yet.`)
  if (status === 'refused') throw new Problem('conflict', `“${name}” was not taken. ${problem ?? ''}`.trim())
}

function verdictOn({ status, problem, received, size }: StoredFile, broken: number): string {
  if (broken === 1) return 'One piece is not where the server keeps files. Whoever runs it may have a backup.'
  if (broken > 1)
    return `${broken} pieces are not where the server keeps files. Whoever runs it may have a backup.`
  if (status === 'refused') return problem ?? 'The file was not taken.'
  if (status === 'uploading') return `${received} of ${size} bytes are here, and all of those are in place.`
  return 'Every byte is in place.'
}

/** The same bytes in parts of the size of an object, none of them empty. Each is to be read before the next. */
async function* inParts(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<AsyncIterable<Uint8Array>, void> {
  const pieces = bytes[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array()
  const more = async () => {
    while (rest.length === 0) {
      const next = await pieces.next()
      if (next.done) return false
      rest = next.value
    }
    return true
  }
  async function* part() {
    for (let left = MAX_UPLOAD_PART_BYTES; left > 0 && (await more());) {
      const taken = rest.subarray(0, left)
      rest = rest.subarray(taken.length)
      left -= taken.length
      yield taken
    }
  }
  try {
    while (await more()) yield part()
  } finally {
    await pieces.return?.()
  }
}
