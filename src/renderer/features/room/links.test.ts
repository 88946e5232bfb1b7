import { expect, test } from 'vitest'
import { partsOf } from './links.ts'

const linksIn = (text: string) => partsOf(text).flatMap(({ text: shown, href }) => (href ? [shown] : []))

test('an https address in a sentence is a link, without the full stop after it', () => {
  expect(partsOf('See https://example.edu/gel?lane=5#top.')).toEqual([
    { text: 'See ', href: null },
    { text: 'https://example.edu/gel?lane=5#top', href: 'https://example.edu/gel?lane=5#top' },
    { text: '.', href: null },
  ])
  expect(linksIn('(https://example.edu/a) and https://en.example.org/wiki/Gel_(lab)')).toEqual([
    'https://example.edu/a',
    'https://en.example.org/wiki/Gel_(lab)',
  ])
})

test('nothing else is a link: no http, no file, no script, no address with a password', () => {
  const text =
    'http://a.example javascript:alert(1) file:///etc/passwd app://lectern https://me:secret@a.example'
  expect(partsOf(text)).toEqual([{ text, href: null }])
})

test('what was written stays what it was, whatever is a link in it', () => {
  const text = 'https://\u{1F600} a https://b.example, c https://d.example'
  expect(
    partsOf(text)
      .map(({ text: part }) => part)
      .join(''),
  ).toBe(text)
})
