import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCredits } from '../../src/server/credits/credits.ts'
import type { Caller } from '../../src/server/sign-in/token-families.ts'
import { createServer, type RunningServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import {
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
  signInReply,
  until,
  type TestServer,
} from './server-client.ts'

const ADMIN = {
  LECTERN_ADMIN_EMAIL: 'head@northfield.example',
  LECTERN_ADMIN_PASSWORD: 'only-for-these-tests',
}

let server: TestServer
/** Another server on the same data; on PGlite, which has one only, the same. */
let other: RunningServer
let admin: string
let maya: { id: string; token: string }

beforeAll(async () => {
  server = await demoServer(ADMIN)
  other = onPostgres ? await createServer(readSettings(server.environment)) : server
  const { json } = await signInReply(server.url, ADMIN.LECTERN_ADMIN_EMAIL, ADMIN.LECTERN_ADMIN_PASSWORD)
  admin = (json as { access_token: string }).access_token
  maya = await somebody(MAYA)
})
afterAll(async () => {
  if (other !== server) await other.close()
  await server.end()
})

async function somebody(email: string) {
  const { access_token: token, account } = await signIn(server.url, email)
  return { id: account.id, token }
}

const grant = (accountId: string, amount: number, key = newKey()) =>
  call(server.url, admin, 'grantCredits', {
    params: { accountId },
    body: { amount, note: 'For the exam week' },
    key,
  })

const consume = (token: string, amount: number, key = newKey(), at: RunningServer = server) =>
  callReply(at.url, token, 'consumeCredits', { body: { amount, note: 'An analysis' }, key })

const credits = (token: string, at: RunningServer = server, refresh = false) =>
  call(at.url, token, 'getCredits', { query: { refresh: String(refresh) } })

async function wholeLedger(token: string) {
  const entries = []
  for (let beforeSeq: number | undefined; ; beforeSeq = entries.at(-1)?.seq) {
    const { items, hasMore } = await call(server.url, token, 'listCreditEntries', {
      query: { limit: '40', ...(beforeSeq === undefined ? {} : { beforeSeq: String(beforeSeq) }) },
    })
    entries.push(...items)
    if (!hasMore) return entries.reverse()
  }
}

/** Leaves exactly so many. */
async function leave(person: { id: string; token: string }, wanted: number): Promise<void> {
  const { balance } = await credits(person.token, server, true)
  if (balance < wanted) await grant(person.id, wanted - balance)
  if (balance > wanted) expect((await consume(person.token, balance - wanted)).status).toBe(200)
}

test('a new person of the demo school has something to spend, and the ledger says why', async () => {
  const { token } = await somebody('priya.nair@northfield.example')
  const { balance } = await credits(token)
  expect(balance).toBeGreaterThan(0)
  const [first] = await wholeLedger(token)
  expect(first).toMatchObject({ seq: 1, amount: balance, balance, note: 'Welcome to Northfield' })
})

test('a server that starts again gives the demo school nothing more', async () => {
  const again = await demoServer()
  try {
    const { access_token: token } = await signIn(again.url, NOAH)
    const before = await credits(token, again)
    await again.close()
    const third = await createServer(readSettings(again.environment))
    try {
      const { access_token: now } = await signIn(third.url, NOAH)
      expect((await credits(now, third)).balance).toBe(before.balance)
    } finally {
      await third.close()
    }
  } finally {
    await again.end()
  }
})

test('of a hundred purchases at once on two servers, exactly those succeed that can be paid', async () => {
  await leave(maya, 30)
  const replies = await Promise.all(
    Array.from({ length: 100 }, (_, turn) => consume(maya.token, 1, newKey(), turn % 2 ? server : other)),
  )
  const paid = replies.filter(({ status }) => status === 200)
  expect(paid).toHaveLength(30)
  for (const reply of replies) if (reply.status !== 200) expectProblem(reply, 409, 'not-enough-credits')
  expect((await credits(maya.token, server, true)).balance).toBe(0)
})

test('the ledger adds up, line by line', async () => {
  const entries = await wholeLedger(maya.token)
  expect(entries.length).toBeGreaterThan(30)
  let balance = 0
  for (const [position, entry] of entries.entries()) {
    balance += entry.amount
    expect(entry).toMatchObject({ seq: position + 1, balance })
  }
  const { balance: now } = await credits(maya.token, server, true)
  expect(now).toBe(balance)
})

test('a purchase sent again and again with the same key is paid once, and tells the same receipt', async () => {
  await leave(maya, 10)
  const key = newKey()
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, turn) => consume(maya.token, 4, key, turn % 2 ? server : other)),
  )
  const entries = replies.map(({ json }) => (json as { entry: unknown }).entry)
  expect(new Set(entries.map((entry) => JSON.stringify(entry))).size).toBe(1)
  expect((await credits(maya.token, server, true)).balance).toBe(6)
})

test('a key that was used for one amount buys nothing for another', async () => {
  await leave(maya, 10)
  const key = newKey()
  expect((await consume(maya.token, 3, key)).status).toBe(200)
  expectProblem(await consume(maya.token, 4, key), 409, 'conflict')
  expect((await credits(maya.token, server, true)).balance).toBe(7)
})

test('whoever cannot pay is told how much is left, and nothing is spent', async () => {
  await leave(maya, 2)
  const problem = expectProblem(await consume(maya.token, 3), 409, 'not-enough-credits')
  expect(problem.detail).toContain('2 are left')
  expect((await credits(maya.token, server, true)).balance).toBe(2)
})

test('spending more and less than there can be is refused before anything is read', async () => {
  for (const amount of [0, -5, 1.5, 1_000_001, '3', null]) {
    const reply = await callReply(server.url, maya.token, 'consumeCredits', {
      body: { amount, note: 'x' },
      key: newKey(),
    })
    expectProblem(reply, 400, 'invalid-request')
  }
})

describe('giving credits', () => {
  test('an administrator gives them, once per key', async () => {
    const { id, token } = await somebody(NOAH)
    const before = await credits(token, server, true)
    const key = newKey()
    const receipt = await grant(id, 25, key)
    expect(await grant(id, 25, key)).toEqual(receipt)
    expect(receipt.balance).toBe(before.balance + 25)
    expect((await credits(token)).balance).toBe(before.balance + 25)
  })

  test('nobody else does', async () => {
    const reply = await callReply(server.url, maya.token, 'grantCredits', {
      params: { accountId: maya.id },
      body: { amount: 1000, note: 'For me' },
      key: newKey(),
    })
    expectProblem(reply, 403, 'forbidden')
  })

  test('an account that does not exist gets none', async () => {
    const reply = await callReply(server.url, admin, 'grantCredits', {
      params: { accountId: newKey() },
      body: { amount: 1, note: 'For nobody' },
      key: newKey(),
    })
    expectProblem(reply, 404, 'not-found')
  })

  test('an account that has as many as there can be gets no more, and that is no fault of the server', async () => {
    const { id } = await somebody('leo.schneider@northfield.example')
    let reply = await callReply(server.url, admin, 'grantCredits', {
      params: { accountId: id },
      body: { amount: 1_000_000, note: 'A lot' },
      key: newKey(),
    })
    expect(reply.status).toBe(200)
    const database = onPostgres ? await server.openDatabase() : null
    if (!database) return
    try {
      await database.ownRows.of(id, (tx) =>
        tx
          .insertInto('credit_entries')
          .values({
            account_id: id,
            seq: 3,
            amount: 2_147_483_000 - (reply.json as { balance: number }).balance,
            balance: 2_147_483_000,
            note: 'Even more',
            idempotency_key: 'test',
            at: new Date(),
          })
          .execute(),
      )
    } finally {
      await database.close()
    }
    reply = await callReply(server.url, admin, 'grantCredits', {
      params: { accountId: id },
      body: { amount: 1_000_000, note: 'Too much' },
      key: newKey(),
    })
    expectProblem(reply, 409, 'conflict')
  })
})

describe('the balance that is remembered', () => {
  test('is told again with the time it was read, and says that it is remembered', async () => {
    await credits(maya.token, server, true)
    const first = await credits(maya.token)
    const second = await credits(maya.token)
    expect(second).toEqual({ ...first, cached: true })
  })

  test('is not what `refresh=true` gives', async () => {
    const remembered = await credits(maya.token)
    const fresh = await credits(maya.token, server, true)
    expect(fresh.cached).toBe(false)
    expect(Date.parse(fresh.asOf)).toBeGreaterThan(Date.parse(remembered.asOf))
  })

  test('is forgotten here with every change, at once', async () => {
    await leave(maya, 50)
    for (let left = 49; left >= 45; left--) {
      await credits(maya.token)
      await consume(maya.token, 1)
      expect(await credits(maya.token)).toMatchObject({ balance: left, cached: false })
    }
  })

  test('is forgotten on the other server too, as soon as it hears of a change', async () => {
    await leave(maya, 20)
    await credits(maya.token, other, true)
    await consume(maya.token, 5)
    await until(async () => (await credits(maya.token, other)).balance === 15, 'the new balance there')
  })

  test('of whoever was active lately is read when a server starts, before they ask', async () => {
    const school = await demoServer()
    try {
      const { account } = await signIn(school.url)
      await school.close()
      const database = await school.openDatabase()
      try {
        const starting = createCredits(database)
        await starting.warm()
        const look = (id: string) =>
          starting.handlers.getCredits({
            ...{ params: {}, body: undefined, idempotencyKey: null, query: { refresh: 'false' } },
            address: '127.0.0.1',
            caller: { account: { ...account, id } } as Caller,
          })
        expect(await look(account.id)).toMatchObject({ cached: true })
        expect(await look(newKey())).toMatchObject({ cached: false })
        await starting.close()
      } finally {
        await database.close()
      }
    } finally {
      await school.end()
    }
  })
})

test('without a token nobody sees or spends anything', async () => {
  expectProblem(await callReply(server.url, 'nonsense', 'getCredits'), 401, 'unauthenticated')
  const reply = await askJson(
    server.url,
    '/credits/consume',
    { amount: 1, note: 'x' },
    { 'idempotency-key': newKey() },
  )
  expectProblem(reply, 401, 'unauthenticated')
})
