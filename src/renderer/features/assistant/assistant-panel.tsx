import { useCallback, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { MAX_MESSAGE_LENGTH } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { useSecondsUntil, useTimeWords } from '../../ui/time.ts'
import { isConnected } from '../connection/connection-words.ts'
import { emptyConversation, openExchange, type Conversation } from './conversations-store.ts'
import { ExchangeItem } from './exchange-item.tsx'

/** What the assistant's own rules understand, in the words they understand; shown in the language of the page. */
const suggestions = [
  { name: 'summary', question: 'What has been said in the chat so far?' },
  { name: 'missing', question: 'Who is missing?' },
  { name: 'attendance', question: 'Who is here, and since when?' },
  { name: 'time', question: 'How much time is left?' },
] as const

/** Pixels from the end within which somebody reads along. */
const NEAR_END = 60

export function AssistantPanel({ sessionId }: { sessionId: string }) {
  const { conversations: store, window } = useStores()
  const { t } = useTranslation('assistant')
  const conversation = useStore(store, (state) => state.conversations[sessionId] ?? emptyConversation)
  const reachable = useStore(window, ({ session }) => isConnected(session))
  const { exchanges } = conversation
  const open = openExchange(conversation)
  const readingAlong = useReadingAlong(exchanges.length, exchanges.at(-1)?.answer.length ?? 0)
  const goOn = useCallback((id: string) => store.getState().goOn(sessionId, id), [store, sessionId])

  return (
    <section aria-label={t('title')} className="flex min-h-0 min-w-0 grow flex-col">
      <p role="status" className="sr-only">
        {useProgressWords(conversation)}
      </p>
      <div
        {...readingAlong}
        // Scrolls, so a keyboard has to reach it.
        tabIndex={0}
        role="group"
        aria-label={t('conversation')}
        // Contains what only a screen reader hears: that would make the page itself scroll.
        className="relative min-h-0 grow overflow-y-auto px-4 py-5 sm:px-5"
      >
        {exchanges.length === 0 ? (
          <div className="flex flex-col gap-1.5">
            <p className="text-lead font-semibold">{t('empty.title')}</p>
            <p className="text-quiet">{t('empty.message')}</p>
          </div>
        ) : (
          <ol className="flex flex-col gap-7">
            {exchanges.map((exchange) => (
              <ExchangeItem
                key={exchange.id}
                exchange={exchange}
                reachable={reachable}
                busy={open !== undefined}
                onGoOn={goOn}
              />
            ))}
          </ol>
        )}
        <Suggestions sessionId={sessionId} conversation={conversation} reachable={reachable} />
      </div>
      <QuestionForm sessionId={sessionId} conversation={conversation} reachable={reachable} />
    </section>
  )
}

interface QuestionFormProps {
  readonly sessionId: string
  readonly conversation: Conversation
  readonly reachable: boolean
}

/** At the end of what was said, where the next question would stand. */
function Suggestions({ sessionId, conversation, reachable }: QuestionFormProps) {
  const { conversations: store } = useStores()
  const { t } = useTranslation('assistant')
  const secondsLeft = useSecondsUntil(conversation.notBefore)
  const canAsk = reachable && !openExchange(conversation) && secondsLeft === 0
  return (
    <ul aria-label={t('suggestions.label')} className="mt-6 flex flex-wrap gap-2">
      {suggestions.map(({ name, question }) => (
        <li key={name}>
          <Button
            size="small"
            className="rounded-full"
            disabled={!canAsk}
            onClick={() => void store.getState().ask(sessionId, question)}
          >
            {t(`suggestions.${name}`)}
          </Button>
        </li>
      ))}
    </ul>
  )
}

function QuestionForm({ sessionId, conversation, reachable }: QuestionFormProps) {
  const { conversations: store } = useStores()
  const { t } = useTranslation('assistant')
  const failureWords = useFailureWords()
  const { lengthInWords } = useTimeWords()
  const box = useRef<HTMLTextAreaElement>(null)
  const { draft, refusal, notBefore } = conversation
  const secondsLeft = useSecondsUntil(notBefore)
  const open = openExchange(conversation)
  const canAsk = reachable && !open && secondsLeft === 0
  const { type, ask, stop } = store.getState()

  const submit = () => {
    if (!canAsk || draft.trim() === '') return
    box.current?.focus()
    void ask(sessionId)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter also confirms a word of an input method; that one is not ours.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    submit()
  }

  return (
    <form
      className="flex shrink-0 flex-col gap-3 border-t border-line p-3 sm:p-4"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      {refusal && (
        <p role="alert" className="text-note text-alarm">
          {failureWords({ ...refusal, retryAfterMs: 0 })}
        </p>
      )}
      {(secondsLeft > 0 || !reachable) && (
        <p className="text-note text-quiet">
          {reachable ? t('askAgainIn', { length: lengthInWords(secondsLeft * 1000) }) : t('offline')}
        </p>
      )}
      <div className="flex items-end gap-2.5">
        <textarea
          ref={box}
          aria-label={t('question')}
          rows={1}
          maxLength={MAX_MESSAGE_LENGTH}
          placeholder={t('placeholder')}
          dir="auto"
          value={draft}
          onChange={(event) => type(sessionId, event.target.value)}
          onKeyDown={onKeyDown}
          className="field-sizing-content max-h-40 min-h-12 min-w-0 grow resize-none rounded-control border border-edge bg-surface px-3.5 py-2.5"
        />
        <Button
          type={open ? 'button' : 'submit'}
          look={open ? 'secondary' : 'primary'}
          className="min-h-12"
          disabled={!open && (!canAsk || draft.trim() === '')}
          onClick={() => {
            if (open) stop(sessionId)
          }}
        >
          {open ? t('stop') : t('ask')}
        </Button>
      </div>
    </form>
  )
}

/** Follows the text down while its end is in sight; whoever has scrolled up stays there until the next question. */
function useReadingAlong(exchanges: number, length: number) {
  const log = useRef<HTMLDivElement>(null)
  const along = useRef(true)
  useLayoutEffect(() => {
    along.current = true
  }, [exchanges])
  useLayoutEffect(() => {
    if (along.current) log.current?.scrollTo({ top: log.current.scrollHeight })
  }, [length, exchanges])
  const onScroll = () => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = log.current ?? {}
    along.current = scrollHeight - scrollTop - clientHeight < NEAR_END
  }
  return { ref: log, onScroll }
}

/** What a screen reader is told: that an answer begins and that it is over, never the words between. */
function useProgressWords(conversation: Conversation): string {
  const { t } = useTranslation('assistant')
  const latest = conversation.exchanges.at(-1)
  const [before] = useState(latest)
  switch (latest?.status) {
    case 'asking':
    case 'answering':
      return t('answering')
    case 'whole':
    case 'stopped':
    case 'cut':
      // What was there before the panel opened is no news.
      return latest === before ? '' : t(progressWords[latest.status])
    case undefined:
      return ''
  }
}

const progressWords = { whole: 'finished', stopped: 'stopped', cut: 'cut' } as const
