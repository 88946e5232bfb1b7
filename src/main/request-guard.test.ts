import { describe, expect, it } from 'vitest'
import { capabilitiesOf, channels, MAX_PAGE_PART_BYTES, type ChannelName } from '../contract/ipc.ts'
import { fail, succeed } from '../contract/model.ts'
import { answerRequest, type Handler, type Sender } from './request-guard.ts'

const session = '0b2f6d0e-7a3c-4d57-9f0e-0c1f2a3b4c5d'
const main: Sender<string> = { window: 'main', capabilities: new Set(capabilitiesOf.main) }
const room: Sender<string> = { window: 'room', capabilities: new Set(capabilitiesOf.room) }

async function ask<C extends ChannelName>(
  name: C,
  request: unknown,
  {
    sender = main as Sender<string> | null,
    handler,
  }: { sender?: Sender<string> | null; handler?: Handler<C, string> } = {},
) {
  const reported: string[] = []
  const carriedOut: unknown[] = []
  const answer = await answerRequest<C, string>(
    name,
    (parsed, window) => {
      carriedOut.push([parsed, window])
      return handler ? handler(parsed, window) : succeed(undefined as never)
    },
    request,
    sender,
    (event, error) => reported.push(`${event} ${error instanceof Error ? error.message : ''}`),
  )
  return { answer, carriedOut, reported }
}

describe('a request of a window', () => {
  it('is carried out as its schema understands it', async () => {
    const { answer, carriedOut } = await ask('session:sign-in', { email: 'a@b.edu', password: 'x', extra: 1 })
    expect(answer).toEqual({ ok: true, value: undefined })
    expect(carriedOut).toEqual([[{ email: 'a@b.edu', password: 'x', memoryOnly: false }, 'main']])
  })

  it('fails with the sentence its schema has for people', async () => {
    const { answer, carriedOut } = await ask('session:sign-in', { email: 'nobody', password: 'x' })
    expect(answer).toMatchObject({
      ok: false,
      failure: { code: 'invalid-request', message: expect.stringContaining('e-mail address') },
    })
    expect(carriedOut).toEqual([])
  })

  it('is refused when nothing says that a page of ours sent it', async () => {
    for (const name of Object.keys(channels) as ChannelName[]) {
      const { answer, carriedOut } = await ask(name, undefined, { sender: null })
      expect(answer).toMatchObject({ ok: false, failure: { code: 'forbidden' } })
      expect(carriedOut).toEqual([])
    }
  })

  it('is refused when its window may not do that', async () => {
    const { answer, carriedOut } = await ask(
      'settings:change',
      { name: 'theme', value: 'dark' },
      { sender: room },
    )
    expect(answer).toMatchObject({ ok: false, failure: { code: 'forbidden' } })
    expect(carriedOut).toEqual([])
  })

  it('carries bytes as what they are, and not as what they would be as text', async () => {
    const part = { fileId: session, offset: 0, bytes: new Uint8Array(MAX_PAGE_PART_BYTES).fill(255) }
    const { carriedOut } = await ask('upload:part', part)
    expect(carriedOut).toHaveLength(1)
  })

  it('is refused when it is too large, or cannot be measured', async () => {
    const cycle: Record<string, unknown> = {}
    cycle['itself'] = cycle
    for (const body of ['x'.repeat(4 * 1024 * 1024), new Uint8Array(4 * 1024 * 1024), cycle, 1n]) {
      const { answer, carriedOut } = await ask('api:call', { endpoint: 'health', body })
      expect(answer).toMatchObject({ ok: false, failure: { code: 'invalid-request' } })
      expect(carriedOut).toEqual([])
    }
  })
})

describe('an answer to a window', () => {
  it('passes on what went wrong, in the words it was said', async () => {
    const failure = fail('offline', 'The server cannot be reached.', { retryable: true })
    const { answer } = await ask('session:sign-out', undefined, { handler: () => failure })
    expect(answer).toEqual(failure)
  })

  it('leaves only what the contract names, so nothing slips out beside it', async () => {
    const { answer } = await ask(
      'room:post-message',
      { sessionId: session, text: 'hi' },
      {
        handler: () => succeed({ idempotencyKey: 'k'.repeat(22), accessToken: 'secret' }),
      },
    )
    expect(answer).toEqual({ ok: true, value: { idempotencyKey: 'k'.repeat(22) } })
  })

  it('is a plain failure when something inside breaks, and the log knows more', async () => {
    for (const handler of [
      () => Promise.reject(new Error('the-cause')),
      () => succeed({ version: 'the-cause' } as never),
    ]) {
      const { answer, reported } = await ask('workspace:get', undefined, { handler })
      expect(answer).toMatchObject({ ok: false, failure: { code: 'internal', retryable: true } })
      expect(JSON.stringify(answer)).not.toContain('the-cause')
      expect(reported).toHaveLength(1)
    }
  })
})
