import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HealthCheckName } from '../contract/diagnostics.ts'
import { fail, succeed } from '../contract/model.ts'
import { checkHealth, proxyHosts, type HealthChecksOptions } from './health-checks.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lectern-health-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const good = { result: succeed(undefined), tookMs: 20 }
const facts = {
  serverUrl: 'https://lectern.example.edu',
  serverVersion: '0.1.0',
  clockOffset: 300,
  accessIssuedAt: null,
  accessExpiresAt: null,
  nextRefreshAt: null,
  lastRefreshAt: null,
  sessionExpiresAt: null,
  lastRecovery: null,
  latencies: [],
  memoryOnly: false,
}
const account = {
  id: '3f2a6c1e-9f5d-4a51-8f0e-4f6f9b8a7c11',
  email: 'maya@example.edu',
  displayName: 'Maya',
  role: 'instructor',
} as const
type SessionPart = HealthChecksOptions['session']
const session = (more: Partial<SessionPart> = {}): SessionPart => ({
  facts: () => facts,
  state: () => ({
    version: 1,
    state: { kind: 'active', account, accessExpiresAt: null, sessionExpiresAt: null },
  }),
  check: () => Promise.resolve({ api: good, auth: good, data: good }),
  ...more,
})
const signedOut: Partial<SessionPart> = {
  state: () => ({ version: 1, state: { kind: 'signed-out', reason: 'first-start', message: '' } }),
}

async function check(more: Partial<HealthChecksOptions> = {}) {
  const checks = await checkHealth({
    session: session(),
    keychain: { check: () => Promise.resolve(null) },
    sockets: {
      open(_url, { opened, closed }) {
        queueMicrotask(opened)
        return { send: () => {}, close: () => closed(1000, '') }
      },
    },
    folder,
    isOnline: () => true,
    resolveProxy: () => Promise.resolve('DIRECT'),
    ...more,
  })
  const found = (name: HealthCheckName) => {
    const { verdict, code, values } = checks.find((one) => one.name === name) ?? {}
    return { verdict, code, values }
  }
  return { checks, found }
}

it('finds nothing wrong where nothing is wrong, and leaves nothing on the disk', async () => {
  const { checks } = await check()
  expect(checks.map(({ name, verdict }) => [name, verdict])).toEqual(
    ['network', 'server', 'sign-in', 'data', 'clock', 'live-connection', 'keychain', 'disk', 'proxy'].map(
      (name) => [name, 'good'],
    ),
  )
  expect(await readdir(folder)).toEqual([])
})

it('tells a captive portal from a server that is gone', async () => {
  const refused = (code: 'not-our-server' | 'offline') => ({ result: fail(code, 'no'), tookMs: 5 })
  for (const code of ['not-our-server', 'offline'] as const) {
    const api = refused(code)
    const { found } = await check({
      session: session({ check: () => Promise.resolve({ api, auth: api, data: api }) }),
    })
    expect(found('server')).toEqual({ verdict: 'bad', code, values: { host: 'lectern.example.edu' } })
  }
})

it('calls what could not be tried without the server unknown, and not one more thing that is broken', async () => {
  const gone = { result: fail('offline', 'The server cannot be reached.'), tookMs: 5 }
  const { found } = await check({
    session: session({ check: () => Promise.resolve({ api: gone, auth: gone, data: gone }) }),
  })
  for (const name of ['sign-in', 'data'] as const) {
    expect(found(name)).toMatchObject({ verdict: 'unknown', code: 'offline' })
  }
})

it('calls slow what takes more than two seconds', async () => {
  const api = { ...good, tookMs: 2500 }
  const { found } = await check({
    session: session({ check: () => Promise.resolve({ api, auth: good, data: good }) }),
  })
  expect(found('server')).toMatchObject({ verdict: 'warning', code: 'slow' })
})

it('does not wait for ever for a server that says nothing', async () => {
  const { found } = await check({ session: session({ check: () => new Promise(() => {}) }), deadlineMs: 30 })
  for (const name of ['server', 'sign-in', 'data', 'clock'] as const) {
    expect(found(name)).toMatchObject({ verdict: 'bad', code: 'timeout' })
  }
  expect(found('disk')).toMatchObject({ verdict: 'good' })
})

it('asks the server without a sign-in, and nothing that needs one', async () => {
  const { found } = await check({ session: session(signedOut) })
  expect(found('server')).toMatchObject({ verdict: 'good' })
  expect(found('sign-in')).toMatchObject({ verdict: 'unknown', code: 'signed-out' })
  expect(found('data')).toMatchObject({ verdict: 'unknown', code: 'signed-out' })
})

it('says that no server is set instead of calling one that is not there', async () => {
  let asked = 0
  const { found } = await check({
    session: session({
      ...signedOut,
      facts: () => ({ ...facts, serverUrl: '', clockOffset: null }),
      check: () => Promise.reject(new Error(`asked ${++asked}`)),
    }),
  })
  expect(found('server')).toMatchObject({ verdict: 'unknown', code: 'no-server' })
  expect(found('live-connection')).toMatchObject({ verdict: 'unknown', code: 'no-server' })
  expect(asked).toBe(0)
})

it.each([
  [300, 'good', 'right'],
  [95_000, 'warning', 'behind'],
  [-95_000, 'warning', 'ahead'],
] as const)('says of a server %i ms ahead: %s, %s', async (clockOffset, verdict, code) => {
  const { found } = await check({ session: session({ facts: () => ({ ...facts, clockOffset }) }) })
  expect(found('clock')).toMatchObject({ verdict, code })
})

it('finds out that a proxy stops WebSockets', async () => {
  const { found } = await check({
    sockets: {
      open(_url, { closed }) {
        queueMicrotask(() => closed(1006, ''))
        return { send: () => {}, close: () => {} }
      },
    },
  })
  expect(found('live-connection')).toMatchObject({ verdict: 'bad', code: 'refused' })
})

it('opens the WebSocket at the server and puts no credential into its address', async () => {
  const urls: string[] = []
  await check({
    sockets: {
      open(url, { opened }) {
        urls.push(url)
        queueMicrotask(opened)
        return { send: () => expect.unreachable('nothing is said'), close: () => {} }
      },
    },
  })
  expect(urls).toEqual([
    expect.stringMatching(/^wss:\/\/lectern\.example\.edu\/live-sessions\/[0-9a-f-]{36}\/events$/),
  ])
})

it.each(['missing', 'locked', 'denied', 'broken'] as const)(
  'says that the keychain is %s',
  async (problem) => {
    const { found } = await check({ keychain: { check: () => Promise.resolve({ problem, message: '' }) } })
    expect(found('keychain')).toMatchObject({ verdict: 'bad', code: problem })
  },
)

it('warns that a sign-in is kept in memory only', async () => {
  const { found } = await check({ session: session({ facts: () => ({ ...facts, memoryOnly: true }) }) })
  expect(found('keychain')).toMatchObject({ verdict: 'warning', code: 'memory-only' })
})

it('says that a disk refuses', async () => {
  const { found } = await check({ folder: join(folder, 'not there') })
  expect(found('disk')).toMatchObject({ verdict: 'bad', code: 'refused', values: { error: 'ENOENT' } })
})

it('names the proxy, and a way nobody could find out is no trouble', async () => {
  const through = await check({ resolveProxy: () => Promise.resolve('PROXY proxy.example.edu:3128; DIRECT') })
  expect(through.found('proxy')).toEqual({
    verdict: 'good',
    code: 'through',
    values: { proxy: 'proxy.example.edu:3128' },
  })
  const broken = await check({ resolveProxy: () => Promise.reject(new Error('no')) })
  expect(broken.found('proxy')).toMatchObject({ verdict: 'unknown' })
})

describe('what a PAC file answers', () => {
  it.each([
    ['DIRECT', []],
    ['PROXY a.example:80', ['a.example:80']],
    ['PROXY maya:secret@a.example:80;SOCKS5 b.example:1080; DIRECT', ['a.example:80', 'b.example:1080']],
    ['HTTPS a.example:443', ['a.example:443']],
    ['', null],
    ['NONSENSE', null],
  ])('%s', (resolved, hosts) => {
    expect(proxyHosts(resolved)).toEqual(hosts)
  })
})
