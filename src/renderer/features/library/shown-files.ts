/** What of a library a person wants to see, and in which order. */
import type { ContentType, StoredFile } from '../../../contract/library.ts'

export const fileKinds = ['recording', 'table', 'document', 'picture'] as const
export type FileKind = (typeof fileKinds)[number]

export const fileOrders = ['newest', 'name', 'largest'] as const
export type FileOrder = (typeof fileOrders)[number]

export interface FileChoice {
  readonly search: string
  readonly kind: FileKind | 'all'
  readonly order: FileOrder
}

const kindOfFamily: Readonly<Record<string, FileKind>> = {
  audio: 'recording',
  text: 'table',
  image: 'picture',
}

export const kindOf = (contentType: ContentType): FileKind =>
  kindOfFamily[contentType.split('/')[0] ?? ''] ?? 'document'

/**
 * @param files newest first
 * @param language of the page, by whose alphabet names are sorted; capitals and accents do not matter to a search
 */
export function shownFiles(
  files: readonly StoredFile[],
  { search, kind, order }: FileChoice,
  language: string,
): readonly StoredFile[] {
  const words = plain(search).split(/\s+/).filter(Boolean)
  const found = files.filter(
    (file) =>
      (kind === 'all' || kindOf(file.contentType) === kind) &&
      words.every((word) => plain(file.name).includes(word)),
  )
  if (order === 'largest') return found.toSorted((a, b) => b.size - a.size)
  if (order === 'newest') return found
  const { compare } = new Intl.Collator(language, { numeric: true })
  return found.toSorted((a, b) => compare(a.name, b.name))
}

const plain = (text: string) =>
  text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
