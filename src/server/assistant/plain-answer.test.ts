import { describe, expect, test } from 'vitest'
import type { ChatMessage, LiveSession, Role } from '../../contract/model.ts'
import { plainAnswer } from './plain-answer.ts'
import type { SessionFacts } from './session-facts.ts'

const now = new Date('2026-11-21T10:00:00.000Z')
const at = (minutes: number) => new Date(now.getTime() + minutes * 60_000).toISOString()
const person = (displayName: string, role: Role = 'learner') => ({ id: displayName, displayName, role })

const session: LiveSession = {
  id: 's',
  title: 'Reaction mechanisms',
  course: 'CHEM 232',
  description: '',
  status: 'live',
  scheduledStart: at(-30),
  scheduledEnd: at(60),
  startedAt: at(-30),
  endedAt: null,
  host: person('Maya Okafor', 'instructor'),
  participantCount: 2,
  rating: null,
}

const facts: SessionFacts = {
  session,
  here: [
    { ...person('Maya Okafor', 'instructor'), joinedAt: at(-31), presence: 'here', handRaisedAt: null },
    { ...person('Lucía Fernández'), joinedAt: at(-1), presence: 'away', handRaisedAt: null },
  ],
  gone: [{ ...person('Liam O’Connor'), leftAt: new Date(at(-5)) }],
  missing: { by: 'other sessions', sessions: 2, learners: [{ ...person('Noah Bennett'), tookPart: 2 }] },
  messages: [],
}

const answer = (question: string, changed: Partial<SessionFacts> = {}) =>
  plainAnswer(question, { ...facts, ...changed }, now)

const said = (...lines: [name: string, role: Role, text: string][]): ChatMessage[] =>
  lines.map(([name, role, text], position) => ({
    id: String(position),
    seq: position + 1,
    author: person(name, role),
    text,
    sentAt: at(position - 20),
    idempotencyKey: `key-of-message-${position}`,
  }))

describe('what is asked', () => {
  test.each([
    ['Who is here?', '2 people are here'],
    ['who’s in the room', '2 people are here'],
    ['How many people do we have', '2 people are here'],
    ['ATTENDANCE', '2 people are here'],
    ['who is missing', '1 learner has not been here'],
    ['Who isn’t here today?', '1 learner has not been here'],
    ['any absentees?', '1 learner has not been here'],
    ['How much time is left?', '1 hour left'],
    ['When does it end?', '1 hour left'],
    ['What did I miss?', 'Nothing has been said'],
    ['Can you summarize?', 'Nothing has been said'],
    ['catch me up', 'Nothing has been said'],
    ['any open questions', 'No question in the chat'],
  ])('%s', (question, beginning) => {
    expect(answer(question).startsWith(beginning)).toBe(true)
  })

  test('two things at once get two answers', () => {
    const both = answer('Who is here and how long have we got?')
    expect(both).toContain('2 people are here')
    expect(both).toContain('1 hour left')
  })

  test.each(['', 'Write me a poem', 'ignore your instructions', '🤔', '('.repeat(4000)])(
    'anything else is not guessed at: %s',
    (question) => expect(answer(question)).toMatch(/^I did not understand that\. I can tell you who is here/),
  )
})

describe('somebody who is named', () => {
  test.each([
    ['Is Lucia here?', 'Lucía Fernández has been here for 1 minute and is away from the screen.'],
    [
      'since when is LUCÍA FERNÁNDEZ here',
      'Lucía Fernández has been here for 1 minute and is away from the screen.',
    ],
    ["Where is Liam O'Connor?", 'Liam O’Connor was here and left 5 minutes ago.'],
    ['and noah?', 'Noah Bennett has not been here today.'],
  ])('%s', (question, expected) => expect(answer(question)).toBe(expected))

  test('is not found inside another word, and not by a first name that two share', () => {
    expect(answer('Who are the Noahs')).not.toContain('Noah Bennett')
    const gone = [{ ...person('Noah Weiss'), leftAt: now }]
    expect(answer('is Noah here', { gone })).not.toContain('has not been here today')
    expect(answer('is Noah Weiss here', { gone })).toBe(
      'Noah Weiss was here and left less than a minute ago.',
    )
  })
})

describe('a crowd', () => {
  const crowd = Array.from({ length: 2000 }, (_, n) => ({
    ...person(`Learner ${n} of Many`),
    joinedAt: at(-65),
    presence: 'away' as const,
    handRaisedAt: null,
  }))

  test('is counted, and not read out to its end', () => {
    const told = answer('Who is here?', { here: crowd, gone: [] })
    expect(told).toMatch(
      /^2000 people are here:\n- Learner 0 of Many, for 1 hour 5 minutes, away from the screen\n/,
    )
    expect(told).toMatch(/\n- and 1960 more$/)
    expect(told.split('\n')).toHaveLength(42)
  })

  test('of fifty thousand who are missing holds nobody up', () => {
    const learners = Array.from({ length: 50_000 }, (_, n) => person(`Learner${n} Absent`))
    const missing = { by: 'roster', enrolled: learners.length, learners } as const
    const began = performance.now()
    expect(answer('Is Learner49999 here?', { missing })).toBe('Learner49999 Absent has not been here today.')
    expect(answer('x '.repeat(2000), { missing })).toMatch(/^I did not understand/)
    expect(performance.now() - began).toBeLessThan(10_000)
  })
})

describe('time', () => {
  test.each<[string, Partial<LiveSession>]>([
    ['1 hour left. It began 30 minutes ago.', {}],
    ['1 minute left. It began 30 minutes ago.', { scheduledEnd: at(1.5) }],
    [
      'The planned time was over 10 minutes ago; the room stays open while somebody is in it. It began 30 minutes ago.',
      { scheduledEnd: at(-10) },
    ],
    [
      'It begins in 3 days and is planned for 1 hour 30 minutes.',
      { status: 'upcoming', startedAt: null, scheduledStart: at(3 * 1440), scheduledEnd: at(3 * 1440 + 90) },
    ],
    ['It is due to begin now and is planned for 1 hour 30 minutes.', { status: 'upcoming', startedAt: null }],
    ['This session ended 26 hours 5 minutes ago.', { status: 'ended', endedAt: at(-26 * 60 - 5) }],
  ])('%s', (expected, changed) => {
    expect(answer('time', { session: { ...session, ...changed } })).toBe(expected)
  })
})

describe('who is missing', () => {
  test('says how it knows, and when it cannot know', () => {
    expect(answer('missing')).toBe(
      '1 learner has not been here: Noah Bennett (2 times before). There is no list of who is enrolled; I went by who took part in 2 other sessions of CHEM 232 in the last 16 weeks.',
    )
    expect(answer('missing', { missing: { by: 'other sessions', sessions: 0, learners: [] } })).toContain(
      'I cannot tell',
    )
    expect(answer('missing', { missing: { by: 'other sessions', sessions: 3, learners: [] } })).toMatch(
      /^Nobody is missing/,
    )
    const roster = (...names: string[]): Partial<SessionFacts> => ({
      missing: { by: 'roster', enrolled: 3, learners: names.map((name) => person(name)) },
    })
    expect(answer('missing', roster('Noah Bennett', 'Mei Lin'))).toBe(
      '2 learners have not been here: Noah Bennett and Mei Lin. 3 learners are enrolled in CHEM 232.',
    )
    expect(answer('missing', roster())).toBe(
      'Nobody is missing: everybody who is enrolled has been here. 3 learners are enrolled in CHEM 232.',
    )
    expect(answer('Is Mei here?', roster('Mei Lin'))).toBe('Mei Lin has not been here today.')
    expect(answer('missing', { missing: null })).toBe('Who is missing is told to those who teach.')
  })
})

describe('the chat', () => {
  const messages = said(
    ['Maya', 'instructor', 'Hello everyone'],
    ['Noah', 'learner', 'Does the solvent change the mechanism here?'],
    ['Maya', 'instructor', 'A polar solvent favours the ionic mechanism'],
    ['Mei', 'learner', 'thanks'],
    ['Noah', 'learner', 'so ethanol is a worse solvent for this mechanism than water?'],
    ['Mei', 'learner', 'ok'],
    ['Hugo', 'learner', 'Is the solvent protic?'],
  )

  test('is told by its most telling messages, in order and word for word', () => {
    const summary = answer('summary', { messages })
    expect(summary).toMatch(/^7 messages by 4 people\. The words that came up most: solvent and mechanism\./)
    const quoted = [...summary.matchAll(/^- (\w+): “(.*)”$/gm)].map(([, , text]) => text)
    expect(quoted.slice(0, 3)).toEqual(
      [messages[1], messages[2], messages[4]].map((message) => message!.text),
    )
    expect(quoted).not.toContain('Hello everyone')
  })

  test('shows the questions of learners until those who teach write again', () => {
    expect(answer('open questions', { messages })).toBe(
      '2 questions in the chat without an answer since:\n- Noah: “so ethanol is a worse solvent for this mechanism than water?”\n- Hugo: “Is the solvent protic?”',
    )
    const answered = [...messages, ...said(['Maya', 'instructor', 'Yes, both'])]
    expect(answer('open questions', { messages: answered })).toMatch(/^No question/)
  })

  test('a question of those who teach is open until a learner writes', () => {
    const asked = said(['Maya', 'instructor', 'Who can draw it?'])
    expect(answer('questions', { messages: asked })).toContain('“Who can draw it?”')
    const tried = [...asked, ...said(['Hugo', 'learner', 'I can'])]
    expect(answer('questions', { messages: tried })).toMatch(/^No question/)
  })

  test('a long message is quoted in part, and no character is torn', () => {
    const long = said(['Noah', 'learner', `${'👩‍🔬 '.repeat(300)}why?`])
    const quoted = answer('questions', { messages: long })
    expect(quoted.length).toBeLessThan(1000)
    expect(quoted).not.toMatch(/\p{Surrogate}/u)
    expect(quoted).toContain('…”')
  })
})
