import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { EffectiveSettings } from '../contract/settings.ts'
import { createFileStore } from './adapters/files.ts'
import type { LaunchOptions } from './launch-options.ts'
import { parsePolicy, type Policy } from './policy.ts'
import { idleSeconds, openSettings, settingsOf, type SettingsOptions } from './settings.ts'

const newFiles = async () => createFileStore(await mkdtemp(join(tmpdir(), 'lectern-settings-')))
const policy = (values: object, origin = '/etc/lectern/policy.json'): Policy =>
  parsePolicy(JSON.stringify(values), origin)
const open = async (options: Partial<SettingsOptions> = {}) =>
  openSettings({
    machinePolicy: null,
    userPolicy: null,
    commandLine: {},
    defaults: {},
    files: await newFiles(),
    ...options,
  })

test('of all who may say, the one closest to the organisation counts, and its file is named', async () => {
  const files = await newFiles()
  const before = await open({ files })
  for (const name of ['theme', 'language', 'textSize', 'idleMinutes'] as const) {
    const value = { theme: 'dark', language: 'de', textSize: 130, idleMinutes: 45 }[name]
    expect((await before.change(name, value)).ok).toBe(true)
  }
  const settings = await open({
    files,
    machinePolicy: policy({ theme: 'light' }),
    userPolicy: policy({ theme: 'system', language: 'ar', idleMinutes: 10 }, '/home/maya/policy.json'),
    commandLine: { idleMinutes: 5 },
  })
  expect(settings.effective()).toMatchObject({
    theme: { value: 'light', source: 'machine-policy', origin: '/etc/lectern/policy.json' },
    language: { value: 'ar', source: 'user-policy', origin: '/home/maya/policy.json' },
    idleMinutes: { value: 10, source: 'user-policy' },
    textSize: { value: 130, source: 'user', origin: null },
    keepAwake: { value: true, source: 'default' },
  })
})

test('what an organisation sets cannot be changed, and neither can what is for an organisation only', async () => {
  const settings = await open({ machinePolicy: policy({ idleMinutes: 15 }) })
  for (const [name, value] of [
    ['idleMinutes', 600],
    ['memoryOnlySignIn', true],
    ['serverUrl', 'https://lectern.example.edu'],
  ] as const) {
    expect(await settings.change(name, value)).toMatchObject({ ok: false, failure: { code: 'forbidden' } })
  }
  expect(settings.effective().idleMinutes.value).toBe(15)
})

test('an organisation can say "never" and "none": null is a value like any other', async () => {
  const settings = await open({ machinePolicy: policy({ idleMinutes: null }) })
  expect(settings.effective().idleMinutes).toMatchObject({ value: null, source: 'machine-policy' })
})

test('a change counts at once, is heard of, and is there after a restart', async () => {
  const files = await newFiles()
  const settings = await open({ files })
  const heard: EffectiveSettings[] = []
  settings.subscribe((now) => heard.push(now))
  await Promise.all([settings.change('theme', 'dark'), settings.change('textSize', 115)])
  expect(heard.map(({ theme, textSize }) => [theme.value, textSize.value])).toEqual([
    ['dark', 100],
    ['dark', 115],
  ])
  const again = await open({ files })
  expect(again.effective()).toMatchObject({ theme: { value: 'dark' }, textSize: { value: 115 } })
})

test('a value that does not fit changes nothing', async () => {
  const settings = await open()
  expect(await settings.change('textSize', 400)).toMatchObject({ failure: { code: 'invalid-request' } })
  expect(settings.effective().textSize).toMatchObject({ value: 100, source: 'default' })
})

test('a file that is damaged, or that somebody wrote into, is believed only where it fits', async () => {
  const files = await newFiles()
  const values = { theme: 'pink', textSize: 130, memoryOnlySignIn: false }
  await files.write('settings.json', JSON.stringify({ version: 1, values }))
  expect((await open({ files })).effective()).toMatchObject({
    theme: { value: 'system', source: 'default' },
    textSize: { value: 130, source: 'user' },
    memoryOnlySignIn: { value: true, source: 'default' },
  })
  await files.write('settings.json', 'not json')
  expect((await open({ files })).effective().textSize.value).toBe(100)
})

test('a platform may have a default of its own, and a person can still say no', async () => {
  const settings = await open({ defaults: { spellChecking: true } })
  expect(settings.effective().spellChecking).toMatchObject({ value: true, source: 'default' })
  await settings.change('spellChecking', false)
  expect(settings.effective().spellChecking).toMatchObject({ value: false, source: 'user' })
})

test('an idle time of seconds on the command line counts to the second, unless a policy says otherwise', async () => {
  const launch = { server: { kind: 'remembered' }, idleTimeout: 5 } as LaunchOptions
  const commandLine = settingsOf(launch)
  expect(idleSeconds((await open({ commandLine })).effective(), launch)).toBe(5)
  const managed = await open({ commandLine, machinePolicy: policy({ idleMinutes: 2 }) })
  expect(idleSeconds(managed.effective(), launch)).toBe(120)
  const never = { ...launch, idleTimeout: null }
  expect(idleSeconds((await open({ commandLine: settingsOf(never) })).effective(), never)).toBeNull()
})
