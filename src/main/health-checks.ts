/** What an IT desk would ask first, tried out here: each answer is a code the page has words for, and numbers. */
import { randomUUID } from 'node:crypto'
import { readFile, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HealthCheck, HealthCheckName } from '../contract/diagnostics.ts'
import { roomSocketPath } from '../contract/frames.ts'
import type { SocketClient } from '../core/ports.ts'
import type { CheckResult, Session } from '../core/session.ts'
import type { Keychain } from './adapters/keychain.ts'

export interface HealthChecksOptions {
  readonly session: Pick<Session, 'check' | 'facts' | 'state'>
  readonly keychain: Pick<Keychain, 'check'>
  readonly sockets: SocketClient
  /** Where Lectern keeps its data. */
  readonly folder: string
  readonly isOnline: () => boolean
  /** As Electron's `session.resolveProxy`: `DIRECT`, or `PROXY host:port; DIRECT` and the like. */
  readonly resolveProxy: (url: string) => Promise<string>
  /** For each check. Milliseconds. */
  readonly deadlineMs?: number
}

type Seen = Pick<HealthCheck, 'verdict' | 'code'> & Partial<Pick<HealthCheck, 'values' | 'tookMs'>>

/** Longer than the core waits for a probe, shorter than a person waits for a button. */
const DEADLINE_MS = 12_000
const SLOW_MS = 2000
/** Lectern itself goes by the server's clock; what a person plans goes by this one. */
const CLOCK_OFF_MS = 60_000
const ENOUGH_BYTES = 256 * 1024 * 1024

/** Tries everything at once. Never rejects. */
export async function checkHealth(options: HealthChecksOptions): Promise<HealthCheck[]> {
  const { session, keychain, sockets, folder, isOnline, resolveProxy, deadlineMs = DEADLINE_MS } = options
  const { serverUrl } = session.facts()
  const { kind } = session.state().state
  const url = URL.canParse(serverUrl) ? new URL(serverUrl) : null
  const host = url?.host ?? ''

  // The core asks three things one after the other; each may take the whole time.
  const asked = url && session.check()
  const ask = async (part: 'api' | 'auth' | 'data', good: Seen): Promise<Seen> => {
    if (!asked) return { verdict: 'unknown', code: 'no-server' }
    const { result, tookMs }: CheckResult = (await asked)[part]
    if (result.ok) {
      const slow = tookMs > SLOW_MS
      return { ...good, ...(slow ? { verdict: 'warning', code: 'slow' } : {}), values: { host }, tookMs }
    }
    // Of an outage the server's own check tells; what needs the server was not tried then.
    const verdict = part !== 'api' && result.failure.code === 'offline' ? 'unknown' : 'bad'
    return { verdict, code: result.failure.code, values: { host }, tookMs }
  }
  const askSignedIn = (part: 'auth' | 'data', good: Seen): Promise<Seen> | Seen => {
    if (kind === 'signed-out') return { verdict: 'unknown', code: 'signed-out' }
    if (kind === 'keychain-unavailable') return { verdict: 'bad', code: 'keychain-unavailable' }
    if (kind === 'reauth-required') return { verdict: 'bad', code: 'session-ended' }
    return ask(part, good)
  }

  const checks: Readonly<Record<HealthCheckName, () => Promise<Seen> | Seen>> = {
    network: () => (isOnline() ? { verdict: 'good', code: 'online' } : { verdict: 'bad', code: 'offline' }),
    server: () => ask('api', { verdict: 'good', code: 'answers' }),
    'sign-in': () => askSignedIn('auth', { verdict: 'good', code: 'accepted' }),
    data: () => askSignedIn('data', { verdict: 'good', code: 'there' }),
    async clock() {
      // The answer to the first question names the server's time.
      await asked
      const { clockOffset } = session.facts()
      if (clockOffset === null) return { verdict: 'unknown', code: 'no-answer-yet' }
      const values = { seconds: Math.round(Math.abs(clockOffset) / 1000) }
      if (Math.abs(clockOffset) < CLOCK_OFF_MS) return { verdict: 'good', code: 'right', values }
      return { verdict: 'warning', code: clockOffset > 0 ? 'behind' : 'ahead', values }
    },
    'live-connection': () =>
      url ? openSocket(sockets, url.origin) : { verdict: 'unknown', code: 'no-server' },
    async keychain() {
      const trouble = await keychain.check()
      if (session.facts().memoryOnly && kind !== 'signed-out') {
        return { verdict: 'warning', code: 'memory-only' }
      }
      return trouble ? { verdict: 'bad', code: trouble.problem } : { verdict: 'good', code: 'usable' }
    },
    disk: () => tryDisk(folder),
    async proxy() {
      if (!url) return { verdict: 'unknown', code: 'no-server' }
      const proxies = proxyHosts(await resolveProxy(url.origin))
      if (proxies === null) return { verdict: 'unknown', code: 'not-known' }
      const [first] = proxies
      if (first === undefined) return { verdict: 'good', code: 'direct' }
      return { verdict: 'good', code: 'through', values: { proxy: first } }
    },
  }

  return Promise.all(
    (Object.keys(checks) as HealthCheckName[]).map(async (name): Promise<HealthCheck> => {
      const from = performance.now()
      const late: Seen = { verdict: 'bad', code: 'timeout', values: { host } }
      const seen = await within(deadlineMs, checks[name], late)
      const { verdict, code, values = {} } = seen
      const tookMs = seen.tookMs ?? performance.now() - from
      return { name, verdict, code, values, tookMs: Math.round(tookMs) }
    }),
  )
}

async function within(ms: number, check: () => Promise<Seen> | Seen, late: Seen): Promise<Seen> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<Seen>((resolve) => {
    timer = setTimeout(resolve, ms, late)
  })
  const seen = (async () => check())().catch((): Seen => ({ verdict: 'unknown', code: 'could-not-try' }))
  return Promise.race([seen, deadline]).finally(() => clearTimeout(timer))
}

/** Whether a WebSocket gets through: proxies let ordinary requests pass that stop these. It says no word. */
function openSocket(sockets: SocketClient, origin: string): Promise<Seen> {
  return new Promise((resolve) => {
    const socket = sockets.open(origin.replace(/^http/, 'ws') + roomSocketPath(randomUUID()), {
      opened() {
        resolve({ verdict: 'good', code: 'open' })
        socket.close()
      },
      message: () => {},
      closed: () => resolve({ verdict: 'bad', code: 'refused' }),
    })
  })
}

async function tryDisk(folder: string): Promise<Seen> {
  const path = join(folder, `check-${randomUUID()}.tmp`)
  const text = randomUUID()
  try {
    await writeFile(path, text, { mode: 0o600, flag: 'wx' })
    if ((await readFile(path, 'utf8')) !== text) return { verdict: 'bad', code: 'reads-otherwise' }
  } catch (error) {
    return { verdict: 'bad', code: 'refused', values: { error: (error as NodeJS.ErrnoException).code ?? '' } }
  } finally {
    await rm(path, { force: true }).catch(() => {})
  }
  const { bavail, bsize } = await statfs(folder)
  const values = { megabytes: Math.floor((bavail * bsize) / 1024 ** 2) }
  if (bavail * bsize < ENOUGH_BYTES) return { verdict: 'warning', code: 'nearly-full', values }
  return { verdict: 'good', code: 'works', values }
}

/**
 * The proxies a PAC result names, without the credentials one can hold; empty for a direct way.
 * @returns null when it is none
 */
export function proxyHosts(resolved: string): string[] | null {
  const choices = resolved.split(';').map((choice) => choice.trim())
  const hosts: string[] = []
  for (const choice of choices.filter(Boolean)) {
    const [kind = '', address = ''] = choice.split(/\s+/, 2)
    if (kind === 'DIRECT') {
      if (hosts.length === 0) return []
      continue
    }
    if (!/^(PROXY|HTTPS?|QUIC|SOCKS[45]?)$/.test(kind) || address === '') return null
    hosts.push(address.slice(address.lastIndexOf('@') + 1).slice(0, 300))
  }
  return hosts.length === 0 ? null : hosts
}
