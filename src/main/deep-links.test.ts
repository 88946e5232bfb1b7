import { expect, test } from 'vitest'
import { deepLinkAmong, readDeepLink } from './deep-links.ts'

const id = '0190b0f0-6a1c-7e7e-8c7d-0a4c7e2f9b11'

test.each([`lectern://session/${id}`, `lectern://session/${id}/`, `LECTERN://session/${id.toUpperCase()}`])(
  '%s opens that session',
  (link) => expect(readDeepLink(link)).toEqual({ name: 'room', sessionId: id }),
)

test.each([
  ['another scheme', `https://session/${id}`],
  ['another host', `lectern://settings/${id}`],
  ['something behind the id', `lectern://session/${id}/leave`],
  ['a query', `lectern://session/${id}?server=https://evil.example`],
  ['an id that is none', 'lectern://session/------------------------------------'],
  ['a line after it', `lectern://session/${id}\n--server=https://evil.example`],
  ['a very long one', `lectern://session/${id}${'/'.repeat(10_000)}`],
  ['no text at all', undefined],
])('a link with %s opens nothing', (_what, link) => expect(readDeepLink(link)).toBeNull())

test('a link is found among the switches of Chromium', () => {
  const link = `lectern://session/${id}`
  expect(deepLinkAmong(['--no-sandbox', '--', link])).toBe(link)
  expect(deepLinkAmong(['--no-sandbox', '.'])).toBeNull()
})
