/** The server killed with -9 in the middle of writes, again and again: what it said yes to is there. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { byteEndpoints } from '../../src/contract/bytes.ts'
import type { TokenResponse } from '../../src/contract/credentials.ts'
import { seeded } from '../harness/seeded.ts'
import { startServerChild, type ServerChild } from './server-child.ts'
import {
  ADMIN,
  ask,
  call,
  callReply,
  CHEMISTRY,
  enterSocket,
  newKey,
  NOAH,
  rotate,
  rotated,
  say,
  sessionTitled,
  signIn,
  demoData,
  until,
  uploadFile,
  uploadHeaders,
} from './server-client.ts'

const ROUNDS = 25
const seed = Number(process.env['LECTERN_KILL_SEED'] ?? Date.now() % 1_000_000)
const FILE_BYTES = 4 * 1024 * 1024
const PIECE = 16 * 1024

let data: Awaited<ReturnType<typeof demoData>>
let server: ServerChild | null = null
let url = ''

async function start(): Promise<void> {
  server = startServerChild(data.environment)
  url = (await server.said).url
}

beforeAll(async () => {
  console.log(`LECTERN_KILL_SEED=${seed} repeats these kills`)
  data = await demoData()
  await start()
})
afterAll(async () => {
  await server?.kill()
  await data.remove()
})

/** Bytes that differ everywhere, so that a piece in the wrong place is seen. */
const recording = Buffer.alloc(FILE_BYTES)
for (let at = 0; at < FILE_BYTES; at += 4) recording.writeUInt32LE((at * 2654435761) >>> 0, at)
// What makes it a WAV file of 16-bit samples to whoever looks.
recording.write('RIFF', 0)
recording.writeUInt32LE(FILE_BYTES - 8, 4)
recording.write('WAVEfmt ', 8)
Buffer.from('10000000010001004000000080000000020010006461746100000000', 'hex').copy(recording, 16)
recording.writeUInt32LE(FILE_BYTES - 44, 40)

test(
  `killed ${ROUNDS} times, it loses nothing it said yes to: messages, tokens, credits, bytes`,
  { timeout: 300_000 },
  async () => {
    const random = seeded(seed)
    const { access_token: token, account } = await signIn(url)
    const { id: room } = await sessionTitled(url, token, CHEMISTRY)
    await call(url, (await signIn(url, ADMIN)).access_token, 'grantCredits', {
      params: { accountId: account.id },
      key: newKey(),
      body: { amount: 1_000_000, note: 'for being killed' },
    })
    const before = (await call(url, token, 'getCredits', { query: { refresh: 'true' } })).balance
    const file = await call(url, token, 'createUpload', {
      key: newKey(),
      body: { name: 'lecture.wav', contentType: 'audio/wav', size: FILE_BYTES },
    })

    const messages = new Map<string, { id: string; seq: number }>()
    const spent = new Map<string, number>()
    let rotations = 0
    let offset = 0
    let noah: TokenResponse = await signIn(url, NOAH)
    let pending = newKey()

    const bytesPath = byteEndpoints.uploadPart.path.replace(':fileId', file.id)
    const upload = (piece: Buffer) =>
      fetch(url + bytesPath, {
        method: 'PATCH',
        body: new Uint8Array(piece),
        headers: uploadHeaders(token, offset),
      })
    const stored = async () => {
      const { status, headers } = await ask(url, 'HEAD', bytesPath, {
        headers: { authorization: `Bearer ${token}`, 'tus-resumable': '1.0.0' },
      })
      expect(status).toBe(200)
      return Number(headers.get('upload-offset'))
    }

    for (let round = 0; round < ROUNDS; round++) {
      let killed = false
      /** Does one thing after the other until the server is gone; only then may it fail. */
      const over = async (work: () => Promise<unknown>) => {
        while (!killed) {
          try {
            await work()
          } catch (error) {
            if (!killed) throw error
          }
        }
      }
      const speak = async () => {
        const key = newKey()
        messages.set(key, await say(url, token, room, `round ${round}, ${key}`, key))
      }
      const spend = async () => {
        const key = newKey()
        const { entry } = await call(url, token, 'consumeCredits', {
          key,
          body: { amount: 1, note: `round ${round}` },
        })
        spent.set(key, entry.seq)
      }
      const renew = async () => {
        noah = await rotated(url, noah.refresh_token, pending)
        pending = newKey()
        rotations++
      }
      const send = async () => {
        if (offset >= FILE_BYTES) return void (await new Promise((resolve) => setTimeout(resolve, 20)))
        const { status, headers } = await upload(recording.subarray(offset, offset + PIECE))
        expect(status).toBe(204)
        offset = Number(headers.get('upload-offset'))
      }
      const writing = Promise.all([over(speak), over(speak), over(spend), over(renew), over(send)])
      const enough = messages.size + 3 + Math.floor(random() * 25)
      await until(() => messages.size >= enough, 'enough accepted messages')
      killed = true
      await server?.kill()
      await writing
      await start()

      // The refresh token that was acknowledged last, with the key that may have been used: never thrown out.
      const again = await rotate(url, noah.refresh_token, pending)
      expect(again.json).toMatchObject({ token_type: 'Bearer' })
      noah = again.json as TokenResponse
      pending = newKey()
      // Nothing acknowledged is missing, and more than that may have arrived.
      const there = await stored()
      expect(there).toBeGreaterThanOrEqual(offset)
      offset = there
    }

    const socket = await enterSocket(url, room, token, 0)
    const { seq: last } = await socket.frame('welcome')
    await until(() => socket.events.length === last, 'the whole log')
    expect(socket.events.map(({ seq }) => seq)).toEqual(Array.from({ length: last }, (_, n) => n + 1))
    const kept = socket.events.flatMap(({ event }) =>
      event.type === 'message-posted' ? [event.message] : [],
    )
    expect(new Set(kept.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(kept.length)
    const byKey = new Map(kept.map((message) => [message.idempotencyKey, message]))
    for (const [key, { id, seq }] of messages) expect(byKey.get(key)).toMatchObject({ id, seq })
    socket.close()

    const entries = []
    for (let beforeSeq: number | undefined; ;) {
      const page = await call(url, token, 'listCreditEntries', {
        query: { limit: '200', ...(beforeSeq === undefined ? {} : { beforeSeq: String(beforeSeq) }) },
      })
      entries.push(...page.items)
      if (!page.hasMore) break
      beforeSeq = page.items.at(-1)?.seq
    }
    const ofRounds = entries.filter(({ note }) => note.startsWith('round '))
    expect(ofRounds.length).toBeGreaterThanOrEqual(spent.size)
    const seqs = new Set(ofRounds.map(({ seq }) => seq))
    for (const seq of spent.values()) expect(seqs).toContain(seq)
    // Asked again with the same key, nothing is spent again.
    const [key, seq] = [...spent].at(-1)!
    const body = { amount: 1, note: `round ${ROUNDS - 1}` }
    expect((await call(url, token, 'consumeCredits', { key, body })).entry.seq).toBe(seq)
    const { balance } = await call(url, token, 'getCredits', { query: { refresh: 'true' } })
    expect(balance).toBe(before - ofRounds.length)

    while (offset < FILE_BYTES) {
      const { headers } = await upload(recording.subarray(offset, offset + 512 * 1024))
      offset = Number(headers.get('upload-offset'))
    }
    expect(await call(url, token, 'getFile', { params: { fileId: file.id } })).toMatchObject({
      status: 'ready',
    })
    const content = await fetch(url + byteEndpoints.fileContent.path.replace(':fileId', file.id), {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(Buffer.from(await content.arrayBuffer()).equals(recording)).toBe(true)
    expect(await callReply(url, token, 'listLiveSessions')).toMatchObject({ status: 200 })
    console.log(
      `${ROUNDS} kills: ${messages.size} messages, ${rotations} rotations, ${spent.size} credits acknowledged, none lost`,
    )
  },
)

test(
  'a job that was under way when the server was killed is finished by the next one, once',
  { timeout: 300_000 },
  async () => {
    const { access_token: token } = await signIn(url)
    const PEOPLE = 6000
    const roster = [
      'name,email',
      ...Array.from({ length: PEOPLE }, (_, n) => `Person ${n},p${n}@kill.example`),
    ].join('\n')
    const fileId = await uploadFile(url, token, roster)
    const body = { kind: 'roster-import', fileId, course: 'KILL 101' } as const
    const { id: jobId } = await call(url, token, 'startJob', { key: newKey(), body })
    const job = () => call(url, token, 'getJob', { params: { jobId } })

    let kills = 0
    for (const reached of [0.1, 0.5]) {
      await until(async () => (await job()).progress >= reached, `a job that is ${reached * 100} % done`)
      if ((await job()).status === 'running') kills++
      await server?.kill()
      await start()
    }
    await until(async () => (await job()).finishedAt !== null, 'the end of the job', 120_000)
    expect(await job()).toMatchObject({
      status: 'done',
      attempts: kills + 1,
      result: { kind: 'roster-import', created: PEOPLE, enrolled: PEOPLE, known: 0, skippedCount: 0 },
    })
    expect(kills).toBeGreaterThan(0)
  },
)
