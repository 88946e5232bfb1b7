/** Endpoints whose body or answer is bytes and no JSON. Refusals are problem documents here too. */
import { z } from 'zod'
import { nothing } from './endpoint.ts'

export interface ByteEndpoint {
  readonly method: 'GET' | 'HEAD' | 'PATCH'
  /** Parameters as `:name`. */
  readonly path: `/${string}`
  readonly summary: string
  readonly params: z.ZodObject
  readonly query: z.ZodObject
  readonly headers: z.ZodObject
  /** Content type of the body; null when there is none. */
  readonly takes: string | null
  /** Content type of the answer; null when it has no body. Of a file it is the file's own. */
  readonly gives: string | null
  readonly authenticated: boolean
}

const ofFile = z.object({ fileId: z.uuid() })
/** RFC 9110 §14.2; anything else in it is ignored, as there. */
const ranged = z.object({ range: z.string().max(200).optional(), 'if-range': z.string().max(200).optional() })
/** https://tus.io/protocols/resumable-upload (1.0.0, core protocol). */
const TUS = z.object({ 'tus-resumable': z.literal('1.0.0') })

export const byteEndpoints = {
  attendanceCsv: {
    method: 'GET',
    path: '/live-sessions/:sessionId/attendance.csv',
    summary: 'Who was in the room, from when to when, as CSV (RFC 4180).',
    params: z.object({ sessionId: z.uuid() }),
    query: nothing,
    headers: z.object({}),
    takes: null,
    gives: 'text/csv; charset=utf-8',
    authenticated: true,
  },
  uploadOffset: {
    method: 'HEAD',
    path: '/files/:fileId/bytes',
    summary: 'How much of an upload is here: `Upload-Offset` of `Upload-Length` (tus 1.0.0).',
    params: ofFile,
    query: nothing,
    headers: TUS,
    takes: null,
    gives: null,
    authenticated: true,
  },
  uploadPart: {
    method: 'PATCH',
    path: '/files/:fileId/bytes',
    summary:
      'More of an upload, from `Upload-Offset` on; 204 with the new one, 409 when it is not the one expected (tus 1.0.0). What arrived of a request that was cut is kept.',
    params: ofFile,
    query: nothing,
    headers: TUS.extend({ 'upload-offset': z.string().regex(/^\d{1,12}$/) }),
    takes: 'application/offset+octet-stream',
    gives: null,
    authenticated: true,
  },
  fileContent: {
    method: 'GET',
    path: '/files/:fileId/content',
    summary: 'The bytes of a file, or a range of them.',
    params: ofFile,
    query: nothing,
    headers: ranged,
    takes: null,
    gives: 'application/octet-stream',
    authenticated: true,
  },
  mediaContent: {
    method: 'GET',
    path: '/media/:fileId',
    summary: 'The same by a signed link, for a media element that can send no header.',
    params: ofFile,
    query: z.object({
      account: z.uuid(),
      expires: z.coerce.number().int().min(0),
      signature: z.string().length(43),
    }),
    headers: ranged,
    takes: null,
    gives: 'application/octet-stream',
    authenticated: false,
  },
} as const satisfies Record<string, ByteEndpoint>
