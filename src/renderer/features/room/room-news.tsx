import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStores } from '../../stores.tsx'
import { gathered, isNews, noNews, type News } from './news.ts'

/** Milliseconds in which what happens together is gathered, and the least time between two sentences. */
const TOGETHER = 800
const APART = 10_000
/** Characters of a message that are read out; the whole of it stands in the chat. */
const READ_OUT = 200

/** Tells a screen reader who came and what was said: in one sentence, and every ten seconds at most. */
export function RoomNews({ sessionId, me }: { sessionId: string; me: string }) {
  const { rooms } = useStores()
  const { t, i18n } = useTranslation('room')
  const [news, setNews] = useState(noNews)

  useEffect(() => {
    let waiting = noNews
    let timer: ReturnType<typeof setTimeout> | undefined
    let saidAt = -Infinity
    const say = () => {
      timer = undefined
      if (!isNews(waiting)) return
      saidAt = performance.now()
      setNews(waiting)
      waiting = noNews
    }
    const off = rooms.subscribe(({ rooms: now }, { rooms: before }) => {
      const [is, was] = [now[sessionId], before[sessionId]]
      if (!is?.state || !was?.state || is === was) return
      const lastSeq = was.state.messages.at(-1)?.seq
      const messages =
        is.state.messages === was.state.messages || lastSeq === undefined
          ? []
          : is.state.messages.filter(({ seq, author }) => seq > lastSeq && author.id !== me)
      const change = is.news === was.news ? null : is.news
      waiting = gathered(waiting, {
        ...change,
        said: messages.length,
        lastSaid: messages.at(-1) ?? null,
      })
      if (!isNews(waiting)) return
      timer ??= setTimeout(say, Math.max(TOGETHER, saidAt + APART - performance.now()))
    })
    return () => {
      off()
      clearTimeout(timer)
    }
  }, [rooms, sessionId, me])

  return (
    <p role="status" aria-label={t('news.label')} className="sr-only">
      {newsInWords(news, t, i18n.language)}
    </p>
  )
}

function newsInWords(
  { joined, left, raised, said, lastSaid }: News,
  t: ReturnType<typeof useTranslation<'room'>>['t'],
  language: string,
): string {
  const names = (people: News['joined']) =>
    new Intl.ListFormat(language).format(people.map(({ displayName }) => displayName))
  const about = (people: News['joined'], few: 'joined' | 'left' | 'raised') => {
    if (people.length === 0) return null
    return people.length <= 2
      ? t(`news.${few}Names`, { names: names(people), count: people.length })
      : t(`news.${few}Count`, { count: people.length })
  }
  const written = () => {
    if (said > 1) return t('news.messages', { count: said })
    return lastSaid
      ? t('news.message', { name: lastSaid.author.displayName, text: lastSaid.text.slice(0, READ_OUT) })
      : null
  }
  return [about(raised, 'raised'), about(joined, 'joined'), about(left, 'left'), written()]
    .filter((sentence) => sentence !== null)
    .join(' ')
}
