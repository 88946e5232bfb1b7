import { ClipboardList, MessageSquare, NotebookPen, Sparkles, Users, type LucideIcon } from 'lucide-react'
import { Tabs } from 'radix-ui'
import { lazy, Suspense, useSyncExternalStore, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Account, SessionState } from '../../../contract/model.ts'
import { isStaff } from '../sessions/host.ts'
import { AttendancePanel } from './attendance-panel.tsx'
import { Chat } from './chat.tsx'
import { Composer } from './composer.tsx'
import { HandsCount } from './hands-count.tsx'
import { NotesPanel } from './notes-panel.tsx'
import { PeoplePanel } from './people-panel.tsx'
import type { Room } from './rooms-store.ts'
import { unseenCount } from './unseen.ts'

const AssistantPanel = lazy(() =>
  import('../assistant/assistant-panel.tsx').then(({ AssistantPanel: panel }) => ({ default: panel })),
)

export type Panel = 'people' | 'notes' | 'attendance' | 'assistant'
export type Part = 'chat' | Panel

const icons: Record<Part, LucideIcon> = {
  chat: MessageSquare,
  people: Users,
  notes: NotebookPen,
  attendance: ClipboardList,
  assistant: Sparkles,
}

/** Where the words of all tabs fit beside each other, in the longest of the languages; elsewhere icons stand for them. */
const words = {
  beside: { tab: '', icon: '@[22rem]:hidden', word: '@max-[22rem]:sr-only' },
  above: { tab: '@max-[30rem]:grow', icon: '@[30rem]:hidden', word: '@max-[30rem]:sr-only' },
} as const

/** From this width on there is room for the chat and a panel beside it. */
const BOTH_FIT = '(min-width: 52rem)'

const onWidth = (changed: () => void) => {
  const query = matchMedia(BOTH_FIT)
  query.addEventListener('change', changed)
  return () => query.removeEventListener('change', changed)
}
const bothFit = () => matchMedia(BOTH_FIT).matches

interface RoomPartsProps {
  readonly sessionId: string
  readonly room: Room & { readonly state: NonNullable<Room['state']> }
  readonly me: Account
  readonly session: SessionState
  readonly part: Part
  /** What stands beside the chat where both fit, while `part` is the chat. */
  readonly beside: Panel
  readonly onPart: (part: Part) => void
  readonly onRejoin: () => void
}

/** The chat with a panel beside it; in a narrow window one of them at a time. */
export function RoomParts(props: RoomPartsProps) {
  const { sessionId, room, me, session, part, beside, onPart, onRejoin } = props
  const { t, i18n } = useTranslation('room')
  const wide = useSyncExternalStore(onWidth, bothFit)
  const { state } = room
  const shown = wide && part === 'chat' ? beside : part
  const hands = state.participants.filter(({ handRaisedAt }) => handRaisedAt !== null).length
  const unseen = wide || part === 'chat' ? 0 : unseenCount(room, me.id)
  const panels: readonly Panel[] = isStaff(me)
    ? ['people', 'notes', 'attendance', 'assistant']
    : ['people', 'notes', 'assistant']
  const content: Record<Panel, () => ReactNode> = {
    people: () => <PeoplePanel room={state} gone={room.gone} me={me} />,
    notes: () => <NotesPanel sessionId={sessionId} accountId={me.id} />,
    attendance: () => <AttendancePanel session={state.session} />,
    assistant: () => (
      <Suspense fallback={null}>
        <AssistantPanel sessionId={sessionId} />
      </Suspense>
    ),
  }
  const wordsFit = wide ? words.beside : words.above

  const tabs = (
    <Tabs.List
      // Made anew on the other side of the chat: moved there, it could be the chat that moves, and a moved log forgets its place.
      key={wide ? 'tabs beside' : 'tabs above'}
      aria-label={t('tabs.label')}
      className={`@container flex shrink-0 flex-wrap gap-x-1 ${wide ? 'col-start-2 row-start-1 justify-between border-b border-line' : 'px-1'}`}
    >
      {(wide ? panels : (['chat', ...panels] as const)).map((name) => {
        const Icon = icons[name]
        return (
          <Tabs.Trigger
            key={name}
            value={name}
            title={t(`tabs.${name}`)}
            className={`relative flex min-h-11 min-w-9 shrink-0 cursor-pointer items-center justify-center gap-1.5 rounded-control px-1.5 text-note font-medium text-quiet after:absolute after:inset-x-1.5 after:bottom-0 after:h-0.75 after:rounded-full hover:text-ink data-[state=active]:text-accent data-[state=active]:after:bg-accent ${wordsFit.tab}`}
          >
            <Icon aria-hidden className={`size-5.5 ${wordsFit.icon}`} />
            <span className={wordsFit.word}>{t(`tabs.${name}`)}</span>{' '}
            {name === 'people' && !wide && (
              <span className="font-normal text-quiet tabular-nums @max-[18rem]:sr-only">
                {state.participants.length}
              </span>
            )}{' '}
            {name === 'people' && hands > 0 && <HandsCount count={hands} />}
            {name === 'chat' && unseen > 0 && (
              <span className="rounded-full bg-warn-wash px-1.5 font-semibold text-warn tabular-nums">
                {t('tabs.unseen', { count: unseen })}
              </span>
            )}
          </Tabs.Trigger>
        )
      })}
    </Tabs.List>
  )

  return (
    <Tabs.Root
      dir={i18n.dir()}
      value={shown}
      onValueChange={(value) => onPart(value as Part)}
      className={`mx-auto grid min-h-0 w-full max-w-[84rem] grow px-2 pb-2 sm:px-4 sm:pb-4 ${
        wide
          ? 'grid-cols-[minmax(0,1fr)_clamp(18rem,38%,26rem)] grid-rows-[auto_minmax(0,1fr)] gap-x-4'
          : 'grid-cols-1 grid-rows-[auto_minmax(0,1fr)]'
      }`}
    >
      {!wide && tabs}
      <Tabs.Content
        key="chat"
        value="chat"
        forceMount
        // Beside a panel it is no tab but a part of the page.
        {...(wide ? { role: 'region', 'aria-labelledby': undefined, 'aria-label': t('tabs.chat') } : {})}
        hidden={false}
        tabIndex={undefined}
        // Hidden, and not taken away: it keeps its place.
        className={`max-roomy:h-[max(18rem,88dvh)] flex min-h-0 min-w-0 flex-col overflow-clip rounded-sheet border border-line bg-surface shadow-lift ${
          wide ? 'col-start-1 row-span-2 row-start-1' : 'col-start-1 row-start-2'
        } ${!wide && part !== 'chat' ? 'invisible' : ''}`}
      >
        <Chat
          key={sessionId}
          sessionId={sessionId}
          room={room}
          me={me}
          session={session}
          onScreen={wide || part === 'chat'}
        />
        <Composer
          key={`${sessionId} composer`}
          sessionId={sessionId}
          room={state}
          me={me}
          session={session}
          onRejoin={onRejoin}
        />
      </Tabs.Content>
      {wide && tabs}
      {shown !== 'chat' && (
        <Tabs.Content
          key="panel"
          value={shown}
          data-room-part
          data-room-panel
          tabIndex={-1}
          className={`max-roomy:h-[max(18rem,88dvh)] flex min-h-0 min-w-0 flex-col outline-none ${
            wide
              ? 'col-start-2 row-start-2'
              : 'col-start-1 row-start-2 overflow-clip rounded-sheet border border-line bg-surface'
          }`}
        >
          {content[shown]()}
        </Tabs.Content>
      )}
    </Tabs.Root>
  )
}
