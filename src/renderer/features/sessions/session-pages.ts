/** A long list that is known in parts: pages of it as the server gave them, and room for those not yet asked for. */
import type { ListedSession } from '../../../contract/live-sessions.ts'

/** Sessions on one page. */
export const PAGE_SIZE = 100

export interface SessionPage {
  /** In order; null where one was that has turned up on another page. */
  readonly items: readonly (ListedSession | null)[]
  /** Epoch milliseconds of the answer; 0 when it is known to be out of date. */
  readonly fetchedAt: number
  /** Of the question: an answer to an earlier one does not replace it. */
  readonly turn: number
}

export interface Listing {
  /** The name of the search that found it. */
  readonly name: string
  readonly total: number
  readonly pages: ReadonlyMap<number, SessionPage>
  /** Epoch milliseconds of the newest answer. */
  readonly fetchedAt: number
}

export const pageOf = (index: number) => Math.floor(index / PAGE_SIZE)

/** @returns undefined for one that is not known yet */
export const sessionAt = ({ pages }: Listing, index: number): ListedSession | undefined =>
  pages.get(pageOf(index))?.items[index % PAGE_SIZE] ?? undefined

/** @returns -1 when it is on no page that is known */
export function indexOf({ pages }: Listing, sessionId: string): number {
  for (const [number, { items }] of pages) {
    const place = items.findIndex((item) => item?.id === sessionId)
    if (place >= 0) return number * PAGE_SIZE + place
  }
  return -1
}

/**
 * Puts a page that was just answered into the list. Between two questions sessions move from one page to another: what
 * is on this page now stands on no other, and pages that do not fit the new number are asked for again.
 */
export function withPage(
  before: Listing | undefined,
  name: string,
  number: number,
  { items, total, fetchedAt, turn }: SessionPage & { total: number },
): Listing {
  const known = before?.name === name ? before : null
  const pages = new Map<number, SessionPage>()
  const here = new Set(items.map((item) => item?.id))
  for (const [other, page] of known?.pages ?? []) {
    if (other === number || other * PAGE_SIZE >= total) continue
    const moved = page.items.some((item) => item && here.has(item.id))
    pages.set(
      other,
      moved || total !== known?.total
        ? {
            ...page,
            fetchedAt: 0,
            items: page.items.map((item) => (item && here.has(item.id) ? null : item)),
          }
        : page,
    )
  }
  pages.set(number, { items, fetchedAt, turn })
  return { name, total, pages, fetchedAt: Math.max(fetchedAt, known?.fetchedAt ?? 0) }
}

/** With what is newly known of one session, wherever it stands. */
export function withSession(
  listing: Listing,
  session: Partial<ListedSession> & Pick<ListedSession, 'id'>,
): Listing {
  const index = indexOf(listing, session.id)
  const page = index < 0 ? undefined : listing.pages.get(pageOf(index))
  if (!page) return listing
  const items = page.items.map((item) => (item?.id === session.id ? { ...item, ...session } : item))
  return { ...listing, pages: new Map(listing.pages).set(pageOf(index), { ...page, items }) }
}

/** A list that is known whole. */
export function wholeListing(name: string, items: readonly ListedSession[], fetchedAt: number): Listing {
  const pages = new Map<number, SessionPage>()
  for (let first = 0; first < items.length; first += PAGE_SIZE) {
    pages.set(pageOf(first), { items: items.slice(first, first + PAGE_SIZE), fetchedAt, turn: 0 })
  }
  return { name, total: items.length, pages, fetchedAt }
}

/** Every session that is on a page, each once. */
export function knownIn(listings: readonly Listing[]): readonly ListedSession[] {
  const known = new Map<string, ListedSession>()
  for (const { pages } of listings.toSorted((a, b) => a.fetchedAt - b.fetchedAt)) {
    for (const { items } of pages.values()) {
      for (const item of items) if (item) known.set(item.id, item)
    }
  }
  return [...known.values()]
}
