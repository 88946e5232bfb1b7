import { createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { Kysely, PostgresDialect } from 'kysely'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nobodyElse } from './database/notices.ts'
import { createOwnRows } from './database/own-rows.ts'
import type { Tables } from './database/schema.ts'
import { createMetrics } from './metrics.ts'

/** Takes connections and never says a word, as a database does that hangs. */
const silent = createServer((socket) => open.add(socket))
const open = new Set<Socket>()
let pool: Pool

beforeAll(async () => {
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  pool = new Pool({ host: '127.0.0.1', port, user: 'nobody', password: 'none', database: 'none' })
})
afterAll(async () => {
  for (const socket of open) socket.destroy()
  silent.close()
  await pool.end()
})

function metrics() {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return createMetrics({ db, ownRows: createOwnRows(db), pool, notices: { ...nobodyElse, lost: () => 7 } })
}

test('while the database hangs the page comes in time, says so, and has everything else', async () => {
  const counted = metrics()
  counted.refresh('replayed')
  const began = performance.now()
  const { text, contentType } = await counted.page()
  expect(performance.now() - began).toBeLessThan(5000)
  expect(contentType).toMatch(/^text\/plain/)
  expect(text).toMatch(/^lectern_database_up 0$/m)
  expect(text).toMatch(/^lectern_refreshes_total\{outcome="replayed"\} 1$/m)
  expect(text).toMatch(/^lectern_database_waiting \d+$/m)
  expect(text).toMatch(/^lectern_notices_connections_lost_total 7$/m)
  expect(text).toMatch(/^process_cpu_user_seconds_total /m)
  // No number at all is better than one that is not so.
  expect(text).not.toMatch(/^lectern_(participants|unfinished_jobs|live_sessions)\S* \d/m)
})

test('what has never happened is there with 0, so that its first time is a change', async () => {
  const { text } = await metrics().page()
  for (const sample of [
    'lectern_sign_ins_ended_total{reason="reused"} 0',
    'lectern_refreshes_total{outcome="unknown"} 0',
    'lectern_sockets_closed_total{socket="jobs",reason="hello-timeout"} 0',
    'lectern_streams_opened_total{stream="assistantReply",resumed="true"} 0',
    'lectern_open_sockets{socket="room"} 0',
  ]) {
    expect(text.split('\n')).toContain(sample)
  }
})
