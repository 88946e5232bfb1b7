/** The process that headless.ts starts: wiring as in main, with Node in the place of Electron. */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { createSession } from '../../src/core/index.ts'
import { clock } from '../../src/main/adapters/clock.ts'
import { createFileStore } from '../../src/main/adapters/files.ts'
import { createHttpClient } from '../../src/main/adapters/http.ts'
import { createKeychain } from '../../src/main/adapters/keychain.ts'
import { random } from '../../src/main/adapters/random.ts'
import { createSealedFiles } from '../../src/main/adapters/sealed-files.ts'
import { lockStateOfSecretService } from '../../src/main/adapters/secret-service.ts'
import { createSocketClient, type WebSocketClass } from '../../src/main/adapters/sockets.ts'
import type { Order, Profile, Report } from './headless.ts'

const profile = JSON.parse(process.env['LECTERN_HEADLESS'] ?? '') as Profile
const report = (what: Report) => process.send?.(what)
// Nobody is left to hear it, or to kill it.
process.on('disconnect', () => process.exit())

const keychain = createKeychain({
  start() {
    const entry = join(import.meta.dirname, 'with-port.mjs')
    const child = fork(entry, [join(import.meta.dirname, 'keychain-process.mjs')], { execArgv: [] })
    return Object.assign(child, { postMessage: (message: object) => void child.send(message, () => {}) })
  },
  service: profile.service,
  lockState: lockStateOfSecretService,
  report: (event) => record('keychain', { event }),
})
const record = (event: string, detail: Extract<Report, { kind: 'journal' }>['detail']) =>
  report({ kind: 'journal', at: performance.now(), event, detail })

const session = createSession(
  {
    clock,
    random,
    http: createHttpClient({ fetch: (input, init) => fetch(input, init), userAgent: 'Lectern headless' }),
    sockets: createSocketClient(WebSocket as unknown as WebSocketClass),
    secrets: keychain,
    files: createFileStore(profile.folder),
    sealedFiles: createSealedFiles({
      files: createFileStore(profile.sealedFolder),
      secrets: keychain,
      keptAside: (name) => record('kept-aside', { name }),
    }),
    power: { subscribe: () => () => {}, idleSeconds: () => null, holdAwake: () => () => {} },
    network: { subscribe: () => () => {} },
    journal: {
      record: ({ monotonic, event, detail }) => report({ kind: 'journal', at: monotonic, event, detail }),
    },
  },
  {
    serverUrl: profile.serverUrl,
    idleTimeout: profile.idleTimeout,
    device: { name: 'Headless', platform: process.platform },
  },
)
session.subscribe({ state: ({ state }) => report({ kind: 'state', state }) })

/** Until somebody is known to be signed in, nobody can write. */
const known = () =>
  new Promise<void>((resolve) => {
    const look = () => {
      if (!('account' in session.state().state)) return
      stop()
      resolve()
    }
    const stop = session.subscribe({ state: look })
    look()
  })

async function write({ sessionId, prefix, everyMs }: Extract<Order, { kind: 'write' }>): Promise<void> {
  await known()
  for (let n = 0; ; n += 1) {
    const text = `${prefix}.${n}`
    const accepted = await session.postMessage(sessionId, text)
    report(
      accepted.ok ? { kind: 'accepted', text } : { kind: 'failed', what: 'write', failure: accepted.failure },
    )
    await pause(everyMs)
  }
}

async function ask({ everyMs }: Extract<Order, { kind: 'ask' }>): Promise<void> {
  await known()
  for (;;) {
    const answer = await session.call({ endpoint: 'listLiveSessions', query: { status: 'live' } })
    report(answer.ok ? { kind: 'answered' } : { kind: 'failed', what: 'ask', failure: answer.failure })
    await pause(everyMs)
  }
}

process.on('message', (order: Order) => {
  switch (order.kind) {
    case 'sign-in':
      void session
        .signIn({ email: order.email, password: order.password, memoryOnly: false })
        .then((result) => report({ kind: 'signed-in', failure: result.ok ? null : result.failure }))
      return
    case 'write':
      void write(order)
      return
    case 'ask':
      void ask(order)
      return
    case 'retry':
      session.retry()
      return
    case 'quit':
      void session
        .dispose()
        .then(() => keychain.close())
        .then(() => process.exit())
  }
})

await session.start()
