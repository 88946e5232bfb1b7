import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { machinePolicyPath, mistakesInWords, parsePolicy, readPolicy } from './policy.ts'

const file = '/etc/lectern/policy.json'
const inFolder = async (text?: string) => {
  const path = join(await mkdtemp(join(tmpdir(), 'lectern-policy-')), 'policy.json')
  if (text !== undefined) await writeFile(path, text)
  return path
}

test('a policy stands where only an administrator can put it, whatever a person’s environment says', () => {
  const own = { ProgramData: 'D:\\Own', ProgramFiles: 'D:\\Own', LECTERN_MACHINE_POLICY: '/home/own.json' }
  expect(machinePolicyPath('linux', true, own)).toBe(file)
  expect(machinePolicyPath('darwin', true, own)).toBe('/Library/Application Support/Lectern/policy.json')
  expect(machinePolicyPath('win32', true, own)).toBe('C:\\Program Files\\Lectern Policy\\policy.json')
  // Only a test of an app that nobody has installed may bring its own.
  expect(machinePolicyPath('linux', false, own)).toBe('/home/own.json')
  expect(machinePolicyPath('linux', false, {})).toBe(file)
})

test('what is right in a policy counts, and each mistake is named', () => {
  const text = JSON.stringify({
    idleMinutes: 15,
    theme: 'pink',
    serverUrl: 'http://lectern.example.edu',
    idleMinuets: 5,
    keepAwake: false,
  })
  const { values, mistakes } = parsePolicy(text, file)
  expect(values).toEqual({ idleMinutes: 15, keepAwake: false })
  expect(mistakes).toEqual([
    expect.stringContaining('“theme” does not fit'),
    '“serverUrl” does not fit: The address must start with https://',
    'there is no setting “idleMinuets”',
  ])
})

test.each([
  ['no JSON', '{ idleMinutes: 15 }', 'it is not valid JSON'],
  ['a list', '[15]', 'it is not a JSON object'],
  ['a setting that every object has', '{"__proto__": {"theme": "dark"}}', 'there is no setting “__proto__”'],
])('a policy that is %s sets nothing and says so', (_what, text, mistake) => {
  expect(parsePolicy(text, file)).toEqual({ origin: file, values: {}, mistakes: [mistake] })
})

test('a policy may begin with the byte order mark of Windows’ editor', () => {
  expect(parsePolicy('\uFEFF{"theme":"dark"}', file).values).toEqual({ theme: 'dark' })
})

test('no file is no policy; one that is too large or cannot be read is a mistake', async () => {
  expect(await readPolicy(await inFolder())).toBeNull()
  const large = await readPolicy(await inFolder(`{"theme":"dark"${' '.repeat(70_000)}}`))
  expect(large).toMatchObject({ values: {}, mistakes: ['it is larger than 64 KB'] })
  const folder = await inFolder()
  await mkdir(folder)
  expect((await readPolicy(folder))?.mistakes).toEqual(['it cannot be read (EISDIR)'])
})

test('a person is told in one sentence what is wrong, where, and whom to tell', () => {
  const { message } = mistakesInWords(parsePolicy('{"a":1,"b":2,"c":3}', file))
  expect(message).toBe(
    `Your organisation's settings file ${file} has a mistake: there is no setting “a” (and 2 more). Please tell your IT desk.`,
  )
  expect(
    mistakesInWords(parsePolicy(`{"${'x'.repeat(5000)}":1}`, 'y'.repeat(4000))).message.length,
  ).toBeLessThan(500)
})
