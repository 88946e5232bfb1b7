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

const sentence = (state: SessionState, at = now) => {
  const { headline, detail, reassurance } = connectionInWords(state, null, at)
  return [headline, detail, reassurance].filter(Boolean).join(' ')
}

test('a token being renewed is no news: the words stay "Connected"', () => {
  expect(sentence({ kind: 'active', ...signedIn })).toBe('Connected')
  expect(connectionInWords({ kind: 'refreshing', ...signedIn }, 'live', now)).toEqual(
    connectionInWords({ kind: 'active', ...signedIn }, 'live', now),
  )
})

test('offline says when the next try is, that the notes are safe, and offers to try now', () => {
  expect(sentence(offline)).toBe('Offline. Trying again in 5 s — your notes are safe')
  expect(connectionInWords(offline, null, now).canTryNow).toBe(true)
})

test('a countdown that has run out does not count below zero', () => {
  expect(sentence(offline, now + 6000)).toBe('Offline. Trying again now — your notes are safe')
})

test('a screen reader hears "Offline" once, not every second of the countdown', () => {
  const headline = (at: number) => connectionInWords(offline, null, at).headline
  expect(headline(now + 1000)).toBe(headline(now))
})

test('each step of a recovery has words of its own under one headline', () => {
  const words = RecoveryStep.options.map((step) =>
    connectionInWords({ kind: 'recovering', account, since: now, step, cause: 'outage' }, null, now),
  )
  expect(new Set(words.map(({ headline }) => headline))).toEqual(new Set(['Reconnecting:']))
  expect(new Set(words.map(({ detail }) => detail)).size).toBe(RecoveryStep.options.length)
})

test('while a room catches up, the pill does not claim to be connected', () => {
  const active: SessionState = { kind: 'active', ...signedIn }
  expect(connectionInWords(active, 'reconnecting', now).headline).toBe('Catching up')
  expect(connectionInWords(active, 'closed', now).headline).toBe('Connected')
})
