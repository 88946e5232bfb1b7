/**
 * How much one server carries: the built server as a process of its own, loaded from this one over real HTTP and
 * WebSockets. Both share this machine's cores, and PostgreSQL does too: compare within one run.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { endpoints } from '../../src/contract/api.ts'
import { credentialEndpoints, TokenResponse, type ClientFrame } from '../../src/contract/credentials.ts'
import { roomSocketPath } from '../../src/contract/frames.ts'
import { createDatabase, startPostgres } from '../harness/postgres.ts'
import { startServer } from '../harness/server-process.ts'
import { emailOf, people as school } from '../../src/server/demo/demo-school.ts'

export interface Measured {
  readonly what: string
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

export type DatabaseKind = 'PGlite' | 'PostgreSQL'

const SECONDS = 8
const CLIENTS = 32
const SOCKETS = 500
const SPEAKERS = 4
const CHEMISTRY = 'Organic Chemistry II: reaction mechanisms'

/** @param say hears what is being done */
export async function benchServer(kind: DatabaseKind, say: (what: string) => void): Promise<Measured[]> {
  const postgres = kind === 'PostgreSQL' ? await startPostgres() : null
  const server = await startServer({
    env: {
      LECTERN_SIGN_IN_LIMIT: '10000',
      LECTERN_LOG: 'silent',
      ...(postgres ? { DATABASE_URL: await createDatabase(postgres.administrator) } : {}),
    },
  })
  const agent = new Agent({ keepAlive: true })
  try {
    const client = createClient(server.url, agent)
    say('signing in')
    const people = await Promise.all(
      school.slice(0, CLIENTS).map(({ name }) => client.signIn(emailOf(name), server.demoPassword)),
    )
    const room = await client.roomOf(people[0]!)
    say('rotations')
    const rotations = await measureRotations(client, people)
    say('joins')
    const joins = await measureJoins(client, people, room)
    say(`${SOCKETS} sockets`)
    const events = await measureFanOut(server.url, client, people, room)
    return [rotations, joins, events]
  } finally {
    agent.destroy()
    await server.dispose()
    await postgres?.dispose()
  }
}

type Client = ReturnType<typeof createClient>

function createClient(serverUrl: string, agent: Agent) {
  async function send(method: string, path: string, headers: Record<string, string>, body?: unknown) {
    const text = body === undefined ? '' : JSON.stringify(body)
    const outgoing = request(serverUrl + path, {
      method,
      agent,
      headers: { ...headers, ...(text ? { 'content-type': 'application/json' } : {}) },
    })
    outgoing.end(text)
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    let received = ''
    for await (const chunk of answer) received += String(chunk)
    if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}: ${received}`)
    return JSON.parse(received) as unknown
  }
  const bearer = ({ access_token: token }: TokenResponse) => ({ authorization: `Bearer ${token}` })
  const inRoom = (path: string, room: string) => path.replace(':sessionId', room)

  return {
    signIn: async (email: string, password: string) =>
      TokenResponse.parse(
        await send(
          'POST',
          credentialEndpoints.signIn.path,
          {},
          {
            email,
            password,
            device: { name: 'Bench', platform: 'test' },
          },
        ),
      ),
    rotate: async ({ refresh_token }: TokenResponse) =>
      TokenResponse.parse(
        await send(
          'POST',
          credentialEndpoints.refresh.path,
          { 'idempotency-key': randomUUID() },
          {
            grant_type: 'refresh_token',
            refresh_token,
          },
        ),
      ),
    async roomOf(who: TokenResponse) {
      const path = `${endpoints.listLiveSessions.path}?search=${encodeURIComponent(CHEMISTRY)}`
      const { items } = endpoints.listLiveSessions.response.parse(await send('GET', path, bearer(who)))
      return items[0]?.id ?? ''
    },
    join: (who: TokenResponse, room: string) =>
      send('POST', inRoom(endpoints.joinLiveSession.path, room), bearer(who)),
    leave: (who: TokenResponse, room: string) =>
      send('POST', inRoom(endpoints.leaveLiveSession.path, room), bearer(who)),
    say: (who: TokenResponse, room: string, text: string) =>
      send(
        'POST',
        inRoom(endpoints.postMessage.path, room),
        { ...bearer(who), 'idempotency-key': randomUUID() },
        { text },
      ),
  }
}

/** Until the time is over; @returns how long each took, in milliseconds, and how many there were in a second. */
async function repeat(workers: readonly (() => Promise<void>)[], timed: number[]): Promise<number> {
  const began = performance.now()
  const until = began + SECONDS * 1000
  await Promise.all(
    workers.map(async (work) => {
      while (performance.now() < until) await work()
    }),
  )
  return timed.length / ((performance.now() - began) / 1000)
}

function measured(what: string, perSecond: number, times: readonly number[]): Measured {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
  return { what, perSecond, p50: at(0.5), p99: at(0.99) }
}

async function measureRotations(client: Client, people: TokenResponse[]): Promise<Measured> {
  const times: number[] = []
  const perSecond = await repeat(
    people.map((_, n) => async () => {
      const began = performance.now()
      people[n] = await client.rotate(people[n]!)
      times.push(performance.now() - began)
    }),
    times,
  )
  return measured(`rotations, ${people.length} at once`, perSecond, times)
}

/** All in one room: the worst case, since its row puts them in line. */
async function measureJoins(
  client: Client,
  people: readonly TokenResponse[],
  room: string,
): Promise<Measured> {
  const times: number[] = []
  const perSecond = await repeat(
    people.map((who) => async () => {
      await client.leave(who, room)
      const began = performance.now()
      await client.join(who, room)
      times.push(performance.now() - began)
    }),
    times,
  )
  return measured(`joins into one room (and as many leaves), ${people.length} at once`, perSecond, times)
}

async function measureFanOut(
  serverUrl: string,
  client: Client,
  people: readonly TokenResponse[],
  room: string,
): Promise<Measured> {
  const sentAt = new Map<string, number>()
  const times: number[] = []
  let received = 0
  const sockets = await Promise.all(
    Array.from({ length: SOCKETS }, async (_, n) => {
      // Not all in the same moment: the system's queue for new connections is short.
      await pause(n * 2)
      const socket = new WebSocket(serverUrl.replace(/^http/, 'ws') + roomSocketPath(room))
      await once(socket, 'open')
      const who = people[n % people.length]!
      socket.send(
        JSON.stringify({
          type: 'hello',
          accessToken: who.access_token,
          afterSeq: null,
        } satisfies ClientFrame),
      )
      await once(socket, 'message')
      socket.on('message', (data) => {
        const text = data.toString()
        if (!text.startsWith('{"type":"event"')) return
        received++
        const stamp = sentAt.get(/"text":"(\w+)"/.exec(text)?.[1] ?? '')
        if (stamp !== undefined) times.push(performance.now() - stamp)
      })
      return socket
    }),
  )
  let said = 0
  const began = performance.now()
  const until = began + SECONDS * 1000
  await Promise.all(
    people.slice(0, SPEAKERS).map(async (who) => {
      while (performance.now() < until) {
        const text = `bench${said++}`
        sentAt.set(text, performance.now())
        await client.say(who, room, text)
      }
    }),
  )
  while (received < said * SOCKETS) {
    if (performance.now() > until + 60_000)
      throw new Error(`only ${received} of ${said * SOCKETS} events came`)
    await pause(5)
  }
  const seconds = (performance.now() - began) / 1000
  for (const socket of sockets) socket.terminate()
  return measured(
    `events to ${SOCKETS} sockets in one room, from saying to hearing`,
    received / seconds,
    times,
  )
}
