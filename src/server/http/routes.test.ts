import Fastify from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { expect, test } from 'vitest'
import { endpoints } from '../../contract/api.ts'
import { ProblemDocument } from '../../contract/endpoint.ts'
import { answerError } from './problem.ts'
import { serve, type Handlers } from './routes.ts'

type Table = Pick<typeof endpoints, 'health'>

async function ask(health: () => Promise<unknown>) {
  const logged: string[] = []
  const app = Fastify({ logger: { level: 'error', stream: { write: (line: string) => logged.push(line) } } })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerError)
  app.decorateRequest('caller', null)
  serve(app, { health: endpoints.health }, { health } as Handlers<Table>, { authenticate: async () => null })
  const reply = await app.inject({ method: 'GET', url: '/health' })
  return { reply, logged }
}

const healthy = {
  status: 'ok',
  bootId: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
  time: '2026-11-21T08:00:00.000Z',
  version: '1.0.0',
}

test('what the contract does not name never leaves the server', async () => {
  const { reply } = await ask(async () => ({ ...healthy, passwordHash: 'secret' }))
  expect(reply.statusCode).toBe(200)
  expect(reply.json()).toEqual(healthy)
})

test('an answer of the wrong shape is a fault of the server: logged, and not sent', async () => {
  const { reply, logged } = await ask(async () => ({ ...healthy, time: 'half past nine' }))
  expect(reply.statusCode).toBe(500)
  expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(ProblemDocument.parse(reply.json())).toMatchObject({ code: 'internal' })
  expect(reply.body).not.toContain('half past nine')
  expect(logged.join()).toContain('request failed')
})

test('what a handler did not expect is told to the log and not to the client', async () => {
  const { reply, logged } = await ask(async () => {
    throw new Error('the disk is on fire')
  })
  expect(reply.statusCode).toBe(500)
  expect(reply.body).not.toContain('fire')
  expect(logged.join()).toContain('the disk is on fire')
})
