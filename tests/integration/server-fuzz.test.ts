/**
 * 10,000 requests that break the contract, at every endpoint of the server's own OpenAPI document. Every one is refused
 * in the way that is promised, and none leaves a trace.
 *
 * `LECTERN_FUZZ_SEED=7` makes other requests; `LECTERN_FUZZ_ONLY=postMessage#12` sends one of them alone.
 */
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import type { JWK } from 'jose'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TokenError } from '../../src/contract/credentials.ts'
import { BOOT_ID_HEADER, MAX_BODY_BYTES, ProblemDocument } from '../../src/contract/endpoint.ts'
import type { Db, OwnTx } from '../../src/server/database/schema.ts'
import { createServer, type RunningServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import { badAuthorizations } from '../harness/bad-authorizations.ts'
import { badRequests } from '../harness/bad-requests.ts'
import {
  endpointsOf,
  requestsAtTheEdge,
  requestsForNothing,
  requestsForOthers,
  type OpenApi,
  type Person,
  type PlannedRequest,
  type World,
} from '../harness/whole-requests.ts'
import {
  ask,
  call,
  demoServer,
  MAYA,
  newKey,
  NOAH,
  PASSWORD,
  signIn,
  until,
  type TestServer,
} from './server-client.ts'

const seed = Number(process.env['LECTERN_FUZZ_SEED'] ?? 1)
const only = process.env['LECTERN_FUZZ_ONLY']
const COUNT = 10_000
const AT_ONCE = 24
const DEADLINE_MS = 20_000

const emails = { instructor: MAYA, learner: NOAH, admin: 'office@northfield.example' }
const DAY = 24 * 3600

/** What may succeed for somebody it does not belong to, and why. */
const harmless: Readonly<Record<string, string>> = {
  leaveLiveSession: 'leaving a room one is not in is no error',
}

/** Tables that change though nothing was done, and why. */
const changesByItself: Readonly<Record<string, string>> = {
  rate_limits: 'counts what is tried, also in vain, and its rows are swept out when their minute is over',
}

let school: TestServer
let server: RunningServer
let document: OpenApi
let world: World
let before: Tables

type Tables = Readonly<Record<string, readonly string[]>>

/** Every row of every table, as text and in order. The server has to be stopped. */
async function everyRow(): Promise<Tables> {
  const { db, ownRows, close } = await school.openDatabase()
  const rowsOf = async (database: Pick<Db | OwnTx, 'getExecutor'>, table: string) => {
    const { rows } = await sql<{
      row: string
    }>`select t::text as row from ${sql.table(table)} t order by 1`.execute(database)
    return rows.map(({ row }) => row)
  }
  try {
    const { rows: tables } = await sql<{ name: string; guarded: boolean }>`
      select relname::text as name, relrowsecurity as guarded from pg_class
      where relkind = 'r' and relnamespace = current_schema()::regnamespace order by 1`.execute(db)
    expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(changesByItself)))
    const accounts = await db.selectFrom('accounts').select('id').orderBy('id').execute()
    const contents: Record<string, readonly string[]> = {}
    for (const { name, guarded } of tables.filter((table) => !(table.name in changesByItself))) {
      // A guarded table shows everybody their own rows and nobody all of them.
      const perAccount = guarded
        ? accounts.map(({ id }) => ownRows.of(id, (tx) => rowsOf(tx, name)))
        : [rowsOf(db, name)]
      contents[name] = (await Promise.all(perAccount)).flat()
    }
    return contents
  } finally {
    await close()
  }
}

/** On the data of the school, without the demo's own doings. */
const restarted = (environment: Record<string, string>) =>
  createServer(readSettings({ ...school.environment, LECTERN_SEED: 'none', ...environment }))

/** What there is, by the path parameter that would name it: what a list gives, such as `/live-sessions`. */
async function thingsOf(accessToken: string): Promise<Record<string, string[]>> {
  const paths = Object.keys(document.paths)
  const things: Record<string, string[]> = {}
  for (const path of paths.filter((one) => 'get' in (document.paths[one] ?? {}) && !one.includes('{'))) {
    const named = paths.find((one) => one.startsWith(path) && /^\/\{\w+\}$/.test(one.slice(path.length)))
    if (named === undefined) continue
    const { json } = await ask(server.url, 'GET', path, {
      headers: { authorization: `Bearer ${accessToken}` },
    })
    const { items = [] } = (json ?? {}) as { items?: { id: string }[] }
    things[named.slice(path.length + 2, -1)] = items.map(({ id }) => id).sort()
  }
  return things
}

/** Gives somebody a file and a job, so that there is something that is not everybody's. */
async function possess(accessToken: string): Promise<void> {
  const whole = { name: 'term.csv', contentType: 'text/csv' as const, size: 64 }
  await call(server.url, accessToken, 'createUpload', { body: whole, key: newKey() })
  const order = { kind: 'attendance-export' as const, course: 'CHEM 232' }
  const { id: jobId } = await call(server.url, accessToken, 'startJob', { body: order, key: newKey() })
  const finished = async () =>
    (await call(server.url, accessToken, 'getJob', { params: { jobId } })).finishedAt !== null
  await until(finished, 'an end of the job')
}

beforeAll(async () => {
  school = await demoServer({
    LECTERN_ACCESS_TTL: '1',
    LECTERN_ADMIN_EMAIL: emails.admin,
    LECTERN_ADMIN_PASSWORD: PASSWORD,
  })
  const { access_token: expired } = await signIn(school.url)
  await school.close()

  server = await restarted({ LECTERN_ACCESS_TTL: String(DAY) })
  document = (await ask(server.url, 'GET', '/openapi.json')).json as OpenApi
  const ended = await signIn(server.url)
  await ask(server.url, 'POST', '/auth/revoke', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: ended.refresh_token }),
  })
  const signedIn = await Promise.all(
    Object.entries(emails).map(async ([name, email]) => ({ name, ...(await signIn(server.url, email)) })),
  )
  await possess(signedIn[0]!.access_token)
  const found = await Promise.all(signedIn.map(({ access_token }) => thingsOf(access_token)))
  const accounts = signedIn.map(({ account }) => account.id)
  const people: Person[] = signedIn.map(({ name, access_token, account }, position) => {
    const own = { ...found[position], accountId: [account.id] }
    const others: Record<string, string[]> = {}
    for (const [parameter, ids] of found.flatMap((things) => Object.entries(things))) {
      others[parameter] = [...new Set([...(others[parameter] ?? []), ...ids])].filter(
        (id) => !found[position]?.[parameter]?.includes(id),
      )
    }
    // To an administrator no account is somebody else's.
    if (account.role !== 'admin') others['accountId'] = accounts.filter((id) => id !== account.id)
    return { name, accessToken: access_token, own, others }
  })
  const maya = signedIn[0]!
  const { json } = await ask(server.url, 'GET', '/.well-known/jwks.json')
  const { keys = [] } = json as { keys?: JWK[] }
  world = {
    people,
    maxBody: MAX_BODY_BYTES,
    badAuthorizations: await badAuthorizations(maya.access_token, keys, {
      expired,
      'of a sign-in that has ended': ended.access_token,
      'a refresh token': maya.refresh_token,
    }),
  }
  await server.close()
  before = await everyRow()
  server = await restarted({ LECTERN_ACCESS_TTL: String(DAY) })
}, 300_000)
afterAll(async () => {
  await server?.close()
  await school?.end()
})

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })

function send({ method, path, headers, body, bytes }: PlannedRequest): Promise<Answer> {
  if (bytes !== null) return sendBytes(bytes)
  return new Promise((resolve, reject) => {
    // Node sends no length of its own with a DELETE.
    const length = body === null ? {} : { 'content-length': String(body.length) }
    const sent = Object.entries({ ...headers, ...length }).filter(([, value]) => value.length > 0)
    const asking = request(
      server.url,
      {
        agent,
        method,
        path,
        headers: Object.fromEntries(sent) as Record<string, string>,
        timeout: DEADLINE_MS,
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        )
      },
    )
    asking.on('timeout', () => asking.destroy(new Error(`no answer in ${DEADLINE_MS / 1000} s`)))
    asking.on('error', reject)
    asking.end(body ?? undefined)
  })
}

/** Writes on a connection of its own what no client library would, and reads until the server closes it. */
function sendBytes(bytes: string): Promise<Answer> {
  const { hostname, port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(Number(port), hostname, () => socket.write(Buffer.from(bytes, 'latin1')))
    socket.setTimeout(DEADLINE_MS, () => socket.destroy(new Error(`no answer in ${DEADLINE_MS / 1000} s`)))
    socket.setEncoding('utf8')
    const look = () => {
      const [head = '', body] = text.split('\r\n\r\n')
      const [first = '', ...lines] = head.split('\r\n')
      const headers = Object.fromEntries(
        lines.map((line) => [
          line.slice(0, line.indexOf(':')).toLowerCase(),
          line.slice(line.indexOf(':') + 2),
        ]),
      )
      if (body === undefined) return
      const length = bytes.startsWith('HEAD ') ? 0 : Number(headers['content-length'] ?? Infinity)
      if (Buffer.byteLength(body) < length && !text.endsWith('\r\n0\r\n\r\n')) return
      resolve({ status: Number(first.split(' ')[1]), headers, text: body })
      socket.destroy()
    }
    socket.on('data', (chunk) => {
      text += String(chunk)
      look()
    })
    socket.on('error', reject)
    socket.on('close', () =>
      reject(new Error(`the connection was closed after ${JSON.stringify(text.slice(0, 200))}`)),
    )
  })
}

/** What is wrong with the answer; null when it is the refusal that was promised. */
function faultOf(planned: PlannedRequest, answer: Answer, speaksOAuth: boolean): string | null {
  if (answer.status >= 500) return 'it failed'
  if (planned.statuses && !planned.statuses.includes(answer.status))
    return `${planned.statuses?.join(' or ')} was due`
  if (answer.headers[BOOT_ID_HEADER] !== server.bootId) return `no ${BOOT_ID_HEADER}`
  if (answer.status < 300 || planned.method === 'HEAD') return null
  const type = String(answer.headers['content-type'])
  const parsed = parse(answer.text)
  if (speaksOAuth && type.startsWith('application/json') && TokenError.safeParse(parsed).success) return null
  if (!type.startsWith('application/problem+json')) return `its content type is ${type}`
  const problem = ProblemDocument.safeParse(parsed)
  if (!problem.success) return 'its body is no problem document'
  return problem.data.status === answer.status ? null : `its body says ${problem.data.status}`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

interface Outcome {
  readonly planned: PlannedRequest
  readonly status: number
  readonly fault: string | null
}

async function sendAll(requests: readonly PlannedRequest[]): Promise<readonly Outcome[]> {
  // RFC 6749 §5.2: these two say so by documenting an answer of 400 of their own.
  const oauth = new Set(
    endpointsOf(document)
      .filter(({ responses }) => '400' in responses)
      .map((one) => one.operationId),
  )
  const waiting = requests.filter(({ id }) => only === undefined || id === only).values()
  const outcomes: Outcome[] = []
  const work = async () => {
    for (const planned of waiting) {
      const outcome = await send(planned).then(
        (answer) => {
          const fault = faultOf(planned, answer, oauth.has(planned.operationId))
          return {
            status: answer.status,
            fault: fault && `${fault}; came ${answer.status} ${answer.text.slice(0, 300)}`,
          }
        },
        (error: Error) => ({ status: 0, fault: `no answer: ${error.message}` }),
      )
      outcomes.push({ planned, ...outcome })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return outcomes
}

function describe({ planned, fault }: Outcome): string {
  const { id, what, method, path, headers, body, bytes } = planned
  const { authorization: _secret, ...shown } = headers
  const said =
    bytes === null
      ? `${method} ${path} ${JSON.stringify(shown)} ${body?.toString() ?? ''}`
      : JSON.stringify(bytes.replace(/Bearer \S+/, 'Bearer …'))
  return `${id}: ${what}\n  ${said.slice(0, 400)}\n  ${fault}`
}

/** How often which status came from where; a line for each endpoint. */
function tableOf(outcomes: readonly Outcome[]): string {
  const counts = new Map<string, Map<number, number>>()
  for (const { planned, status } of outcomes) {
    const row = counts.get(planned.operationId) ?? new Map<number, number>()
    counts.set(planned.operationId, row.set(status, (row.get(status) ?? 0) + 1))
  }
  const statuses = [...new Set(outcomes.map(({ status }) => status))].sort()
  const line = (name: string, cells: readonly (string | number)[]) =>
    name.padEnd(24) + cells.map((cell) => String(cell).padStart(6)).join('')
  return [
    line('', [...statuses, 'all']),
    ...[...counts].map(([name, row]) =>
      line(name, [
        ...statuses.map((status) => row.get(status) ?? '·'),
        [...row.values()].reduce((sum, number) => sum + number, 0),
      ]),
    ),
  ].join('\n')
}

const kindOf = ({ what }: PlannedRequest) => what.split(': ').slice(0, 2).join()

function expectNoFaults(outcomes: readonly Outcome[]): void {
  const faults = outcomes.filter(({ fault }) => fault !== null)
  // One of each kind tells more than all of one.
  const kinds = new Map(faults.map((one) => [`${kindOf(one.planned)} ${one.status}`, one]))
  expect(
    [...kinds.values()].slice(0, 40).map(describe).join('\n'),
    `${faults.length} of ${outcomes.length}; send one alone with LECTERN_FUZZ_SEED=${seed} LECTERN_FUZZ_ONLY=<its name>`,
  ).toBe('')
}

test(`${COUNT} requests that break the contract are refused by the contract`, async () => {
  const requests = badRequests(document, world, { seed, count: COUNT, least: 50 })
  expect(requests).toHaveLength(COUNT)
  const start = performance.now()
  const outcomes = await sendAll(requests)
  const seconds = (performance.now() - start) / 1000
  console.log(`seed ${seed}: ${outcomes.length} requests in ${seconds.toFixed(1)} s\n${tableOf(outcomes)}`)
  expectNoFaults(outcomes)
}, 300_000)

test('whole requests about what is not there, or is somebody else’s, get nothing', async () => {
  expectNoFaults(await sendAll(requestsForNothing(document, world, seed)))
  const forOthers = requestsForOthers(document, world, seed)
  expect([...new Set(forOthers.map(({ operationId }) => operationId))]).toEqual(
    expect.arrayContaining(['getLiveSession', 'revokeDevice', 'getFile', 'getJob', 'setPassword']),
  )
  const allowed = forOthers.map((planned) =>
    planned.operationId in harmless ? { ...planned, statuses: [...(planned.statuses ?? []), 200] } : planned,
  )
  expectNoFaults(await sendAll(allowed))
}, 300_000)

test('whole requests at the edge of the contract are no trouble', async () => {
  const outcomes = await sendAll(requestsAtTheEdge(document, world, seed))
  console.log(tableOf(outcomes))
  expectNoFaults(outcomes)
}, 300_000)

test('after all of this the server is well, nobody is signed out and nothing is written', async () => {
  expect((await ask(server.url, 'GET', '/health')).json).toMatchObject({
    status: 'ok',
    bootId: server.bootId,
  })
  for (const { accessToken } of world.people) await call(server.url, accessToken, 'listLiveSessions')
  expect(Object.keys(Object.prototype)).toEqual([])
  expect(({} as { polluted?: true }).polluted).toBeUndefined()
  await server.close()
  const after = await everyRow()
  expect(Object.keys(after)).toEqual(Object.keys(before))
  const changed = Object.keys(after).flatMap((table) => {
    const [was, is] = [new Set(before[table]), new Set(after[table])]
    const gone = [...was].filter((row) => !is.has(row)).map((row) => `${table} - ${row.slice(0, 300)}`)
    return [
      ...gone,
      ...[...is].filter((row) => !was.has(row)).map((row) => `${table} + ${row.slice(0, 300)}`),
    ]
  })
  expect(changed).toEqual([])
}, 300_000)
