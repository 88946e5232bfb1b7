import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TimelineEntry } from '../contract/diagnostics.ts'
import { settingNames, settings, type EffectiveSettings } from '../contract/settings.ts'
import { createSupportBundle, scrub, type BundleContents } from './support-bundle.ts'

const jwt = `eyJhbGciOiJFUzI1NiJ9.${'eyJzdWIiOiJtYXlhIn0'.repeat(4)}.${'c2lnbmF0dXJl'.repeat(7)}`
const refreshToken = 'Q3xk-Vv0_2bWnT7aLrE9pZQ3xk-Vv0_2bWnT7aLrE9pZ'
const shortSecret = 'Hunter2000'
const home = '/home/maya.okafor'

const contents = (more: Partial<BundleContents> = {}): BundleContents => ({
  at: Date.UTC(2026, 10, 21, 14, 2),
  about: { Lectern: '0.1.0', system: 'linux 6.1 x64' },
  settings: Object.fromEntries(
    settingNames.map((name) => [name, { value: settings[name].default, source: 'default', origin: null }]),
  ) as EffectiveSettings,
  facts: {
    serverUrl: 'https://lectern.teaching.informatics.northfield-university.example',
    serverVersion: '0.1.0',
    clockOffset: 12,
    accessIssuedAt: 1,
    accessExpiresAt: 2,
    nextRefreshAt: 3,
    lastRefreshAt: 1,
    sessionExpiresAt: 9,
    lastRecovery: null,
    latencies: [],
    memoryOnly: false,
  },
  checks: [],
  entries: [],
  log: '',
  home,
  ...more,
})
const textsOf = (bundle: ReturnType<typeof createSupportBundle>) =>
  Object.fromEntries(bundle.files.map(({ name, text }) => [name, text]))
const entry = (event: string, detail: TimelineEntry['detail'] = {}): TimelineEntry => ({
  wall: 1,
  monotonic: 2,
  event,
  detail,
})

describe('what a support bundle holds', () => {
  it('is these files and no other', () => {
    expect(createSupportBundle(contents()).files.map(({ name }) => name)).toEqual([
      'about.txt',
      'checks.json',
      'facts.json',
      'settings.json',
      'timeline.jsonl',
      'log.txt',
    ])
  })

  it('says how large each file is, in the bytes that are saved', () => {
    for (const { bytes, text } of createSupportBundle(contents({ log: 'Grüße' })).files) {
      expect(bytes).toBe(Buffer.byteLength(text))
    }
  })

  it('keeps the name of the organisation’s server, however long', () => {
    expect(textsOf(createSupportBundle(contents()))['facts.json']).toContain(
      'https://lectern.teaching.informatics.northfield-university.example',
    )
  })

  it('keeps the events and the details that core writes', () => {
    const line = entry('recovery-try-failed', {
      tries: 3,
      code: 'server-unavailable',
      waitMs: 250,
      alive: true,
    })
    const text = textsOf(createSupportBundle(contents({ entries: [line] })))['timeline.jsonl'] ?? ''
    expect(JSON.parse(text)).toEqual(line)
  })

  it('leaves out every detail that is on no list, and every word that is none of core’s own', () => {
    const entries = [
      entry('message', { text: 'Dear Amara', code: refreshToken, why: 'write to amara@northfield.example' }),
      entry(`token ${jwt}`),
    ]
    const lines = (textsOf(createSupportBundle(contents({ entries })))['timeline.jsonl'] ?? '')
      .trim()
      .split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { ...entry('message'), detail: {} },
      entry('[removed]'),
    ])
  })

  it('knows every detail that core writes beside an event', () => {
    const folder = join(import.meta.dirname, '../core')
    const sources = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    const text = sources.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')
    // Without what is called inside of them, so that a comma parts details and nothing else.
    const details = [...text.matchAll(/\brecord\(\s*'[a-z-]+',\s*\{([^}]*)\}/g)].map(
      ([, inside = '']) => inside,
    )
    const names = details
      .map((inside) => inside.replaceAll(/\([^()]*\)/g, '').replaceAll(/\([^()]*\)/g, ''))
      .flatMap((inside) => inside.split(',').map((part) => /^\s*(\w+)/.exec(part)?.[1] ?? ''))
    const detail = Object.fromEntries(names.filter(Boolean).map((name) => [name, 1]))
    expect(Object.keys(detail).length).toBeGreaterThan(20)
    const kept = textsOf(createSupportBundle(contents({ entries: [entry('state', detail)] })))[
      'timeline.jsonl'
    ]
    expect(JSON.parse(kept ?? '')).toEqual(entry('state', detail))
  })

  it('takes the newest of a long day when not all of it fits', () => {
    const entries = Array.from({ length: 60_000 }, (_, n) => entry('state', { seq: n }))
    const lines = (textsOf(createSupportBundle(contents({ entries })))['timeline.jsonl'] ?? '')
      .trim()
      .split('\n')
    expect(lines.length).toBeGreaterThan(10_000)
    expect(lines.length).toBeLessThan(60_000)
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ detail: { seq: 59_999 } })
  })

  it('holds none of the secrets that were planted in the log', () => {
    const log = [
      `request failed: authorization: Bearer ${jwt}`,
      `GET https://maya:${shortSecret}@proxy.northfield.example/auth?access_token=${refreshToken}`,
      JSON.stringify({
        refresh_token: refreshToken,
        password: shortSecret,
        email: 'maya.okafor@northfield.example',
      }),
      `Error: cookie=${shortSecret}; at ${home}/.config/Lectern/state/vault.json`,
      String.raw`ENOENT C:\Users\Maya Okafor\AppData\Roaming\Lectern`,
      `Basic bWF5YTpIdW50ZXIyMDAw for Jürgen.Müller@fakultät.example`,
    ].join('\n')
    const text = textsOf(createSupportBundle(contents({ log })))['log.txt'] ?? ''
    for (const secret of [
      jwt,
      jwt.slice(-40),
      refreshToken,
      shortSecret,
      'maya.okafor',
      'Jürgen',
      'bWF5YTpI',
      'Maya',
    ]) {
      expect(text).not.toContain(secret)
    }
    expect(text).toContain('proxy.northfield.example')
    expect(text).toContain('~/.config/Lectern/state/vault.json')
    expect(text.trim().split('\n')).toHaveLength(6)
  })
})

describe('scrubbing a text', () => {
  it.each([
    ['an e-mail address', 'to maya.okafor+class@northfield.example:', 'to [person]@northfield.example:'],
    ['a home folder', `${home}/notes`, '~/notes'],
    [
      'the home folder of somebody else',
      '/Users/amara/x and /home/noah/y',
      '/Users/[person]/x and /home/[person]/y',
    ],
    ['a JWT', `token ${jwt}.`, 'token [removed].'],
    ['an opaque token', `kept ${refreshToken} here`, 'kept [removed] here'],
    ['a shorter one', 'kept aB3dE5gH7jK9mN1pQ3sT5 here', 'kept [removed] here'],
  ])('removes %s and nothing around it', (_what, text, expected) => {
    expect(scrub(text, home)).toBe(expected)
  })

  it.each([
    'keychain process ended with code 139',
    'ipc room:open: the sender may not',
    '{"at":"2026-11-21T14:02:07.000Z","event":"page process gone: crashed"}',
    'session 3f2a6c1e-9f5d-4a51-8f0e-4f6f9b8a7c11 was not found',
    '"serverUrl": "https://lectern.example.edu:8443"',
    '{"wall":1763733727123,"monotonic":12345.678901234567,"event":"recovery-try-failed","detail":{"code":"offline"}}',
  ])('leaves alone what helps: %s', (text) => {
    expect(scrub(text, home)).toBe(text)
  })
})
