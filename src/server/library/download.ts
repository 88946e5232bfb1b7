/** A stored file as an answer over HTTP: whole or a range of it, and nothing a browser would ever run. */
import type { byteEndpoints } from '../../contract/bytes.ts'
import type { z } from 'zod'
import type { ByteAnswer } from '../http/bytes.ts'
import { Problem } from '../http/problem.ts'
import { readableOf } from '../storage/incoming-body.ts'
import { parseRange } from './byte-range.ts'
import type { OpenFile } from './library.ts'

type RangeHeaders = z.output<(typeof byteEndpoints)['fileContent']['headers']>

/** @throws {Problem} `range-not-satisfiable`; `file-missing` when the first byte of it is */
export async function download({ file, bytes }: OpenFile, headers: RangeHeaders): Promise<ByteAnswer> {
  const { id, name, contentType, size } = file
  // Strong: a file that is ready never changes.
  const etag = `"${id}"`
  const asked = headers['if-range'] === undefined || headers['if-range'] === etag ? headers.range : undefined
  const range = parseRange(asked, size)
  if (range === 'unsatisfiable') {
    throw new Problem(
      'range-not-satisfiable',
      `The file has ${size} bytes; nothing of that range is in it.`,
      {
        headers: { 'content-range': `bytes */${size}` },
      },
    )
  }
  const { start, end } = range ?? { start: 0, end: size }
  return {
    status: range ? 206 : 200,
    headers: {
      'content-type': contentType,
      'content-length': String(end - start),
      ...(range ? { 'content-range': `bytes ${start}-${end - 1}/${size}` } : {}),
      'accept-ranges': 'bytes',
      etag,
      'content-disposition': attachment(name),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    },
    body: await begun(bytes({ start, end })),
  }
}

/** Read as far as the first piece: while nothing has been answered, what is missing can still be said. */
async function begun(bytes: AsyncIterable<Uint8Array>) {
  const pieces = bytes[Symbol.asyncIterator]()
  let first: IteratorResult<Uint8Array> | null = await pieces.next()
  const all: AsyncIterator<Uint8Array> = {
    async next() {
      const next = first ?? (await pieces.next())
      first = null
      return next
    },
  }
  return readableOf(all, async () => void (await pieces.return?.()))
}

/** RFC 6266, with the name once for those who read only ASCII and once as it is (RFC 8187). */
function attachment(name: string): string {
  const ascii = name.replace(/[^ -~]/gu, '_').replace(/["\\%]/g, '_')
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
