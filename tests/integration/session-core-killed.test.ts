import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { signInColleague } from '../harness/colleague.ts'
import { eventually, eventuallyNone } from '../harness/eventually.ts'
import { startFaultyNetwork, type FaultyNetwork } from '../harness/faulty-network.ts'
import {
  buildHeadless,
  journalOf,
  type HeadlessBuild,
  type HeadlessProcess,
  type Profile,
} from '../harness/headless.ts'
import { seeded } from '../harness/seeded.ts'
import { startServer, type ServerProcess } from '../harness/server-process.ts'

const MAYA = 'maya.okafor@northfield.example'
const KENJI = 'kenji.watanabe@northfield.example'
const INGRID = 'ingrid.solberg@northfield.example'
const CHEMISTRY = 'Organic Chemistry II: reaction mechanisms'

const KILLS = 50
const TOGETHER_MS = 60_000
/** Seconds: a token is renewed as often as core ever renews one. */
const ACCESS_TTL = 1
const ROTATION = ['POST', '/auth/token'] as const

const seed = Number(process.env['LECTERN_KILL_SEED'] ?? Date.now() % 1_000_000)

let headless: HeadlessBuild
let server: ServerProcess
const networks: FaultyNetwork[] = []
let place: string

beforeAll(async () => {
  console.log(`LECTERN_KILL_SEED=${seed} repeats these kills`)
  headless = await buildHeadless()
  server = await startServer({ accessTtl: ACCESS_TTL })
  place = await mkdtemp(join(tmpdir(), 'lectern-headless-'))
})
afterAll(async () => {
  await headless.dispose()
  await Promise.all(networks.map((network) => network.close()))
  await server.dispose()
  await rm(place, { recursive: true, force: true })
})

async function openNetwork(): Promise<FaultyNetwork> {
  const network = await startFaultyNetwork(server.url)
  networks.push(network)
  return network
}

function newProfile(name: string, network: FaultyNetwork): Profile {
  const folder = join(place, name)
  return {
    serverUrl: network.url,
    folder,
    sealedFolder: join(folder, 'sealed'),
    service: `Lectern test ${randomUUID()}`,
    idleTimeout: null,
  }
}

async function signIn(client: HeadlessProcess, email: string): Promise<void> {
  client.order({ kind: 'sign-in', email, password: server.demoPassword })
  const { failure } = await eventually('answer to the sign-in', () => client.of('signed-in')[0])
  expect(failure).toBeNull()
}

/** What no process of a person who is signed in may ever say. */
const ENDINGS = ['signed-out', 'reauth-required', 'keychain-unavailable']
const endingsOf = (client: HeadlessProcess, from = 0) =>
  client
    .of('state')
    .slice(from)
    .flatMap(({ state }) => (ENDINGS.includes(state.kind) ? [state] : []))

/** Whether it was killed between the begin of a rotation and its end. */
function rotating(client: HeadlessProcess): boolean {
  const last = client.of('journal').findLast(({ event }) => event.startsWith('refresh-'))
  return last?.event === 'refresh-started'
}

const refusedOn = (network: FaultyNetwork) =>
  network.requests.filter(({ path, status }) => path === ROTATION[1] && status !== null && status >= 400)

it.concurrent(
  `signs in again after each of ${KILLS} kills at random moments, and each accepted message arrives once and in order`,
  { timeout: 600_000 },
  async () => {
    const random = seeded(seed)
    const colleague = await signInColleague({
      serverUrl: server.url,
      email: INGRID,
      password: server.demoPassword,
    })
    const { items } = await colleague.call('listLiveSessions', { query: { search: CHEMISTRY } })
    const sessionId = items[0]?.id ?? ''
    const network = await openNetwork()
    const profile = newProfile('killed', network)
    const first = headless.start(profile)
    await eventually('start', () => first.state())
    await signIn(first, MAYA)
    await first.kill9()

    const accepted: string[] = []
    const moments: string[] = []
    const startup: number[] = []
    let inRotation = 0
    for (let kill = 0; kill < KILLS; kill += 1) {
      network.delay(Math.floor(random() * 25))
      if (random() < 0.3) network.loseNextAnswer(...ROTATION)
      const life = headless.start(profile)
      const began = performance.now()
      life.order({ kind: 'write', sessionId, prefix: `life ${kill}`, everyMs: 30 })
      if (kill % 2 === 0) {
        // Anywhere in a start, which is a rotation too.
        await pause(100 + random() * 800)
      } else {
        // Somewhere in the first renewal of a life that came to work: so every second start proves itself.
        await life.reaches('active')
        startup.push(performance.now() - began)
        const begun = life.of('journal').length
        await eventually('renewal', () =>
          life
            .of('journal')
            .slice(begun)
            .some(({ event }) => event === 'refresh-started'),
        )
        await pause(random() * 45)
      }
      const at = life.state()?.kind ?? 'starting'
      await life.kill9()
      moments.push(at)
      if (rotating(life)) inRotation += 1
      accepted.push(...life.of('accepted').map(({ text }) => text))
      expect(endingsOf(life), `kill ${kill}\n${journalOf(life.of('journal'))}`).toEqual([])
    }

    const last = headless.start(profile)
    await last.reaches('active')
    await eventuallyNone('accepted messages that were not said', async () => {
      const said = new Set(await colleague.history(sessionId))
      return accepted.filter((text) => !said.has(text)).length
    })
    await last.quit()
    expect(endingsOf(last)).toEqual([])

    const lines = (await colleague.history(sessionId)).filter((text) => text.startsWith('life '))
    const place = (text: string) => text.slice('life '.length).split('.').map(Number) as [number, number]
    const inOrder = [...new Set(lines)].sort((a, b) => place(a)[0] - place(b)[0] || place(a)[1] - place(b)[1])
    expect(lines).toEqual(inOrder)
    expect(lines).toEqual(expect.arrayContaining(accepted))
    expect(refusedOn(network)).toEqual([])
    expect(network.count('POST', '/auth/sign-in')).toBe(1)
    const counted = (kind: string) => moments.filter((at) => at === kind).length
    const times = startup.toSorted((a, b) => a - b)
    console.log(
      `${KILLS} kills, ${inRotation} of them in a rotation: ${[...new Set(moments)].map((kind) => `${counted(kind)} ${kind}`).join(', ')}; ` +
        `${network.count(...ROTATION)} rotations asked for, ` +
        `${network.requests.filter(({ path, delivered }) => path === ROTATION[1] && !delivered).length} answers lost; ` +
        `${accepted.length} messages accepted, ${lines.length} delivered; ` +
        `active after ${times[Math.floor(times.length / 2)]?.toFixed(0)} ms (median), ${times.at(-1)?.toFixed(0)} ms at most`,
    )
  },
)

it.concurrent(
  'stays signed in twice when two processes share one keychain for a minute of renewals at the same moments',
  { timeout: 300_000 },
  async () => {
    const random = seeded(seed + 1)
    const network = await openNetwork()
    const profile = newProfile('shared', network)
    const one = headless.start(profile)
    await eventually('start', () => one.state())
    await signIn(one, KENJI)
    const signedIn = one.of('state').length
    const other = headless.start({ ...profile, sealedFolder: `${profile.sealedFolder}-2` })
    await other.reaches('active')
    const both = [one, other]
    for (const client of both) client.order({ kind: 'ask', everyMs: 20 })
    const endings = () => [...endingsOf(one, signedIn), ...endingsOf(other)]

    const began = performance.now()
    let silences = 0
    while (performance.now() - began < TOGETHER_MS && endings().length === 0) {
      network.delay(Math.floor(random() * 20))
      // A network that says nothing for longer than a token lives: both renew it, and both are heard at once.
      await network.down('silent')
      await pause(1000 * ACCESS_TTL + random() * 500)
      await network.up()
      silences += 1
      const answered = both.map((client) => client.of('answered').length)
      await eventually('answer for each, or an end', () => {
        const more = both.every((client, i) => client.of('answered').length > (answered[i] ?? 0) + 10)
        return more || endings().length > 0
      })
    }
    const journals = () => both.map((client) => journalOf(client.of('journal'))).join('\n\n')
    expect(endings(), journals()).toEqual([])
    for (const client of both) expect(client.of('failed')).toEqual([])
    const rotations = network.requests.filter(({ path }) => path === ROTATION[1])
    const pairs = rotations.filter(({ at }, i) => at - (rotations[i - 1]?.at ?? 0) < 50).length
    console.log(
      `${silences} silences, ${rotations.length} rotations asked for, ${pairs} of them within 50 ms of another, ` +
        `${refusedOn(network).length} refused; ${both.map((client) => client.of('answered').length).join(' and ')} calls`,
    )
    expect(pairs).toBeGreaterThan(silences / 2)
    // Whatever happened, the sign-in goes on in the next process.
    await Promise.all(both.map((client) => client.kill9()))
    const next = headless.start(profile)
    await next.reaches('active')
    expect(endingsOf(next)).toEqual([])
    await next.quit()
    expect(network.count('POST', '/auth/sign-in')).toBe(1)
  },
)
