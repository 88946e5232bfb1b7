/**
 * The documents say what the code does. `LECTERN_WRITE_DOCS=1` writes the parts of docs/protocol.md that follow from
 * the contract anew; everything else is for people to keep true, and most of it is looked at here.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { describe, expect, test } from 'vitest'
import { settingNames, settings as appSettings, type SettingName } from '../../src/contract/settings.ts'
import { readSettings } from '../../src/server/settings.ts'
import { namesInContract, protocolReference } from './protocol-reference.ts'
import { repository } from './repository.ts'

const read = (file: string) => readFile(join(repository, file), 'utf8')
const unique = (names: Iterable<string>) => [...new Set(names)].sort()
const variablesIn = (text: string) =>
  unique([...text.matchAll(/\b(DATABASE_URL|LECTERN_[A-Z0-9]+(?:_[A-Z0-9]+)*)\b/g)].map(([name]) => name))

/** Every variable the server reads. */
const settings = async () =>
  unique(
    [...(await read('src/server/settings.ts')).matchAll(/^ {4}(DATABASE_URL|LECTERN_\w+):/gm)].map(
      ([, name]) => name ?? '',
    ),
  )
/** Of the balancer, not of the server. */
const ofBalancer = ['LECTERN_BIND', 'LECTERN_CERTIFICATE', 'LECTERN_SERVER_1', 'LECTERN_SERVER_2']

describe('docs/protocol.md', () => {
  const PROTOCOL = join(repository, 'docs/protocol.md')
  const place = (name: string) => new RegExp(`(<!-- from the contract: ${name} -->\n)[^]*?(<!-- end -->)`)

  test('has every table and every shape as the contract has them', async () => {
    const before = await readFile(PROTOCOL, 'utf8')
    let text = before
    for (const [name, content] of Object.entries(await protocolReference())) {
      expect(text, `a place for ${name}`).toMatch(place(name))
      text = text.replace(place(name), (_, begin: string, end: string) => `${begin}\n${content}\n\n${end}`)
    }
    const options = { ...(await resolveConfig(PROTOCOL)), filepath: PROTOCOL }
    const right = await format(text, options)
    if (process.env['LECTERN_WRITE_DOCS'] === '1') await writeFile(PROTOCOL, right)
    else expect(before).toBe(right)
  })

  test('leaves out no endpoint, frame or code', async () => {
    const text = await read('docs/protocol.md')
    for (const name of namesInContract) expect(text, name).toMatch(new RegExp(`\\b${name}\\b`))
  })
})

describe('docs/deployment.md', () => {
  /** The cells of every row whose first is code. */
  const rows = async () =>
    (await read('docs/deployment.md'))
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split(' | ').map((cell) => cell.replace(/^\||\|$/g, '').trim()))

  test('has every setting once, with the default that the server has', async () => {
    const listed = (await rows())
      .map(([first = '', fallback = '']) => ({ name: first.replaceAll('`', ''), fallback }))
      .filter(({ name }) => /^(LECTERN_[A-Z0-9_]+|DATABASE_URL)$/.test(name))
    expect(listed.map(({ name }) => name).sort()).toEqual(await settings())
    const untouched = readSettings({})
    for (const { name, fallback } of listed) {
      const value = /^`(.*)`$/.exec(fallback)?.[1]
      if (value !== undefined) expect(readSettings({ [name]: value }), name).toEqual(untouched)
      else expect(fallback, `default of ${name}`).toBe('–')
    }
  })

  test('an example of a value that is no default makes a difference, so defaults are compared', () => {
    expect(readSettings({ LECTERN_PORT: '8788' })).not.toEqual(readSettings({ LECTERN_PORT: '8787' }))
  })

  test.each([
    'docs/deployment.md',
    'docs/protocol.md',
    'docker-compose.yml',
    'deploy/Dockerfile',
    'deploy/database.sql',
    'deploy/haproxy.cfg',
  ])('%s names no setting that does not exist', async (file) => {
    const known = [...(await settings()), ...ofBalancer]
    expect(variablesIn(await read(file)).filter((name) => !known.includes(name))).toEqual([])
  })

  test('has every metric, and none that is not counted', async () => {
    const counted = unique(
      [...(await read('src/server/metrics.ts')).matchAll(/'(lectern_\w+)'/g)].map(([, name]) => name ?? ''),
    )
    const text = await read('docs/deployment.md')
    const named = [...text.matchAll(/\blectern_\w+/g)].map(([name]) => name.replace(/_count$/, ''))
    expect(unique(named).filter((name) => !['lectern_member', 'lectern_worker'].includes(name))).toEqual(
      counted,
    )
  })
})

describe('docker-compose.yml', () => {
  const environment = async () => {
    const lines = (await read('docker-compose.yml')).split('\n')
    const [, server = ''] = /x-server:([^]*?)\nservices:/.exec(lines.join('\n')) ?? []
    return Object.fromEntries(
      [...server.matchAll(/^ {4}([A-Z_0-9]+): (.*)$/gm)].map(([, name, value]) => [name ?? '', value ?? '']),
    )
  }

  test('starts servers with settings they take', async () => {
    const told = await environment()
    expect(Object.keys(told)).toContain('DATABASE_URL')
    const secrets: Record<string, string> = {
      DATABASE_PASSWORD: 'a2c4e6',
      LECTERN_ADMIN_EMAIL: 'office@example.edu',
      LECTERN_ADMIN_PASSWORD: 'a long password',
      LECTERN_METRICS_TOKEN: '',
    }
    const filled = Object.fromEntries(
      Object.entries(told).map(([name, value]) => [
        name,
        value.replace(/\$\{(\w+)[^}]*\}/g, (_, variable: string) => secrets[variable] ?? 'not in the test'),
      ]),
    )
    const { databaseUrl, host, storage, admin, metricsToken } = readSettings(filled)
    expect({ databaseUrl, host, metricsToken }).toEqual({
      databaseUrl: 'postgres://lectern:a2c4e6@postgres:5432/lectern',
      host: '0.0.0.0',
      metricsToken: null,
    })
    expect(admin).toEqual({ email: 'office@example.edu', password: 'a long password' })
    expect(storage).toEqual({ kind: 'disk', folder: '/var/lib/lectern/files' })
  })

  test('gives the balancer what its configuration asks for, and servers time to stop', async () => {
    const compose = await read('docker-compose.yml')
    for (const name of ofBalancer) {
      expect(compose).toContain(`${name}:`)
      expect(await read('deploy/haproxy.cfg')).toContain(`"\${${name}}"`)
    }
    const grace = Number(/stop_grace_period: (\d+)s/.exec(compose)?.[1])
    const most = Number(/STOP_MS = (\d+)/.exec(await read('src/server/index.ts'))?.[1])
    expect(grace * 1000).toBeGreaterThan(most)
  })
})

describe('docs/managing-the-app.md', () => {
  test('has a row for every setting, and says which are on the page', async () => {
    const text = await read('docs/managing-the-app.md')
    const rows = [...text.matchAll(/^\| `(\w+)` .*\|$/gm)].map(([row, name]) => ({
      name,
      cells: row.split('|'),
    }))
    expect(rows.map(({ name }) => name)).toEqual(settingNames)
    for (const { name, cells } of rows) {
      expect(cells.at(-2)?.trim(), name).toBe(appSettings[name as SettingName].page ? 'yes' : '')
    }
  })
})
