/** What is no JSON: parts of an upload (tus 1.0.0), files, and ranges of files. */
import { byteEndpoints } from '../contract/bytes.ts'
import { fail, succeed, type Result } from '../contract/model.ts'
import { timing } from '../contract/settings.ts'
import { readAnswer } from './answer.ts'
import { fillPath, nonsense, type Exchange, type Gateway, type OurAnswer } from './gateway.ts'
import type { HttpClient, HttpDownload, HttpRequest } from './ports.ts'
import type { Download, DownloadRequest, Session } from './session.ts'

export type Bytes = Pick<Session, 'sendPart' | 'uploadOffset' | 'download'>

/** For a part on a slow line. What has arrived by then is kept by the server. */
const PART_MS = 120_000
const TUS = { 'tus-resumable': '1.0.0' } as const
/** Of the answer that comes in place of a file. */
const MAX_REFUSAL_BYTES = 256 * 1024

export function createBytes(http: HttpClient, gateway: Gateway): Bytes {
  const base = {
    authenticated: true,
    signal: undefined,
    body: undefined,
    attemptMs: 10_000,
    totalMs: timing.callTimeout * 1000,
  } as const

  const sendForOffset = async (request: HttpRequest) => ({
    answer: readAnswer(await http.send(request)),
    value: offsetOf,
  })

  return {
    async sendPart(fileId, offset, bytes) {
      const endpoint = byteEndpoints.uploadPart
      const params = endpoint.params.safeParse({ fileId })
      const headers = endpoint.headers.safeParse({ ...TUS, 'upload-offset': String(offset) })
      if (!params.success || !headers.success) return notValid
      return gateway.exchange({
        ...base,
        method: endpoint.method,
        path: fillPath(endpoint, params.data),
        headers: { ...headers.data, 'content-type': endpoint.takes },
        body: bytes,
        // Only where the server stands tells what is missing.
        repeatable: false,
        totalMs: PART_MS,
        send: sendForOffset,
      })
    },

    async uploadOffset(fileId) {
      const endpoint = byteEndpoints.uploadOffset
      const params = endpoint.params.safeParse({ fileId })
      if (!params.success) return notValid
      return gateway.exchange({
        ...base,
        method: endpoint.method,
        path: fillPath(endpoint, params.data),
        headers: TUS,
        repeatable: true,
        send: sendForOffset,
      })
    },

    async download({ endpoint: name, params, range, signal }: DownloadRequest) {
      const endpoint = byteEndpoints[name]
      const filled = endpoint.params.safeParse(params)
      const ranged = range === undefined ? {} : { range }
      if (!filled.success || !endpoint.headers.safeParse(ranged).success) return notValid
      const exchange: Exchange<Download> = {
        ...base,
        method: endpoint.method,
        path: fillPath(endpoint, filled.data),
        headers: { ...ranged, accept: `${endpoint.gives}, application/problem+json` },
        repeatable: true,
        signal,
        async send(request) {
          const download = await http.download(request)
          if (download.kind === 'no-answer') return { answer: readAnswer(download), value: () => nonsense }
          const { status, headers: answered, body } = download
          const isRefusal = status < 200 || status > 299
          const text = isRefusal ? await readRefusal(download) : ''
          return {
            answer: readAnswer({ kind: 'response', status, headers: answered, body: text }),
            value: () => succeed({ status, headers: answered, body }),
          }
        },
      }
      return gateway.exchange(exchange)
    },
  }
}

const notValid = fail('invalid-request', 'The request is not valid.')

function offsetOf({ headers }: OurAnswer): Result<{ offset: number }> {
  const text = headers['upload-offset'] ?? ''
  return /^\d{1,12}$/.test(text) ? succeed({ offset: Number(text) }) : nonsense
}

/** What can be read of it; a problem document that is cut off says no less than its status. */
async function readRefusal({ body }: HttpDownload): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const piece of body) {
      text += decoder.decode(piece, { stream: true })
      if (text.length > MAX_REFUSAL_BYTES) break
    }
  } catch {
    return ''
  }
  return text + decoder.decode()
}
