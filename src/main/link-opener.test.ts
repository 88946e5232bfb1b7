import { expect, test } from 'vitest'
import type { Page } from '../contract/ipc.ts'
import type { Account, SessionState } from '../contract/model.ts'
import type { SessionListeners } from '../core/session.ts'
import { createLinkOpener } from './link-opener.ts'

const sessionId = '0190b0f0-6a1c-7e7e-8c7d-0a4c7e2f9b11'
const link = `lectern://session/${sessionId}`
const room: Page = { name: 'room', sessionId }
const signedOut: SessionState = { kind: 'signed-out', reason: 'first-start', message: '' }
const active: SessionState = {
  kind: 'active',
  account: {} as Account,
  accessExpiresAt: null,
  sessionExpiresAt: null,
}

function at(first: SessionState) {
  let state = first
  let listener: SessionListeners['state'] | undefined
  const shown: Page[] = []
  const open = createLinkOpener(
    {
      state: () => ({ version: 0, state }),
      subscribe(listeners) {
        listener = listeners.state
        return () => {}
      },
    },
    (page) => shown.push(page),
  )
  return {
    shown,
    open,
    become(next: SessionState) {
      state = next
      listener?.({ version: 1, state })
    },
  }
}

test('a link is followed at once by somebody who is signed in, and once', () => {
  const it = at(active)
  it.open(link)
  it.become(active)
  expect(it.shown).toEqual([room])
})

test('a link is kept for whoever has to sign in first', () => {
  const it = at(signedOut)
  it.open(link)
  it.become(signedOut)
  expect(it.shown).toEqual([room])
  it.become(active)
  it.become(active)
  expect(it.shown).toEqual([room, room])
})

test('what is no link of ours leads nowhere', () => {
  const it = at(active)
  it.open('lectern://settings')
  expect(it.shown).toEqual([])
})
