import { beforeEach, expect, test } from 'vitest'
import { fail, succeed, type Failure, type Result } from '../../../contract/model.ts'
import type { AssistantEvent } from '../../../contract/streams.ts'
import type { SessionClient } from '../../session-client.ts'
import { createConversationsStore, type ConversationsStore } from './conversations-store.ts'

const CLASS = '00000000-0000-4000-8000-000000000100'

interface Opened {
  readonly afterId: number
  say(text: string): void
  done(): void
  cut(failure: Failure): void
  readonly closed: boolean
}

/** A server that takes questions and answers when the test says so. */
function startServer() {
  const questions: { text: string; key: string; answer: (result: Result<{ replyId: string }>) => void }[] = []
  const streams: Opened[] = []
  let lastId = 0
  const client = {
    call: (_endpoint: string, input: { body: { text: string }; idempotencyKey: string }) =>
      new Promise((answer) => questions.push({ text: input.body.text, key: input.idempotencyKey, answer })),
    followStream(
      { afterId }: { afterId: number },
      listeners: { event(event: AssistantEvent, id: number): void; ended(failure: Failure | null): void },
    ) {
      let closed = false
      lastId = afterId
      const tell = (event: AssistantEvent) => {
        if (!closed) listeners.event(event, ++lastId)
      }
      streams.push({
        afterId,
        say: (text) => tell({ type: 'text', text }),
        done() {
          tell({ type: 'done' })
          listeners.ended(null)
        },
        cut: (failure) => listeners.ended(failure),
        get closed() {
          return closed
        },
      })
      return () => (closed = true)
    },
  }
  return { store: createConversationsStore(client as unknown as SessionClient), questions, streams }
}

let server: ReturnType<typeof startServer>
let store: ConversationsStore
beforeEach(() => {
  server = startServer()
  ;({ store } = server)
})

const conversation = () => store.getState().conversations[CLASS]
const last = () => conversation()?.exchanges.at(-1)

async function askAndBegin(question: string): Promise<Opened> {
  const asking = store.getState().ask(CLASS, question)
  server.questions.at(-1)?.answer(succeed({ replyId: crypto.randomUUID() }))
  await asking
  const stream = server.streams.at(-1)
  if (!stream) throw new Error('nobody reads the answer')
  return stream
}

test('an answer grows as it comes and is whole at its end', async () => {
  const stream = await askAndBegin('Who is here?')
  stream.say('Two ')
  stream.say('people.')
  expect(last()).toMatchObject({ question: 'Who is here?', answer: 'Two people.', status: 'answering' })
  stream.done()
  expect(last()).toMatchObject({ answer: 'Two people.', status: 'whole' })
})

test('an answer that was stopped goes on behind the last word that was read', async () => {
  const first = await askAndBegin('Summary?')
  first.say('One ')
  first.say('two ')
  store.getState().stop(CLASS)
  expect(first.closed).toBe(true)
  expect(last()?.status).toBe('stopped')
  store.getState().goOn(CLASS, last()?.id ?? '')
  const second = server.streams[1]
  expect(second?.afterId).toBe(2)
  second?.say('three')
  second?.done()
  expect(last()).toMatchObject({ answer: 'One two three', status: 'whole' })
})

test('an answer that was cut says why and can be gone on with', async () => {
  const stream = await askAndBegin('Summary?')
  stream.say('One ')
  stream.cut(fail('server-unavailable', 'The server cannot answer.').failure)
  expect(last()).toMatchObject({ answer: 'One ', status: 'cut', failure: { code: 'server-unavailable' } })
  store.getState().goOn(CLASS, last()?.id ?? '')
  expect(last()).toMatchObject({ status: 'answering', failure: null })
  expect(server.streams[1]?.afterId).toBe(1)
})

test('a question that was not taken stands in the box again, above what was typed since', async () => {
  store.getState().type(CLASS, 'Who is missing?')
  const asking = store.getState().ask(CLASS)
  expect(conversation()?.draft).toBe('')
  store.getState().type(CLASS, 'And why?')
  server.questions[0]?.answer(fail('offline', 'The server cannot be reached.'))
  await asking
  expect(conversation()).toMatchObject({
    draft: 'Who is missing?\nAnd why?',
    exchanges: [],
    refusal: { code: 'offline' },
  })
})

test('the same question asked again after a failure is the same question to the server', async () => {
  store.getState().type(CLASS, 'Who is missing?')
  const asking = store.getState().ask(CLASS)
  server.questions[0]?.answer(fail('timeout', 'No answer in time.'))
  await asking
  void store.getState().ask(CLASS)
  expect(server.questions[1]?.key).toBe(server.questions[0]?.key)
  server.questions[1]?.answer(fail('timeout', 'No answer in time.'))
  await Promise.resolve()
  store.getState().type(CLASS, 'Who is here?')
  void store.getState().ask(CLASS)
  await Promise.resolve()
  expect(server.questions[2]?.key).not.toBe(server.questions[0]?.key)
})

test('a refusal that asks for patience says until when', async () => {
  const asking = store.getState().ask(CLASS, 'Again?')
  server.questions[0]?.answer(fail('rate-limited', 'A lot of questions.', { retryAfterMs: 30_000 }))
  await asking
  expect(conversation()?.notBefore).toBeGreaterThan(Date.now() + 25_000)
})

test('one question at a time', async () => {
  await askAndBegin('First?')
  await store.getState().ask(CLASS, 'Second?')
  expect(server.questions).toHaveLength(1)
})

test('stopping before the server has taken the question puts it back into the box', async () => {
  store.getState().type(CLASS, 'Who is here?')
  const asking = store.getState().ask(CLASS)
  store.getState().stop(CLASS)
  server.questions[0]?.answer(succeed({ replyId: crypto.randomUUID() }))
  await asking
  expect(conversation()).toMatchObject({ draft: 'Who is here?', exchanges: [] })
  expect(server.streams).toHaveLength(0)
})

test('whoever signs in next finds nothing of the conversation', async () => {
  const stream = await askAndBegin('Who is here?')
  store.getState().forget()
  expect(stream.closed).toBe(true)
  expect(store.getState().conversations).toEqual({})
})
