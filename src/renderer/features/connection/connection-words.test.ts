import i18next from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import { RecoveryStep, type RoomConnection, type SessionState } from '../../../contract/model.ts'
import { timeWords } from '../../ui/time.ts'
import { startWords } from '../../words.ts'
import { connectionInWords } from './connection-words.ts'

beforeAll(() => startWords())

const now = 1_700_000_000_000
const account = {
  id: '00000000-0000-4000-8000-000000000001',
  email: 'maya@school.example',
  displayName: 'Maya Okafor',
  role: 'instructor' as const,
}
const signedIn = { account, accessExpiresAt: null, sessionExpiresAt: null }
const offline: SessionState = { kind: 'offline', account, since: now, nextTryAt: now + 5000 }

const words = (state: SessionState, room: RoomConnection | null = null, secondsLeft = 0) =>
  connectionInWords(state, room, secondsLeft, i18next.getFixedT('en', 'connection'), timeWords('en'))

const sentence = (state: SessionState, secondsLeft = 0) => {
  const { headline, detail, reassurance } = words(state, null, secondsLeft)
  return [headline, detail, reassurance].filter(Boolean).join(' ')
}

test('a token being renewed is no news: the words stay "Connected"', () => {
  expect(sentence({ kind: 'active', ...signedIn })).toBe('Connected')
  expect(words({ kind: 'refreshing', ...signedIn }, 'live')).toEqual(
    words({ kind: 'active', ...signedIn }, 'live'),
  )
})

test('a session that locked because nobody was there is called locked, and not signed out', () => {
  const ended = { kind: 'reauth-required', account, message: '', at: now } as const
  expect(sentence({ ...ended, reason: 'idle' })).toBe('Locked — your notes are safe')
  expect(sentence({ ...ended, reason: 'expired' })).toBe('Signed out — your notes are safe')
})

test('offline says when the next try is, that the notes are safe, and offers to try now', () => {
  expect(sentence(offline, 5)).toBe('Offline. Trying again in 5 s — your notes are safe')
  expect(words(offline, null, 5).canTryNow).toBe(true)
})

test('a countdown that has run out does not count below zero', () => {
  expect(sentence(offline, 0)).toBe('Offline. Trying again now — your notes are safe')
})

test('a screen reader hears "Offline" once, not every second of the countdown', () => {
  const headline = (secondsLeft: number) => words(offline, null, secondsLeft).headline
  expect(headline(4)).toBe(headline(5))
})

test('each step of a recovery has words of its own under one headline', () => {
  const steps = RecoveryStep.options.map((step) =>
    words({ kind: 'recovering', account, since: now, step, cause: 'outage' }),
  )
  expect(new Set(steps.map(({ headline }) => headline))).toEqual(new Set(['Reconnecting:']))
  expect(new Set(steps.map(({ detail }) => detail)).size).toBe(RecoveryStep.options.length)
})

test('while a room catches up, the pill does not claim to be connected', () => {
  const active: SessionState = { kind: 'active', ...signedIn }
  expect(words(active, 'reconnecting').headline).toBe('Catching up')
  expect(words(active, 'closed').headline).toBe('Connected')
})
