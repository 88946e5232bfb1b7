/** Files and their parts as rows. Every function is part of a transaction of the account they belong to. */
import type { Selectable } from 'kysely'
import type { StoredFile } from '../../contract/library.ts'
import type { OwnTables, OwnTx } from '../database/schema.ts'
import { Problem } from '../http/problem.ts'
import type { StoredPart } from './stored-parts.ts'

const noSuchFile = () => new Problem('not-found', 'There is no such file.')

export const fileOf = (row: Selectable<OwnTables['files']>): StoredFile => ({
  id: row.id,
  name: row.name,
  contentType: row.content_type,
  size: Number(row.size),
  received: Number(row.received),
  status: row.status,
  problem: row.problem,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at?.toISOString() ?? null,
})

/** @throws {Problem} `not-found` */
export async function readFile(tx: OwnTx, fileId: string): Promise<StoredFile> {
  const row = await tx.selectFrom('files').selectAll().where('id', '=', fileId).executeTakeFirst()
  if (!row) throw noSuchFile()
  return fileOf(row)
}

/** In order. */
export async function readParts(tx: OwnTx, fileId: string): Promise<StoredPart[]> {
  const rows = await tx
    .selectFrom('file_parts')
    .selectAll()
    .where('file_id', '=', fileId)
    .orderBy('part_offset')
    .execute()
  return rows.map((row) => ({
    offset: Number(row.part_offset),
    size: row.size,
    key: row.object_key,
    storedAt: row.stored_at,
  }))
}

/** @returns the keys of the objects that nothing names any more */
export async function removeParts(tx: OwnTx, fileId: string): Promise<string[]> {
  const gone = await tx
    .deleteFrom('file_parts')
    .where('file_id', '=', fileId)
    .returning('object_key')
    .execute()
  return gone.map(({ object_key }) => object_key)
}

/**
 * @param expiredBy only a file that was given up by then
 * @returns the keys of its objects; null when there is no such file
 */
export async function removeFile(tx: OwnTx, fileId: string, expiredBy?: Date): Promise<string[] | null> {
  const found = tx.selectFrom('files').select('id').where('id', '=', fileId)
  // Locked before its parts: another part may be on its way into it.
  const row = await (expiredBy ? found.where('expires_at', '<', expiredBy) : found)
    .forUpdate()
    .executeTakeFirst()
  if (!row) return null
  const keys = await removeParts(tx, fileId)
  await tx.deleteFrom('files').where('id', '=', fileId).execute()
  return keys
}
