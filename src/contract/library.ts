/** Files an account keeps on the server. Their bytes go by the endpoints of bytes.ts. */
import { z } from 'zod'
import { nothing, type Endpoint } from './endpoint.ts'
import { Instant } from './model.ts'

/** What may be uploaded; the content decides, not the name. */
export const ContentType = z.enum([
  'audio/wav',
  'audio/mpeg',
  'audio/flac',
  'audio/ogg',
  'audio/mp4',
  'text/csv',
  'application/pdf',
  'image/png',
  'image/jpeg',
  'image/webp',
])
export type ContentType = z.infer<typeof ContentType>

export const MAX_FILE_BYTES = 2 * 1024 ** 3
/** One request of an upload carries this much at most; the rest follows in others. */
export const MAX_UPLOAD_PART_BYTES = 8 * 1024 ** 2

const FileName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  // Control characters, and what is a path to some system.
  .regex(/^[^\p{Cc}\p{Cs}/\\]+$/u, 'Must be a plain file name')

export const StoredFile = z.object({
  id: z.uuid(),
  name: FileName,
  contentType: ContentType,
  /** Bytes. */
  size: z.int().min(1).max(MAX_FILE_BYTES),
  /** How many of them are here. */
  received: z.int().min(0),
  /** `refused`: it is whole and not what it was said to be; `problem` says more. */
  status: z.enum(['uploading', 'ready', 'refused']),
  problem: z.string().nullable(),
  createdAt: Instant,
  /** When an unfinished upload is given up, or a refused one forgotten; null when it is ready. */
  expiresAt: Instant.nullable(),
})
export type StoredFile = z.infer<typeof StoredFile>

const ofFile = z.object({ fileId: z.uuid() })

export const libraryEndpoints = {
  createUpload: {
    method: 'POST',
    path: '/files',
    summary: 'Announce a file. Its bytes follow by `uploadPart`, in as many requests as it takes.',
    params: nothing,
    query: nothing,
    body: z.object({
      name: FileName,
      contentType: ContentType,
      size: z.int().min(1).max(MAX_FILE_BYTES),
    }),
    response: StoredFile,
    authenticated: true,
    repeat: 'keyed',
  },
  listFiles: {
    method: 'GET',
    path: '/files',
    summary: 'Files of this account, newest first.',
    params: nothing,
    query: nothing,
    body: z.undefined(),
    response: z.object({ items: z.array(StoredFile).max(1000) }),
    authenticated: true,
    repeat: 'safe',
  },
  getFile: {
    method: 'GET',
    path: '/files/:fileId',
    summary: 'One file of this account.',
    params: ofFile,
    query: nothing,
    body: z.undefined(),
    response: StoredFile,
    authenticated: true,
    repeat: 'safe',
  },
  deleteFile: {
    method: 'DELETE',
    path: '/files/:fileId',
    summary: 'Delete a file and its bytes. One that is gone already is no error.',
    params: ofFile,
    query: nothing,
    body: z.undefined(),
    response: z.object({ deleted: z.boolean() }),
    authenticated: true,
    repeat: 'safe',
  },
  createMediaLink: {
    method: 'POST',
    path: '/files/:fileId/link',
    summary: 'A signed address for a media element, good for a few minutes and for this file only.',
    params: ofFile,
    query: nothing,
    body: z.undefined(),
    response: z.object({ path: z.string(), expiresAt: Instant }),
    authenticated: true,
    repeat: 'safe',
  },
  diagnoseFile: {
    method: 'GET',
    path: '/files/:fileId/diagnosis',
    summary: 'Whether the bytes of a file are all where they belong, for a support desk.',
    params: ofFile,
    query: nothing,
    body: z.undefined(),
    response: z.object({
      file: StoredFile,
      /** One plain sentence. */
      verdict: z.string(),
      parts: z.array(
        z.object({
          offset: z.int().min(0),
          size: z.int().min(1),
          storedAt: Instant,
          found: z.enum(['whole', 'missing', 'wrong-size']),
        }),
      ),
    }),
    authenticated: true,
    repeat: 'safe',
  },
} as const satisfies Record<string, Endpoint>
