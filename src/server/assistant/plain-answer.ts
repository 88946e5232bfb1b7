/**
 * The assistant's own rules: which question this is, by its words, and an answer put together from facts. It invents
 * nothing; what it says of the chat are quotations. Times are told as spans, because the server does not know which
 * time zone whoever asks is in.
 */
import type { ChatMessage, Person } from '../../contract/model.ts'
import { digest, openQuestions } from './chat-digest.ts'
import type { SessionFacts } from './session-facts.ts'

interface Topic {
  readonly asked: RegExp
  readonly tell: (facts: SessionFacts, now: Date) => string
}

const aboutChat =
  /\b(summar\w*|recap|catch me up|what (was|were|has|have|did|is|are) .*(said|say|discuss\w*|talk\w*|happen\w*|miss)|what.?s (new|going on)|topics?|chat|so far|tl;?dr|points?)\b/

/** In the order they are told when a question asks for several. */
const topics: readonly Topic[] = [
  {
    asked:
      /\b(attend\w*|present|participants?|who( i|')?s (here|in|there|online)|how many|since when|joined|who came|who left|people|roll ?call)\b/,
    tell: tellAttendance,
  },
  {
    asked:
      /\b(missing|absent|absentees|no.?shows?|who( i|')?s(n't| not) (here|in|there)|not (here|there|come|joined)|didn't (come|join|show))\b/,
    tell: tellMissing,
  },
  {
    asked:
      /\b(time|how long|minutes?|hours?|remain\w*|when (does|do|will|is|did)|over yet|until when|ends?|duration)\b/,
    tell: tellTime,
  },
  { asked: aboutChat, tell: tellChat },
  // A summary without what is still to be answered would be half of one.
  {
    asked: new RegExp(
      `${aboutChat.source}|\\b(unanswered|questions?|not answered|without (an )?answer|asked)\\b`,
    ),
    tell: tellOpenQuestions,
  },
]

const ABLE =
  'I can tell you who is here and since when, who is missing, how much time is left, what was said in the chat, and which questions are still open.'

export function plainAnswer(question: string, facts: SessionFacts, now: Date): string {
  const words = plain(question)
  const people = tellPeople(question, facts, now)
  if (people.length > 0) return people.join('\n')
  const told = topics.filter(({ asked }) => asked.test(words)).map(({ tell }) => tell(facts, now))
  return told.length > 0 ? told.join('\n\n') : `I did not understand that. ${ABLE}`
}

/** Every topic at once, for a reader who finds in it what was asked. */
export const allThereIs = (facts: SessionFacts, now: Date) =>
  topics.map(({ tell }) => tell(facts, now)).join('\n\n')

/** Lower case, without accents, with one kind of apostrophe. */
const plain = (text: string) =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[‘’ʼ]/g, "'").toLowerCase()

/** Nothing but its words, in that form, with one space between them. */
const inWords = (text: string) =>
  plain(text)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

/* ── people ───────────────────────────────────────────────────────────────────────────────────────────── */

/** About those who are named, by their whole name or by a first name nobody else has. */
function tellPeople(question: string, { here, gone, missing }: SessionFacts, now: Date): string[] {
  const known: { person: Person; told: string }[] = [
    ...here.map((person) => ({
      person,
      told: `${person.displayName} has been here for ${span(now.getTime() - Date.parse(person.joinedAt))}${person.presence === 'away' ? ' and is away from the screen' : ''}.`,
    })),
    ...gone.map((person) => ({
      person,
      told: `${person.displayName} was here and left ${span(now.getTime() - person.leftAt.getTime())} ago.`,
    })),
    ...(missing?.learners ?? []).map((person) => ({
      person,
      told: `${person.displayName} has not been here today.`,
    })),
  ]
  const asked = ` ${inWords(question)} `
  const isSaid = (name: string) => name !== '' && asked.includes(` ${name} `)
  const named = known.map(({ person, told }) => {
    const whole = inWords(person.displayName)
    return { whole, first: whole.split(' ', 1)[0] ?? '', told }
  })
  const bearers = new Map<string, number>()
  for (const { first } of named) bearers.set(first, (bearers.get(first) ?? 0) + 1)
  return named
    .filter(
      ({ whole, first }) => isSaid(whole) || (first.length > 2 && bearers.get(first) === 1 && isSaid(first)),
    )
    .map(({ told }) => told)
}

function tellAttendance({ session, here, gone }: SessionFacts, now: Date): string {
  const before = gone.length > 0 ? ` ${count(gone.length, 'person', 'people')} came and left again.` : ''
  if (here.length === 0) {
    return session.status === 'upcoming'
      ? 'Nobody is in the room yet.'
      : `Nobody is in the room now.${before}${namesOf(gone)}`
  }
  const lines = here
    .slice(0, LONGEST_LIST)
    .map(
      ({ displayName, role, joinedAt, presence }) =>
        `- ${displayName}${role === 'learner' ? '' : ` (${role})`}, for ${span(now.getTime() - Date.parse(joinedAt))}${presence === 'away' ? ', away from the screen' : ''}`,
    )
  if (here.length > LONGEST_LIST) lines.push(`- and ${here.length - LONGEST_LIST} more`)
  return `${count(here.length, 'person is', 'people are')} here:\n${lines.join('\n')}\n${before.trim()}${namesOf(gone)}`.trimEnd()
}

const namesOf = (people: readonly Person[]) =>
  people.length > 0 ? ` They were ${list(people.map(({ displayName }) => displayName))}.` : ''

function tellMissing({ session, missing }: SessionFacts): string {
  if (!missing) return 'Who is missing is told to those who teach.'
  if (session.course === '') return 'This session belongs to no course, so I cannot tell who is missing.'
  const { learners } = missing
  if (missing.by === 'roster') {
    const source = `${count(missing.enrolled, 'learner is', 'learners are')} enrolled in ${session.course}.`
    if (learners.length === 0) return `Nobody is missing: everybody who is enrolled has been here. ${source}`
    return `${count(learners.length, 'learner has', 'learners have')} not been here: ${list(learners.map(({ displayName }) => displayName))}. ${source}`
  }
  if (missing.sessions === 0) {
    return `I know of no other session of ${session.course} this term, so I cannot tell who is missing.`
  }
  const source = `There is no list of who is enrolled; I went by who took part in ${count(missing.sessions, 'other session', 'other sessions')} of ${session.course} in the last 16 weeks.`
  if (learners.length === 0) {
    return `Nobody is missing: every learner who took part before has been here. ${source}`
  }
  const names = missing.learners.map(({ displayName, tookPart }) =>
    tookPart > 1 ? `${displayName} (${tookPart} times before)` : displayName,
  )
  return `${count(learners.length, 'learner has', 'learners have')} not been here: ${list(names)}. ${source}`
}

/* ── time ─────────────────────────────────────────────────────────────────────────────────────────────── */

function tellTime({ session }: SessionFacts, now: Date): string {
  const until = (instant: string) => Date.parse(instant) - now.getTime()
  const planned = span(Date.parse(session.scheduledEnd) - Date.parse(session.scheduledStart))
  if (session.endedAt !== null) return `This session ended ${span(-until(session.endedAt))} ago.`
  if (session.startedAt === null) {
    const wait = until(session.scheduledStart)
    return wait > 0
      ? `It begins in ${span(wait)} and is planned for ${planned}.`
      : `It is due to begin now and is planned for ${planned}.`
  }
  const left = until(session.scheduledEnd)
  const begun = `It began ${span(-until(session.startedAt))} ago.`
  return left > 0
    ? `${capital(span(left))} left. ${begun}`
    : `The planned time was over ${span(-left)} ago; the room stays open while somebody is in it. ${begun}`
}

/* ── the chat ─────────────────────────────────────────────────────────────────────────────────────────── */

function tellChat({ messages }: SessionFacts): string {
  if (messages.length === 0) return 'Nothing has been said in the chat yet.'
  const { words, quotes } = digest(messages)
  const authors = new Set(messages.map(({ author }) => author.id)).size
  const about = words.length > 0 ? ` The words that came up most: ${list(words)}.` : ''
  return `${count(messages.length, 'message', 'messages')} by ${count(authors, 'person', 'people')}.${about}\nIn the words of those who said it:\n${quotes.map(quote).join('\n')}`
}

function tellOpenQuestions({ messages }: SessionFacts): string {
  const open = openQuestions(messages)
  if (open.length === 0) return 'No question in the chat is waiting for an answer.'
  return `${count(open.length, 'question', 'questions')} in the chat without an answer since:\n${open.map(quote).join('\n')}`
}

const LONGEST_QUOTE = 240

function quote({ author, text }: ChatMessage): string {
  const line = text.replace(/\s+/g, ' ')
  const letters = [...line]
  const said = letters.length > LONGEST_QUOTE ? `${letters.slice(0, LONGEST_QUOTE).join('')}…` : line
  return `- ${author.displayName}: “${said}”`
}

/* ── words ────────────────────────────────────────────────────────────────────────────────────────────── */

const count = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

const LONGEST_LIST = 40

function list(items: readonly string[]): string {
  if (items.length > LONGEST_LIST) {
    const rest = items.length - LONGEST_LIST
    return `${items.slice(0, LONGEST_LIST).join(', ')} and ${rest} more`
  }
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

/** `less than a minute`, `12 minutes`, `1 hour 5 minutes`, `3 days`. */
function span(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 1) return 'less than a minute'
  if (minutes < 60) return count(minutes, 'minute', 'minutes')
  const hours = Math.floor(minutes / 60)
  if (hours >= 48) return count(Math.floor(hours / 24), 'day', 'days')
  const rest = minutes % 60
  return count(hours, 'hour', 'hours') + (rest > 0 ? ` ${count(rest, 'minute', 'minutes')}` : '')
}
