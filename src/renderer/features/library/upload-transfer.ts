/** One file on its way to the server: what the server has of it, and the next request. */
import { MAX_PAGE_PART_BYTES } from '../../../contract/ipc.ts'
import type { StoredFile } from '../../../contract/library.ts'
import type { Failure } from '../../../contract/model.ts'
import type { SessionClient } from '../../session-client.ts'
import { createSpeed, type Speed } from './speed.ts'
import { contentTypeOf, uploadName } from './upload.ts'

export interface Transfer {
  readonly file: File
  /** Announcing it twice is announcing it once. */
  readonly key: string
  fileId: string | null
  /** Where the server stands, in bytes; null when it must be asked. */
  offset: number | null
  speed: Speed
}

export const newTransfer = (file: File, fileId: string | null): Transfer => ({
  file,
  key: crypto.randomUUID(),
  fileId,
  offset: null,
  speed: createSpeed(),
})

type Step =
  /** The transfer says how far it has come. */
  | { readonly kind: 'on' }
  /** The server has all of it, and has looked into it. */
  | { readonly kind: 'whole'; readonly stored: StoredFile }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'failed'; readonly failure: Failure }

interface TransferOptions {
  readonly client: Pick<SessionClient, 'ask' | 'call'>
  /** Milliseconds; never goes back. */
  readonly now: () => number
  /** Asked after the disk was read, which may take a while. */
  readonly isWanted: () => boolean
}

/** What a part should take: often enough to see it move, seldom enough to be quick. */
const PART_MS = 1000
const SMALLEST_PART = 256 * 1024
/** A file may come in 10,000 parts, and some are cut in two on the way. */
const MOST_PARTS = 5000

/** One request: announces the file, asks where the server stands, sends a part, or looks how it was judged. */
export async function advance(transfer: Transfer, options: TransferOptions): Promise<Step> {
  const { client, now, isWanted } = options
  const { file, fileId, offset } = transfer
  if (fileId === null) {
    const contentType = contentTypeOf(file)
    if (!contentType) return { kind: 'unreadable' }
    const body = { name: uploadName(file.name), contentType, size: file.size }
    const announced = await client.call('createUpload', { body, idempotencyKey: transfer.key })
    if (!announced.ok) return { kind: 'failed', failure: announced.failure }
    transfer.fileId = announced.value.id
    transfer.offset = announced.value.received
    return { kind: 'on' }
  }
  if (offset === null) {
    const asked = await client.ask('upload:offset', { fileId })
    if (!asked.ok) return { kind: 'failed', failure: asked.failure }
    transfer.offset = asked.value.offset
    return { kind: 'on' }
  }
  if (offset >= file.size) {
    const looked = await client.call('getFile', { params: { fileId } })
    return looked.ok ? { kind: 'whole', stored: looked.value } : { kind: 'failed', failure: looked.failure }
  }
  const bytes = await read(file, offset, partSize(transfer))
  if (!bytes) return { kind: 'unreadable' }
  if (!isWanted()) return { kind: 'on' }
  const begun = now()
  const sent = await client.ask('upload:part', { fileId, offset, bytes })
  if (!sent.ok) return { kind: 'failed', failure: sent.failure }
  transfer.speed.saw(sent.value.offset - offset, now() - begun)
  transfer.offset = sent.value.offset
  return { kind: 'on' }
}

/** As near to `PART_MS` as the line allows, so that a slow one moves too and a cut one repeats little. */
function partSize({ file, speed }: Transfer): number {
  const smallest = Math.max(SMALLEST_PART, Math.ceil(file.size / MOST_PARTS))
  return Math.min(MAX_PAGE_PART_BYTES, Math.max(smallest, Math.round(((speed.now() ?? 0) * PART_MS) / 1000)))
}

/** @returns null when it changed, went, or cannot be read */
async function read(file: File, offset: number, size: number): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const bytes = new Uint8Array(await file.slice(offset, offset + size).arrayBuffer())
    return bytes.byteLength === 0 ? null : bytes
  } catch {
    return null
  }
}
