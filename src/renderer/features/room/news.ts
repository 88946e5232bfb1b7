/** What happened in a room since somebody was last told, for ears rather than eyes: little, and not often. */
import type { ChatMessage, Person } from '../../../contract/model.ts'

export interface News {
  readonly joined: readonly Person[]
  readonly left: readonly Person[]
  readonly raised: readonly Person[]
  /** How many messages; one alone is read out. */
  readonly said: number
  readonly lastSaid: ChatMessage | null
}

export const noNews: News = { joined: [], left: [], raised: [], said: 0, lastSaid: null }

export const isNews = ({ joined, left, raised, said }: News) =>
  joined.length + left.length + raised.length + said > 0

/** Who came and went again in the meantime is no news. */
export function gathered(news: News, more: Partial<News>): News {
  const came = new Set(more.joined?.map(({ id }) => id))
  const went = new Set(more.left?.map(({ id }) => id))
  const known = new Set(news.joined.map(({ id }) => id))
  const lost = new Set(news.left.map(({ id }) => id))
  return {
    joined: [
      ...news.joined.filter(({ id }) => !went.has(id)),
      ...(more.joined ?? []).filter(({ id }) => !lost.has(id)),
    ],
    left: [
      ...news.left.filter(({ id }) => !came.has(id)),
      ...(more.left ?? []).filter(({ id }) => !known.has(id)),
    ],
    raised: [...news.raised, ...(more.raised ?? [])],
    said: news.said + (more.said ?? 0),
    lastSaid: more.lastSaid ?? news.lastSaid,
  }
}
