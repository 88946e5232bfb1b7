import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deviceEndpoints } from '../../src/contract/devices.ts'
import { CLOSE } from '../../src/contract/frames.ts'
import type { TokenResponse } from '../../src/contract/credentials.ts'
import { createServer, type RunningServer } from '../../src/server/server.ts'
import { readSettings } from '../../src/server/settings.ts'
import {
  askAssistant,
  askJson,
  call,
  callReply,
  CHEMISTRY,
  demoServer,
  enterSocket,
  expectProblem,
  MAYA,
  newKey,
  NOAH,
  onPostgres,
  openReply,
  PASSWORD,
  rotate,
  rotated,
  sessionTitled,
  signIn,
  until,
  type TestServer,
} from './server-client.ts'

const ADMIN = 'head@northfield.example'

let server: TestServer
/** Where there can be two servers, another one on the same database. */
let other: RunningServer

beforeAll(async () => {
  server = await demoServer({
    LECTERN_ADMIN_EMAIL: ADMIN,
    LECTERN_ADMIN_PASSWORD: PASSWORD,
    LECTERN_ASSISTANT_PACE_MS: '1000',
  })
  other = onPostgres ? await createServer(readSettings(server.environment)) : server
})
afterAll(async () => {
  await other.close()
  await server.end()
})

const listed = async ({ access_token: token }: TokenResponse) =>
  (await call(server.url, token, 'listDevices')).items

const isSignedIn = async (url: string, { access_token: token }: TokenResponse) =>
  (await callReply(url, token, 'listLiveSessions')).status === 200

const endReason = async ({ refresh_token: token }: TokenResponse) =>
  ((await rotate(server.url, token, newKey())).json as { error_reason?: string }).error_reason

async function signInOn(name: string, email: string): Promise<TokenResponse> {
  const reply = await askJson(server.url, '/auth/sign-in', {
    email,
    password: PASSWORD,
    device: { name, platform: 'linux' },
  })
  expect(reply.status).toBe(200)
  return reply.json as TokenResponse
}

describe('the devices of an account', () => {
  const EMILY = 'emily.turner@northfield.example'

  test('are listed with the most recently active first, the one that asks marked', async () => {
    const [desk, laptop] = [await signInOn('Desk', EMILY), await signInOn('Laptop', EMILY)]
    const somebodyElse = await signIn(server.url, MAYA)
    expect((await listed(desk)).map(({ name, current }) => [name, current])).toEqual([
      ['Laptop', false],
      ['Desk', true],
    ])
    await rotated(server.url, desk.refresh_token)
    const devices = await listed(laptop)
    expect(devices.map(({ name, current }) => [name, current])).toEqual([
      ['Desk', false],
      ['Laptop', true],
    ])
    for (const { platform, signedInAt, lastActiveAt, expiresAt } of devices) {
      expect(platform).toBe('linux')
      expect(Date.parse(lastActiveAt)).toBeGreaterThanOrEqual(Date.parse(signedInAt))
      expect(Date.parse(expiresAt) - Date.parse(signedInAt)).toBe(30 * 24 * 3600_000)
    }
    const ids = devices.map(({ id }) => id)
    for (const { id } of await listed(somebodyElse)) expect(ids).not.toContain(id)
  })

  test('can be signed out one by one, also when they are gone already, but never somebody else’s', async () => {
    const [here, there] = [await signInOn('Here', EMILY), await signInOn('There', EMILY)]
    const maya = await signIn(server.url, MAYA)
    const device = (await listed(here)).find(({ name }) => name === 'There')!
    const revoke = ({ access_token: token }: TokenResponse, deviceId: string) =>
      call(server.url, token, 'revokeDevice', { params: { deviceId } })
    expect(await revoke(maya, device.id)).toEqual({ revoked: false })
    expect(await isSignedIn(server.url, there)).toBe(true)
    expect(await revoke(here, device.id)).toEqual({ revoked: true })
    expect(await revoke(here, device.id)).toEqual({ revoked: false })
    expect(await revoke(here, newKey())).toEqual({ revoked: false })
    expect(await isSignedIn(server.url, there)).toBe(false)
    expect(await endReason(there)).toBe('signed-out')
    expect((await listed(here)).map(({ name }) => name)).not.toContain('There')
    // The one that asks may sign itself out.
    const own = (await listed(here)).find(({ current }) => current)!
    expect(await revoke(here, own.id)).toEqual({ revoked: true })
    expect(await isSignedIn(server.url, here)).toBe(false)
  })

  test('can be signed out everywhere else, and then here as well', async () => {
    const KENJI = 'kenji.watanabe@northfield.example'
    const [here, ...others] = await Promise.all([1, 2, 3].map((n) => signInOn(`Device ${n}`, KENJI)))
    const bystander = await signIn(server.url, NOAH)
    const everywhere = (body: { exceptHere?: boolean }) =>
      call(server.url, here!.access_token, 'signOutEverywhere', { body })
    expect(await everywhere({ exceptHere: true })).toEqual({ ended: 2 })
    expect(await everywhere({ exceptHere: true })).toEqual({ ended: 0 })
    for (const tokens of others) expect(await endReason(tokens)).toBe('signed-out')
    const renewed = await rotated(server.url, here!.refresh_token)
    expect(await everywhere({})).toEqual({ ended: 1 })
    expect(await endReason(renewed)).toBe('signed-out')
    expect(await isSignedIn(server.url, bystander)).toBe(true)
  })

  test('that sign out everywhere all at once get no error, and nothing is left', async () => {
    const PRIYA = 'priya.nair@northfield.example'
    const devices = await Promise.all(Array.from({ length: 10 }, (_, n) => signInOn(`Device ${n}`, PRIYA)))
    const replies = await Promise.all(
      devices.map(({ access_token: token }, n) =>
        callReply(n % 2 ? server.url : other.url, token, 'signOutEverywhere', { body: {} }),
      ),
    )
    let ended = 0
    for (const { status, json } of replies) {
      // Whoever came too late was signed out by another.
      if (status === 200) ended += deviceEndpoints.signOutEverywhere.response.parse(json).ended
      else expect(status).toBe(401)
    }
    expect(ended).toBe(10)
    for (const tokens of devices) expect(await isSignedIn(other.url, tokens)).toBe(false)
  })
})

test('only an administrator may clean up', async () => {
  const maya = await signIn(server.url, MAYA)
  expectProblem(await callReply(server.url, maya.access_token, 'cleanupTokens'), 403, 'forbidden')
  const admin = await signIn(server.url, ADMIN)
  expect(await call(server.url, admin.access_token, 'cleanupTokens')).toEqual({ signIns: 0, tokens: 0 })
})

describe('a sign-in that is ended on one server', () => {
  /** What a person has open on the other one. */
  async function openEverything(email: string) {
    const tokens = await signInOn('Elsewhere', email)
    const { access_token: token } = tokens
    const { id: sessionId } = await sessionTitled(other.url, token, CHEMISTRY)
    const socket = await enterSocket(other.url, sessionId, token)
    const replyId = await askAssistant(other.url, token, sessionId, 'Summarise the chat so far')
    const stream = await openReply(other.url, token, { sessionId, replyId })
    await until(() => stream.events.length > 0, 'the begin of an answer')
    return { tokens, socket, stream }
  }

  test('ends its socket and its stream on every server at once, and no others', async () => {
    const { tokens, socket, stream } = await openEverything(MAYA)
    const bystander = await openEverything(MAYA)
    const admin = await signIn(server.url, MAYA)
    const id = (await listed(tokens)).find(({ current }) => current)!.id
    await call(server.url, admin.access_token, 'revokeDevice', { params: { deviceId: id } })
    const began = performance.now()
    expect(await socket.closed).toBe(CLOSE.revoked)
    expect(socket.frames.at(-1)).toMatchObject({ type: 'revoked' })
    expect(await stream.over).toBe('ended')
    expect(performance.now() - began).toBeLessThan(1500)
    expect(stream.events.at(-1)?.event).not.toEqual({ type: 'done' })
    expect(await isSignedIn(other.url, tokens)).toBe(false)

    bystander.socket.send({ type: 'ping', id: 7 })
    await bystander.socket.frame('pong')
    expect(await isSignedIn(other.url, bystander.tokens)).toBe(true)
    bystander.socket.close()
    bystander.stream.close()
  })

  test('ends there also when the word of it was lost', async () => {
    const { tokens, socket, stream } = await openEverything(NOAH)
    if (onPostgres) {
      // As if the server that ended it had been killed between its commit and its word.
      const { db, close } = await server.openDatabase()
      await db
        .updateTable('token_families')
        .set({ revoked_at: new Date(), revoked_reason: 'revoked' })
        .where('account_id', '=', tokens.account.id)
        .execute()
      await close()
    } else {
      await askJson(server.url, '/auth/revoke', { token: tokens.refresh_token })
    }
    expect(await socket.closed).toBe(CLOSE.revoked)
    expect(await stream.over).toBe('ended')
  })

  test('by theft ends there too', async () => {
    const { tokens, socket, stream } = await openEverything(NOAH)
    await rotated(server.url, tokens.refresh_token)
    await rotate(server.url, tokens.refresh_token, newKey())
    expect(await socket.closed).toBe(CLOSE.revoked)
    expect(await stream.over).toBe('ended')
  })
})
