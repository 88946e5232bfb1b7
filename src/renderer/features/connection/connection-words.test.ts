import { expect, test } from 'vitest'
import { RecoveryStep, type SessionState } from '../../../contract/model.ts'
import { connectionInWords } from './connection-words.ts'

const now = 1_700_000_000_000
const account = {
  id: '00000000-0000-4000-8000-000000000001',
  email: 'maya@school.example',
  displayName: 'Maya Okafor',
  role: 'instructor' as const,
}
const signedIn = { account, accessExpiresAt: null, sessionExpiresAt: null }
const offline: SessionState = { kind: 'offline', account, since: now, nextTryAt: now + 5000 }

const sentence = (state: SessionState, secondsLeft = 0) => {
  const { headline, detail, reassurance } = connectionInWords(state, null, secondsLeft)
  return [headline, detail, reassurance].filter(Boolean).join(' ')
}

test('a token being renewed is no news: the words stay "Connected"', () => {
  expect(sentence({ kind: 'active', ...signedIn })).toBe('Connected')
  expect(connectionInWords({ kind: 'refreshing', ...signedIn }, 'live', 0)).toEqual(
    connectionInWords({ kind: 'active', ...signedIn }, 'live', 0),
  )
})

test('a session that locked because nobody was there is called locked, and not signed out', () => {
  const ended = { kind: 'reauth-required', account, message: '' } as const
  expect(sentence({ ...ended, reason: 'idle' })).toBe('Locked — your notes are safe')
  expect(sentence({ ...ended, reason: 'expired' })).toBe('Signed out — your notes are safe')
})

test('offline says when the next try is, that the notes are safe, and offers to try now', () => {
  expect(sentence(offline, 5)).toBe('Offline. Trying again in 5 s — your notes are safe')
  expect(connectionInWords(offline, null, 5).canTryNow).toBe(true)
})

test('a countdown that has run out does not count below zero', () => {
  expect(sentence(offline, 0)).toBe('Offline. Trying again now — your notes are safe')
})

test('a screen reader hears "Offline" once, not every second of the countdown', () => {
  const headline = (secondsLeft: number) => connectionInWords(offline, null, secondsLeft).headline
  expect(headline(4)).toBe(headline(5))
})

test('each step of a recovery has words of its own under one headline', () => {
  const words = RecoveryStep.options.map((step) =>
    connectionInWords({ kind: 'recovering', account, since: now, step, cause: 'outage' }, null, 0),
  )
  expect(new Set(words.map(({ headline }) => headline))).toEqual(new Set(['Reconnecting:']))
  expect(new Set(words.map(({ detail }) => detail)).size).toBe(RecoveryStep.options.length)
})

test('while a room catches up, the pill does not claim to be connected', () => {
  const active: SessionState = { kind: 'active', ...signedIn }
  expect(connectionInWords(active, 'reconnecting', 0).headline).toBe('Catching up')
  expect(connectionInWords(active, 'closed', 0).headline).toBe('Connected')
})
