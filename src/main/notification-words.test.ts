import { expect, test } from 'vitest'
import type { Announcement } from './announcements.ts'
import { openDesktopWords } from './desktop-words.ts'
import { notificationInWords } from './notification-words.ts'

const translate = await openDesktopWords(() => 'en')
const said = (text: string): Announcement => ({
  sessionId: '7d0f5f0e-0f2b-4d5a-9b52-7c6f0f0b6a01',
  what: 'messages',
  room: 'Logic & sets',
  count: 1,
  people: ['Noah'],
  text,
})

test('what somebody wrote is shown as text, also by a desktop that reads tags', () => {
  const text = 'a < b & <a href="https://evil.example">c</a>'
  expect(notificationInWords(said(text), translate, 'linux')).toEqual({
    title: 'Noah in Logic & sets',
    body: 'a &lt; b &amp; &lt;a href="https://evil.example"&gt;c&lt;/a&gt;',
  })
  for (const platform of ['darwin', 'win32'] as const) {
    expect(notificationInWords(said(text), translate, platform).body).toBe(text)
  }
  const hands = { ...said(''), what: 'hands', count: 2, people: ['<Noah>', 'Priya'], text: null } as const
  expect(notificationInWords(hands, translate, 'linux').body).toBe('Logic &amp; sets\n&lt;Noah&gt;, Priya')
})

test('a long message is cut, and no character with it', () => {
  const { body } = notificationInWords(said(`${'🧪'.repeat(200)}`), translate, 'linux')
  expect(body).toBe(`${'🧪'.repeat(180)}…`)
})
