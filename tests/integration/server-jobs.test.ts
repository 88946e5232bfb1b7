import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { createParser } from 'eventsource-parser'
import type { UpdateObject } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { ClientFrame } from '../../src/contract/credentials.ts'
import { CLOSE, JOBS_SOCKET_PATH, JobsFrame, MAX_FRAME_BYTES } from '../../src/contract/frames.ts'
import type { Job, JobOrder } from '../../src/contract/jobs.ts'
import { streamEndpoints, type JobEvent } from '../../src/contract/streams.ts'
import { createCredits } from '../../src/server/credits/credits.ts'
import { installationId } from '../../src/server/database/installation.ts'
import type { OwnTables } from '../../src/server/database/schema.ts'
import { createJobs } from '../../src/server/jobs/jobs.ts'
import type { Analyse } from '../../src/server/jobs/recording-analysis.ts'
import { createLibrary } from '../../src/server/library/library.ts'
import { createServer, type RunningServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import { openObjectStore } from '../../src/server/storage/storage.ts'
import { buildScript, workFolder } from './main-child.ts'
import {
  ask,
  askJson,
  call,
  callReply,
  demoServer,
  expectProblem,
  MAYA,
  newKey,
  NOAH,
  onPostgres,
  signIn,
  until,
  type TestServer,
  uploadFile,
} from './server-client.ts'

const PRIYA = 'priya.nair@northfield.example'
const DANIEL = 'daniel.reyes@northfield.example'

let folder: Awaited<ReturnType<typeof workFolder>>
let audioWorker: string
let recording: Uint8Array

beforeAll(async () => {
  folder = await workFolder()
  audioWorker = await buildScript('src/server/audio/audio-worker.ts', folder.path, 'audio-worker')
  recording = await readFile(resolve(import.meta.dirname, '../../src/server/audio/fixtures/two-tones.wav'))
})
afterAll(() => folder.remove())

/** The real worker behind a gate: no recording is measured before it is opened. */
async function gatedWorker() {
  const name = newKey()
  const gate = join(folder.path, `${name}.open`)
  const script = join(folder.path, `${name}.mjs`)
  await writeFile(
    script,
    `import { existsSync } from 'node:fs'
    import { setTimeout as wait } from 'node:timers/promises'
    while (!existsSync(${JSON.stringify(gate)})) await wait(10)
    await import(${JSON.stringify(pathToFileURL(audioWorker).href)})`,
  )
  return { script, open: () => writeFile(gate, '') }
}

interface Member {
  readonly url: string
  readonly id: string
  readonly token: string
  readonly refreshToken: string
}

async function member({ url }: { readonly url: string }, email: string): Promise<Member> {
  const { access_token: token, refresh_token: refreshToken, account } = await signIn(url, email)
  return { url, id: account.id, token, refreshToken }
}

const uploadRecording = ({ url, token }: Member) =>
  uploadFile(url, token, recording, { name: 'Lecture 4.wav', contentType: 'audio/wav' })
const uploadRoster = ({ url, token }: Member, content: string) =>
  uploadFile(url, token, content, { name: 'Chemistry.csv' })

const order = ({ url, token }: Member, body: JobOrder, key = newKey()) =>
  call(url, token, 'startJob', { body, key })
const orderReply = ({ url, token }: Member, body: JobOrder) =>
  callReply(url, token, 'startJob', { body, key: newKey() })
const look = ({ url, token }: Member, { id }: Pick<Job, 'id'>) =>
  call(url, token, 'getJob', { params: { jobId: id } })
const cancel = ({ url, token }: Member, { id }: Pick<Job, 'id'>) =>
  call(url, token, 'cancelJob', { params: { jobId: id } })
const balance = async ({ url, token }: Member) =>
  (await call(url, token, 'getCredits', { query: { refresh: 'true' } })).balance
const ledger = async ({ url, token }: Member) =>
  (await call(url, token, 'listCreditEntries', { query: { limit: '200' } })).items

async function hasStatus(who: Member, job: Pick<Job, 'id'>, status: Job['status']): Promise<Job> {
  let seen = await look(who, job)
  await until(
    async () => (seen = await look(who, job)).status === status,
    `a job that is ${status}: ${JSON.stringify(seen)}`,
    30_000,
  )
  return seen
}

/** An order that is done. */
async function done<K extends JobOrder['kind']>(who: Member, body: JobOrder & { kind: K }) {
  const job = await hasStatus(who, await order(who, body), 'done')
  expect(job).toMatchObject({ progress: 1, problem: null })
  expect(job.finishedAt).not.toBeNull()
  if (job.result?.kind !== body.kind) throw new Error('the result is of another kind')
  return { job, result: job.result as Extract<Job['result'], { kind: K }> }
}

async function openProgress({ url, token }: Member, jobId: string, lastEventId?: number) {
  const { path, event: schema } = streamEndpoints.jobProgress
  const closing = new AbortController()
  const response = await fetch(url + path.replace(':jobId', jobId), {
    headers: {
      authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }),
    },
    signal: closing.signal,
  })
  const events: { id: number; event: JobEvent }[] = []
  const parser = createParser({
    onEvent: ({ id, data }) => events.push({ id: Number(id), event: schema.parse(JSON.parse(data)) }),
  })
  const read = async () => {
    const utf8 = new TextDecoder()
    for await (const bytes of response.body!) parser.feed(utf8.decode(bytes, { stream: true }))
  }
  return {
    response,
    events,
    over: read().catch(() => undefined),
    close: () => closing.abort(),
  }
}

/** Every event of a job from the one after `lastEventId` to its last. */
async function wholeProgress(who: Member, jobId: string, lastEventId = 0) {
  const stream = await openProgress(who, jobId, lastEventId)
  await stream.over
  const { events } = stream
  expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => lastEventId + index + 1))
  expect(events.map(({ event }) => event.job.version)).toEqual(events.map(({ id }) => id))
  expect(events.map(({ event }) => event.type === 'finished')).toEqual(
    events.map((_, index) => index === events.length - 1),
  )
  return events.map(({ event }) => event.job)
}

async function jobsSocket({ url, token }: Member) {
  const ws = new WebSocket(url.replace(/^http/, 'ws') + JOBS_SOCKET_PATH)
  const frames: JobsFrame[] = []
  ws.on('message', (data) => {
    expect((data as Buffer).length).toBeLessThanOrEqual(MAX_FRAME_BYTES)
    frames.push(JobsFrame.parse(JSON.parse(data.toString())))
  })
  const closed = once(ws, 'close').then(([code]) => Number(code))
  const send = (frame: ClientFrame) => ws.send(JSON.stringify(frame))
  await once(ws, 'open')
  send({ type: 'hello', accessToken: token, afterSeq: null })
  await until(() => frames.length > 0, 'a welcome')
  const [welcome] = frames
  if (welcome?.type !== 'welcome') throw new Error('the first frame is no welcome')
  return {
    welcome,
    frames,
    closed,
    send,
    close: () => ws.close(),
    of: (jobId: string) =>
      frames.flatMap((frame) => (frame.type === 'job' && frame.job.id === jobId ? [frame.job] : [])),
  }
}

const CHEM: JobOrder & { kind: 'attendance-export' } = { kind: 'attendance-export', course: 'CHEM 232' }

describe('a job', () => {
  let server: TestServer
  let maya: Member
  let noah: Member

  beforeAll(async () => {
    server = await demoServer({}, { audioWorker })
    maya = await member(server, MAYA)
    noah = await member(server, NOAH)
  })
  afterAll(() => server.end())

  test('enrols the people of a roster, says which lines it left out, and tells how it went', async () => {
    const fileId = await uploadRoster(
      maya,
      '\ufeffE-mail;Name;EMAIL;Role\r\n' +
        'x;Noah Bennett;NOAH.BENNETT@northfield.example;\r\n' +
        'x;"Weiss; Änne";aenne.weiss@north.example;\r\n' +
        'x;Ivo Marić;ivo.maric@north.example;assistant\r\n' +
        'x;The Head;head@north.example;admin\r\n' +
        'x;No Address;;\r\n',
    )
    const course = 'CHEM 999'
    const { job, result } = await done(maya, { kind: 'roster-import', fileId, course })
    expect(job).toMatchObject({ title: 'Chemistry.csv', cost: 0, attempts: 1 })
    expect(result).toEqual({
      kind: 'roster-import',
      created: 2,
      enrolled: 3,
      known: 0,
      skipped: [
        { line: 5, problem: 'Administrators cannot be made by an import.' },
        { line: 6, problem: 'The e-mail address is missing.' },
      ],
      skippedCount: 2,
    })
    const history = await wholeProgress(maya, job.id)
    expect(history[0]).toMatchObject({ status: 'queued', version: 1, step: 'Waiting for its turn' })
    expect(history.at(-1)).toEqual(job)

    const again = await done(maya, { kind: 'roster-import', fileId, course })
    expect(again.result).toMatchObject({ created: 0, enrolled: 0, known: 3 })
  })

  test('refuses a roster that names no columns, in plain words, and enrols nobody', async () => {
    const fileId = await uploadRoster(maya, 'Ivo Marić,ivo.maric@north.example\n')
    const job = await order(maya, { kind: 'roster-import', fileId, course: 'CHEM 998' })
    const { problem, result } = await hasStatus(maya, job, 'failed')
    expect(problem).toBe(
      'The first line has to name the columns: “name” and “email”, and “role” if you like.',
    )
    expect(result).toBeNull()
  })

  test('puts the attendance of a course into a file of the library', async () => {
    const { job, result } = await done(maya, CHEM)
    expect(job.title).toBe('CHEM 232')
    const file = await call(server.url, maya.token, 'getFile', { params: { fileId: result.fileId } })
    expect(file).toMatchObject({ status: 'ready', contentType: 'text/csv' })
    expect(file.name).toMatch(/^Attendance CHEM 232 \d{4}-\d\d-\d\d\.csv$/)
    const response = await fetch(`${server.url}/files/${result.fileId}/content`, {
      headers: { authorization: `Bearer ${maya.token}` },
    })
    const lines = (await response.text()).trimEnd().split('\r\n')
    expect(result.rows).toBeGreaterThan(0)
    expect(lines).toHaveLength(result.rows + 1)
    expect(lines.slice(1).every((line) => line.includes('CHEM 232'))).toBe(true)
    await wholeProgress(maya, job.id)
  })

  test('of a course that nobody was in says so, and makes no file', async () => {
    const before = await call(server.url, maya.token, 'listFiles')
    const job = await order(maya, { kind: 'attendance-export', course: 'No such course' })
    const { problem } = await hasStatus(maya, job, 'failed')
    expect(problem).toBe('Nobody has been in a live session of this course yet.')
    expect(await call(server.url, maya.token, 'listFiles')).toEqual(before)
  })

  test('measures a recording for what was quoted, and tells of it over the WebSocket', async () => {
    const fileId = await uploadRecording(noah)
    const wanted: JobOrder & { kind: 'audio-analysis' } = { kind: 'audio-analysis', fileId }
    const before = await balance(noah)
    const quote = await call(server.url, noah.token, 'quoteJob', { body: wanted })
    expect(quote).toEqual({ cost: 1, balance: before })
    expect(await balance(noah)).toBe(before)

    const socket = await jobsSocket(noah)
    const { job, result } = await done(noah, wanted)
    expect(result).toMatchObject({ durationSeconds: 0.75, sampleRate: 8000, channels: 2, complete: true })
    expect(result.peaks.length).toBeGreaterThan(100)
    expect(await balance(noah)).toBe(before - 1)
    expect((await ledger(noah))[0]).toMatchObject({
      amount: -1,
      note: 'Analysis of a recording: Lecture 4.wav',
    })

    await until(() => socket.of(job.id).at(-1)?.status === 'done', 'a frame of the job that is done')
    const told = socket.of(job.id).map(({ version }) => version)
    expect(told).toEqual([...new Set(told)].sort((a, b) => a - b))
    expect(socket.of(job.id).at(-1)).toEqual(job)
    socket.close()
    expect((await jobsSocket(noah)).welcome.jobs).toContainEqual(job)
  })

  test('that fails gives back what it cost', async () => {
    const bytes = await readFile(
      resolve(import.meta.dirname, '../../src/server/audio/fixtures/two-tones.m4a'),
    )
    const fileId = await uploadFile(noah.url, noah.token, bytes, {
      name: 'phone.m4a',
      contentType: 'audio/mp4',
    })
    const before = await balance(noah)
    const job = await hasStatus(noah, await order(noah, { kind: 'audio-analysis', fileId }), 'failed')
    expect(job.problem).toMatch(/^[A-Z].*\.$/)
    expect(await balance(noah)).toBe(before)
    expect((await ledger(noah)).slice(0, 2)).toMatchObject([
      { amount: 1, note: 'Given back: Analysis of a recording: phone.m4a' },
      { amount: -1 },
    ])
  })

  test('ordered twenty times at once with one key is one job, and is paid once', async () => {
    const fileId = await uploadRecording(noah)
    const before = await balance(noah)
    const key = newKey()
    const jobs = await Promise.all(
      Array.from({ length: 20 }, () => order(noah, { kind: 'audio-analysis', fileId }, key)),
    )
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1)
    expect(await balance(noah)).toBe(before - 1)
    await hasStatus(noah, jobs[0]!, 'done')
    await call(server.url, noah.token, 'deleteFile', { params: { fileId } })
    const later = await order(noah, { kind: 'audio-analysis', fileId }, key)
    expect(later).toMatchObject({ id: jobs[0]!.id, status: 'done' })
    expect(await balance(noah)).toBe(before - 1)
  })

  test('that is worth more credits than are left is not ordered', async () => {
    const daniel = await member(server, DANIEL)
    const fileId = await uploadRecording(daniel)
    await call(server.url, daniel.token, 'consumeCredits', {
      body: { amount: await balance(daniel), note: 'All of it' },
      key: newKey(),
    })
    expectProblem(await orderReply(daniel, { kind: 'audio-analysis', fileId }), 409, 'not-enough-credits')
    expect((await call(server.url, daniel.token, 'listJobs')).items).toEqual([])
    expect(await balance(daniel)).toBe(0)
  })

  test('of somebody else is not there, and neither is somebody else’s file', async () => {
    const { job } = await done(maya, CHEM)
    for (const reply of [
      await callReply(server.url, noah.token, 'getJob', { params: { jobId: job.id } }),
      await callReply(server.url, noah.token, 'cancelJob', { params: { jobId: job.id } }),
      await ask(server.url, 'GET', `/jobs/${job.id}/events`, {
        headers: { authorization: `Bearer ${noah.token}` },
      }),
      await orderReply(noah, { kind: 'audio-analysis', fileId: await uploadRecording(maya) }),
    ]) {
      expectProblem(reply, 404, 'not-found')
    }
    expect((await jobsSocket(noah)).welcome.jobs.map(({ id }) => id)).not.toContain(job.id)
    expect(await look(maya, job)).toEqual(job)
  })

  test('that enrols or exports is for staff, and each wants a file of its kind', async () => {
    const fileId = await uploadRoster(noah, 'name,email\n')
    expectProblem(await orderReply(noah, { kind: 'roster-import', fileId, course: 'X' }), 403, 'forbidden')
    expectProblem(await orderReply(noah, CHEM), 403, 'forbidden')
    expectProblem(await orderReply(noah, { kind: 'audio-analysis', fileId }), 400, 'invalid-request')
    const sound = await uploadRecording(maya)
    const wrong: JobOrder = { kind: 'roster-import', fileId: sound, course: 'X' }
    expectProblem(await orderReply(maya, wrong), 400, 'invalid-request')
    const priya = await member(server, PRIYA)
    expect((await done(priya, CHEM)).job.status).toBe('done')
  })

  test('is followed from where one left off', async () => {
    const { job } = await done(maya, CHEM)
    const all = await wholeProgress(maya, job.id)
    expect(await wholeProgress(maya, job.id, 1)).toEqual(all.slice(1))
    const after = (lastEventId: number) => openProgress(maya, job.id, lastEventId)
    expect((await after(job.version)).response.status).toBe(204)
    expect((await after(job.version + 1)).response.status).toBe(400)
  })

  test('with a text that cannot be stored is refused', async () => {
    for (const course of ['CHEM \u0000', 'CHEM \ud800']) {
      const reply = await askJson(
        server.url,
        '/jobs',
        { kind: 'attendance-export', course },
        { authorization: `Bearer ${maya.token}`, 'idempotency-key': newKey() },
      )
      expectProblem(reply, 400, 'invalid-request')
    }
  })

  test('that finished long ago fits into the welcome of the WebSocket, or follows it', async () => {
    const priya = await member(server, PRIYA)
    const fileId = await uploadRecording(priya)
    const jobs: Job[] = []
    for (let count = 0; count < 12; count++) {
      jobs.push((await done(priya, { kind: 'audio-analysis', fileId })).job)
    }
    const total = JSON.stringify(jobs).length
    expect(total).toBeGreaterThan(MAX_FRAME_BYTES)
    const { items } = await call(server.url, priya.token, 'listJobs')
    const socket = await jobsSocket(priya)
    await until(() => socket.frames.length === 1 + items.length - socket.welcome.jobs.length, 'all jobs')
    const later = socket.frames.flatMap((frame) => (frame.type === 'job' ? [frame.job] : []))
    expect([...socket.welcome.jobs, ...later]).toEqual(items)
    socket.close()
  })

  test('socket takes a new token, answers pings, and ends with the sign-in', async () => {
    const mine = await member(server, DANIEL)
    const socket = await jobsSocket(mine)
    socket.send({ type: 'ping', id: 7 })
    socket.send({ type: 'reauth', accessToken: mine.token })
    await until(() => socket.frames.some(({ type }) => type === 'reauth-ok'), 'a reauth-ok')
    expect(socket.frames).toContainEqual({ type: 'pong', id: 7 })
    await askJson(server.url, '/auth/revoke', { token: mine.refreshToken })
    expect(await socket.closed).toBe(CLOSE.revoked)
    expect(socket.frames.at(-1)?.type).toBe('revoked')
  })

  test('socket’s address answers plain HTTP with where to go', async () => {
    expectProblem(await ask(server.url, 'GET', JOBS_SOCKET_PATH), 426, 'upgrade-required')
  })
})

describe('while recordings take their time', () => {
  async function slowServer() {
    const gate = await gatedWorker()
    const server = await demoServer({}, { audioWorker: gate.script })
    return { server, open: gate.open }
  }

  test('a job that waits is cancelled at once, one that runs stops, and each is paid back once', async () => {
    const { server, open } = await slowServer()
    try {
      const maya = await member(server, MAYA)
      const fileId = await uploadRecording(maya)
      const before = await balance(maya)
      const [first, second, third] = [
        await order(maya, { kind: 'audio-analysis', fileId }),
        await order(maya, { kind: 'audio-analysis', fileId }),
        await order(maya, { kind: 'audio-analysis', fileId }),
      ]
      await hasStatus(maya, first, 'running')
      expect(await balance(maya)).toBe(before - 3)

      expect(await cancel(maya, second)).toMatchObject({ status: 'cancelled', attempts: 0, startedAt: null })
      const stream = await openProgress(maya, first.id)
      const cancelled = await Promise.all(Array.from({ length: 10 }, () => cancel(maya, first)))
      expect(new Set(cancelled.map((job) => JSON.stringify(job))).size).toBe(1)
      expect(cancelled[0]).toMatchObject({ status: 'cancelled', problem: null, result: null })
      await stream.over
      expect(stream.events.at(-1)?.event).toEqual({ type: 'finished', job: cancelled[0] })

      // Its place is free for the next, though nothing was measured.
      await hasStatus(maya, third, 'running')
      await open()
      const finished = await hasStatus(maya, third, 'done')
      expect(await cancel(maya, third)).toEqual(finished)
      expect(await look(maya, first)).toEqual(cancelled[0])
      expect(await balance(maya)).toBe(before - 1)
      const back = (await ledger(maya)).filter(({ amount, note }) => amount === 1 && note.startsWith('Given'))
      expect(back).toHaveLength(2)
    } finally {
      await open()
      await server.end()
    }
  })

  test('a job whose file was deleted while it waited fails in plain words, and is paid back', async () => {
    const { server, open } = await slowServer()
    try {
      const maya = await member(server, MAYA)
      const before = await balance(maya)
      const [first, fileId] = [
        await order(maya, { kind: 'audio-analysis', fileId: await uploadRecording(maya) }),
        await uploadRecording(maya),
      ]
      const second = await order(maya, { kind: 'audio-analysis', fileId })
      await call(server.url, maya.token, 'deleteFile', { params: { fileId } })
      await cancel(maya, first)
      expect((await hasStatus(maya, second, 'failed')).problem).toMatch(/^There is no such file/)
      expect(await balance(maya)).toBe(before)
    } finally {
      await open()
      await server.end()
    }
  })

  test('nobody waits for more than one job of anybody else', async () => {
    const { server, open } = await slowServer()
    try {
      const [maya, priya, noah] = [
        await member(server, MAYA),
        await member(server, PRIYA),
        await member(server, NOAH),
      ]
      const orders = async (who: Member, count: number) => {
        const fileId = await uploadRecording(who)
        const jobs: Job[] = []
        for (let n = 0; n < count; n++) jobs.push(await order(who, { kind: 'audio-analysis', fileId }))
        return jobs
      }
      const mayas = await orders(maya, 4)
      const priyas = await orders(priya, 4)
      await hasStatus(maya, mayas[0]!, 'running')
      await hasStatus(priya, priyas[0]!, 'running')
      const [noahs] = await orders(noah, 1)
      expect(await look(maya, mayas[1]!)).toMatchObject({ status: 'queued' })
      await open()
      const his = await hasStatus(noah, noahs!, 'done')
      const begun = async (who: Member, jobs: Job[]) =>
        (await Promise.all(jobs.map((job) => hasStatus(who, job, 'done')))).map(({ startedAt }) => startedAt!)
      const [ofMaya, ofPriya] = [await begun(maya, mayas), await begun(priya, priyas)]
      expect(ofMaya).toEqual(ofMaya.toSorted())
      // One of each was running already.
      expect([...ofMaya, ...ofPriya].filter((at) => at < his.startedAt!)).toHaveLength(2)
    } finally {
      await open()
      await server.end()
    }
  })

  test('one account keeps fifty jobs waiting at most, also when it orders many at once', async () => {
    const { server, open } = await slowServer()
    try {
      const maya = await member(server, MAYA)
      const fileId = await uploadRecording(maya)
      const before = await balance(maya)
      const replies = await Promise.all(
        Array.from({ length: 60 }, () => orderReply(maya, { kind: 'audio-analysis', fileId })),
      )
      const refused = replies.filter(({ status }) => status !== 200)
      expect(refused).toHaveLength(10)
      for (const reply of refused) expectProblem(reply, 409, 'conflict')
      expect(await balance(maya)).toBe(before - 50)
    } finally {
      await open()
      await server.end()
    }
  })

  test('a server that stops says so on the socket, and the next one does the job', async () => {
    const { server, open } = await slowServer()
    let next: RunningServer | undefined
    try {
      const before = await member(server, MAYA)
      const job = await order(before, { kind: 'audio-analysis', fileId: await uploadRecording(before) })
      await hasStatus(before, job, 'running')
      const socket = await jobsSocket(before)
      expect(socket.welcome.jobs).toMatchObject([{ id: job.id, status: 'running' }])
      const stream = await openProgress(before, job.id)
      await until(() => stream.events.length > 0, 'an event')
      await server.close()
      await socket.closed
      await stream.over
      expect(socket.frames.some(({ type }) => type === 'going-away')).toBe(true)

      next = await createServer({ ...readSettings(server.environment), audioWorker })
      const after = await member(next, MAYA)
      const known = stream.events.at(-1)!.id
      const rest = await wholeProgress(after, job.id, known)
      expect(rest.at(-1)).toMatchObject({ status: 'done', attempts: 2, version: known + rest.length })
      expect((await ledger(after)).filter(({ note }) => note.includes('Lecture 4'))).toHaveLength(1)
    } finally {
      await open()
      await next?.close()
      await server.end()
    }
  })
})

describe('when servers die', () => {
  /** A recording that was ordered and not measured, the server that was to do it closed, and its data open. */
  async function leftBehind() {
    const gate = await gatedWorker()
    const server = await demoServer({}, { audioWorker: gate.script })
    const maya = await member(server, MAYA)
    const before = await balance(maya)
    const job = await order(maya, { kind: 'audio-analysis', fileId: await uploadRecording(maya) })
    await hasStatus(maya, job, 'running')
    await server.close()
    const database = await server.openDatabase()
    const change = (columns: UpdateObject<OwnTables, 'jobs'>) =>
      database.ownRows.of(maya.id, (tx) =>
        tx.updateTable('jobs').set(columns).where('id', '=', job.id).execute(),
      )
    const row = () =>
      database.ownRows.of(maya.id, (tx) =>
        tx.selectFrom('jobs').selectAll().where('id', '=', job.id).executeTakeFirstOrThrow(),
      )
    return {
      job,
      before,
      database,
      change,
      row,
      /** What a server killed a while ago leaves. */
      killed: (breakdowns: number) =>
        change({ status: 'running', worker: newKey(), worker_until: new Date(0), breakdowns }),
      async restart() {
        await database.close()
        const next = await createServer({ ...readSettings(server.environment), audioWorker })
        return { next, who: await member(next, MAYA) }
      },
      /** A runner of jobs on the same data, which measures as it is told. */
      async runner(analyse: Analyse) {
        const { db, ownRows, notices } = database
        const failed = () => undefined
        const { storage } = readSettings(server.environment)
        const store = await openObjectStore(storage, await installationId(db))
        const library = await createLibrary({ db, ownRows, store, failed })
        const credits = createCredits({ db, ownRows, notices })
        const metrics = { jobFinished: () => undefined }
        const jobs = createJobs({ db, ownRows, notices, credits, library, analyse, metrics, failed })
        const close = async () => {
          await jobs.close()
          await library.close()
          await store.close()
        }
        return { ...jobs, close }
      },
      async end() {
        await database.close()
        await server.end()
      },
    }
  }

  const measured: Awaited<ReturnType<Analyse>> = {
    ok: true,
    value: {
      durationSeconds: 1,
      sampleRate: 8000,
      channels: 1,
      peaks: [0.5],
      samplePeak: -6,
      loudness: -20,
      complete: true,
    },
  }

  test('a job whose server was killed is begun again', async () => {
    const left = await leftBehind()
    await left.killed(0)
    const { next, who } = await left.restart()
    try {
      expect(await hasStatus(who, left.job, 'done')).toMatchObject({ attempts: 2 })
      expect(await balance(who)).toBe(left.before - 1)
    } finally {
      await next.close()
      await left.end()
    }
  })

  test('a job in the middle of which the server was killed three times fails, and is paid back', async () => {
    const left = await leftBehind()
    await left.killed(2)
    const { next, who } = await left.restart()
    try {
      const { problem, result } = await hasStatus(who, left.job, 'failed')
      expect(problem).toMatch(/^The server stopped three times in the middle of this/)
      expect(result).toBeNull()
      expect(await balance(who)).toBe(left.before)
      const history = await wholeProgress(who, left.job.id)
      expect(history.at(-1)).toMatchObject({ status: 'failed', problem })
    } finally {
      await next.close()
      await left.end()
    }
  })

  test('an error nobody expected is no end: the job is tried again', async () => {
    const left = await leftBehind()
    let calls = 0
    const jobs = await left.runner(async () => {
      if (++calls === 1) throw new Error('the disk is full')
      return measured
    })
    try {
      jobs.begin()
      await until(async () => (await left.row()).status === 'done', 'a job that is done')
      expect(await left.row()).toMatchObject({ attempts: 3, breakdowns: 1 })
    } finally {
      await jobs.close()
      await left.end()
    }
  })

  test('one that goes wrong again and again fails, and is paid back', async () => {
    const left = await leftBehind()
    await left.change({ breakdowns: 2 })
    const jobs = await left.runner(() => Promise.reject(new Error('the disk is full')))
    jobs.begin()
    await until(async () => (await left.row()).status === 'failed', 'a job that failed').finally(jobs.close)
    expect((await left.row()).problem).toMatch(/^Something went wrong on the server, three times/)
    const { next, who } = await left.restart()
    expect(await balance(who)).toBe(left.before)
    await next.close()
    await left.end()
  })

  test('a worker that loses its job to another one stops, and what it found does not count', async () => {
    const left = await leftBehind()
    let signal: AbortSignal | undefined
    let finish = (_: typeof measured) => {}
    const jobs = await left.runner((asked) => {
      signal = asked.signal
      return new Promise((resolve) => (finish = resolve))
    })
    try {
      jobs.begin()
      await until(() => signal !== undefined, 'a worker')
      const other = newKey()
      await left.change({ worker: other, worker_until: new Date(Date.now() + 3600_000) })
      await until(() => signal?.aborted === true, 'a worker that stops')
      finish(measured)
      await jobs.close()
      expect(await left.row()).toMatchObject({ status: 'running', worker: other, result: null })
    } finally {
      await left.end()
    }
  })

  test('work that goes on fast is told of four times a second', async () => {
    const left = await leftBehind()
    const { version: known } = await left.row()
    let seconds = 0
    const jobs = await left.runner(async ({ onProgress }) => {
      const begun = performance.now()
      for (let n = 0; n < 1000; n++) {
        onProgress?.(n / 1000)
        await wait(1)
      }
      seconds = (performance.now() - begun) / 1000
      return measured
    })
    try {
      jobs.begin()
      await until(async () => (await left.row()).status === 'done', 'a job that is done')
      const told = (await left.row()).version - known
      expect(told).toBeGreaterThanOrEqual(4)
      // Besides: that it began, the first of it, and that it is done.
      expect(told).toBeLessThanOrEqual(4 * seconds + 3)
    } finally {
      await jobs.close()
      await left.end()
    }
  })

  test('an import goes on where it was, and counts nobody twice', async () => {
    const people = 12_000
    const server = await demoServer()
    let next: RunningServer | undefined
    try {
      const maya = await member(server, MAYA)
      const lines = Array.from({ length: people }, (_, n) => `Learner ${n},learner.${n}@north.example\n`)
      const fileId = await uploadRoster(maya, `name,email\n${lines.join('')}`)
      const job = await order(maya, { kind: 'roster-import', fileId, course: 'CHEM 500' })
      const stream = await openProgress(maya, job.id)
      await until(() => stream.events.some(({ event }) => event.job.progress > 0.2), 'some progress')
      await server.close()
      await stream.over
      expect(stream.events.at(-1)?.event.type).toBe('progress')

      next = await createServer(readSettings(server.environment))
      const after = await member(next, MAYA)
      const finished = await hasStatus(after, job, 'done')
      expect(finished.attempts).toBe(2)
      expect(finished.result).toMatchObject({ created: people, enrolled: people, known: 0, skipped: [] })
      await wholeProgress(after, job.id)
    } finally {
      await next?.close()
      await server.end()
    }
  })

  test('what finished a month ago is forgotten, and nothing else', async () => {
    const left = await leftBehind()
    const jobs = await left.runner(async () => measured)
    try {
      jobs.begin()
      await until(async () => (await left.row()).status === 'done', 'a job that is done')
      expect(await jobs.forgetFinished()).toBe(0)
      const age = (days: number) => left.change({ finished_at: new Date(Date.now() - days * 24 * 3600_000) })
      await age(29)
      expect(await jobs.forgetFinished()).toBe(0)
      await age(31)
      const { account_id: accountId } = await left.row()
      expect(await jobs.forgetFinished()).toBe(1)
      const events = await left.database.ownRows.of(accountId, (tx) =>
        tx.selectFrom('job_events').selectAll().execute(),
      )
      expect(events).toEqual([])
    } finally {
      await jobs.close()
      await left.end()
    }
  })
})

if (onPostgres) {
  describe('on two servers', () => {
    test('a job is followed, and cancelled, on the one that does not do it', async () => {
      const gate = await gatedWorker()
      const server = await demoServer({}, { audioWorker: gate.script })
      // Its worker never comes to an end, should it do the job.
      const other = await createServer({ ...readSettings(server.environment), audioWorker: gate.script })
      try {
        const here = await member(server, MAYA)
        const there = { ...here, url: other.url }
        const fileId = await uploadRecording(here)
        const socket = await jobsSocket(there)
        const first = await order(here, { kind: 'audio-analysis', fileId })
        const second = await order(here, { kind: 'audio-analysis', fileId })
        const streams = await Promise.all([first, second].map(({ id }) => openProgress(there, id)))
        await until(() => socket.of(first.id).at(-1)?.status === 'running', 'a frame of the job that runs')
        expect(await cancel(there, first)).toMatchObject({ status: 'cancelled' })
        await until(() => socket.of(second.id).at(-1)?.status === 'running', 'the next job')
        await gate.open()
        await Promise.all(streams.map(({ over }) => over))
        expect(streams.map(({ events }) => events.at(-1)?.event.job.status)).toEqual(['cancelled', 'done'])
        await until(() => socket.of(second.id).at(-1)?.status === 'done', 'a frame of the job that is done')
      } finally {
        await gate.open()
        await other.close()
        await server.end()
      }
    })
  })
}
