import { succeed, type Result } from '../contract/model.ts'
import type { Download, DownloadRequest, Session } from '../core/session.ts'

export interface WholeDownload {
  /** Null when the server did not say. */
  readonly size: number | null
  /** Throws when the connection is cut and the rest cannot be had. */
  readonly bytes: AsyncIterable<Uint8Array>
}

/** All of a file, over as many connections as it takes as long as each of them brings something. */
export async function fetchWhole(
  download: Session['download'],
  request: DownloadRequest,
): Promise<Result<WholeDownload>> {
  const first = await download(request)
  if (!first.ok) return first
  const { headers } = first.value
  const size = headers['content-length'] === undefined ? null : Number(headers['content-length'])
  const resumable = headers['accept-ranges'] === 'bytes' && size !== null

  async function* bytes() {
    let received = 0
    let current: Download = first.ok ? first.value : neverHere()
    for (;;) {
      const before = received
      try {
        for await (const piece of current.body) {
          received += piece.byteLength
          yield piece
        }
        if (size === null || received >= size) return
        throw new Error('the body ended early')
      } catch (error) {
        if (!resumable || received === before) throw error
        const rest = await download({ ...request, range: `bytes=${received}-` })
        if (!rest.ok) throw error
        // The whole once more, and not the rest: the file is another one by now.
        if (rest.value.status !== 206) throw error
        current = rest.value
      }
    }
  }
  return succeed({ size, bytes: bytes() })
}

function neverHere(): never {
  throw new Error('a download that failed has no body')
}
