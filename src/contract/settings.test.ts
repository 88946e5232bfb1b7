import { describe, expect, it } from 'vitest'
import { languageFor, ServerUrl } from './settings.ts'

describe('the address of a server', () => {
  it.each([
    ['https://lectern.example.edu', 'https://lectern.example.edu'],
    ['https://lectern.example.edu/some/page?x=1', 'https://lectern.example.edu'],
    ['http://127.0.0.1:8787/', 'http://127.0.0.1:8787'],
    ['http://localhost:8787', 'http://localhost:8787'],
  ])('%s is taken as %s', (typed, origin) => {
    expect(ServerUrl.parse(typed)).toBe(origin)
  })

  it.each([
    '',
    'foo',
    'lectern.example.edu',
    'ftp://lectern.example.edu',
    'http://lectern.example.edu',
    'https://',
  ])('%j is refused with one sentence', (typed) => {
    const { error } = ServerUrl.safeParse(typed)
    expect(error?.issues.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^(Type|The) .*address/),
    ])
  })
})

describe('the language of a person whose computer speaks several', () => {
  it.each([
    [['ar-EG', 'en-GB'], 'ar'],
    [['fr-FR', 'DE-at', 'en'], 'de'],
    [['fr-FR'], 'en'],
    [[], 'en'],
  ] as const)('%j is %s', (wanted, language) => {
    expect(languageFor(wanted)).toBe(language)
  })
})
