/** What is known of a file before it is sent. */
import { ContentType, MAX_FILE_BYTES, type StoredFile } from '../../../contract/library.ts'
import type { Failure } from '../../../contract/model.ts'

/** Why a file is not taken, or did not get through. */
export type UploadProblem =
  | { readonly kind: 'too-large' | 'empty' | 'unknown-type' | 'folder' | 'unreadable' | 'forgotten' }
  /** The server has looked into it and says in an English sentence what it is not. */
  | { readonly kind: 'not-as-said'; readonly sentence: string }
  | { readonly kind: 'failure'; readonly failure: Failure }

/**
 * - `waiting`: for its turn. `sending`: part by part. `paused`: by the person.
 * - `interrupted`: the server cannot be reached; it goes on by itself.
 * - `failed`: it does not; the person may try again. `refused`: trying again would be no use.
 */
export type UploadStatus = 'waiting' | 'sending' | 'paused' | 'interrupted' | 'failed' | 'refused'

export interface Upload {
  /** Of this upload in this window. */
  readonly id: string
  /** Null until the server knows of it. */
  readonly fileId: string | null
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** How many of them the server has. */
  readonly sent: number
  readonly status: UploadStatus
  /** Bytes a second, smoothed; null while nobody can tell. */
  readonly speed: number | null
  /** Of `failed` and `refused`; of `interrupted` when there is more to say than that nobody answers. */
  readonly problem: UploadProblem | null
}

const typeOf: Readonly<Record<string, ContentType>> = {
  wav: 'audio/wav',
  wave: 'audio/wav',
  mp3: 'audio/mpeg',
  flac: 'audio/flac',
  ogg: 'audio/ogg',
  oga: 'audio/ogg',
  opus: 'audio/ogg',
  m4a: 'audio/mp4',
  mp4: 'audio/mp4',
  csv: 'text/csv',
  pdf: 'application/pdf',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
}

/** For the `accept` of an input: what a person is offered first. */
export const acceptedFiles = Object.keys(typeOf)
  .map((extension) => `.${extension}`)
  .join(',')

interface Named {
  readonly name: string
  readonly type: string
}

/** By the ending of its name, else by what the system says. The server believes neither, and looks inside. */
export function contentTypeOf({ name, type }: Named): ContentType | null {
  const extension = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  return typeOf[extension] ?? ContentType.safeParse(type).data ?? null
}

const LONGEST_NAME = 200

/** A name as the contract takes it: some systems allow what others take for a path. */
export function uploadName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cs}/\\]/gu, '_')
    .trim()
  if (plain.length <= LONGEST_NAME) return plain
  const extension = /\.[a-z0-9]{1,8}$/i.exec(plain)?.[0] ?? ''
  // Half of a character is none.
  return plain.slice(0, LONGEST_NAME - extension.length).replace(/\p{Cs}$/u, '') + extension
}

/** @returns null when it may be sent */
export function problemBefore(file: Named & { readonly size: number }): UploadProblem | null {
  if (file.size === 0) return { kind: 'empty' }
  if (file.size > MAX_FILE_BYTES) return { kind: 'too-large' }
  return contentTypeOf(file) ? null : { kind: 'unknown-type' }
}

/** Whether a file on this computer is, as far as anybody can tell, the one that was begun. */
export const isSameFile = (stored: StoredFile, file: Named & { readonly size: number }) =>
  stored.status === 'uploading' &&
  stored.name === uploadName(file.name) &&
  stored.size === file.size &&
  stored.contentType === contentTypeOf(file)

/** Whole seconds; null while nobody can tell. */
export function secondsLeft({ size, sent, speed, status }: Upload): number | null {
  return status === 'sending' && speed !== null && speed > 0 ? Math.ceil((size - sent) / speed) : null
}
