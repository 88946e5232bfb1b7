import fc from 'fast-check'
import { exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { badAuthorizations } from './bad-authorizations.ts'
import { badRequests } from './bad-requests.ts'
import { examples, oddTexts, textViolations, violations, type Schema } from './schema-violations.ts'
import { requestsForNothing, type OpenApi, type World } from './whole-requests.ts'

const Plan = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('lesson'),
    id: z.uuid(),
    title: z.string().trim().min(3).max(10),
    from: z.iso.datetime(),
    until: z.iso.datetime(),
    seats: z.int().min(1).max(40),
  }),
  z.object({
    kind: z.literal('meeting'),
    open: z.boolean(),
    people: z
      .array(z.object({ email: z.email() }))
      .min(1)
      .max(3),
    note: z.string().nullable(),
    room: z.enum(['north', 'south']).default('north'),
  }),
])
const asSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' }) as Schema
const uuid = asSchema(z.uuid())

const document: OpenApi = {
  openapi: '3.1.0',
  paths: {
    '/plans': {
      post: {
        operationId: 'makePlan',
        security: [{ bearer: [] }],
        parameters: [
          {
            in: 'header',
            name: 'idempotency-key',
            required: true,
            schema: asSchema(z.string().regex(/^\w{8,9}$/)),
          },
        ],
        requestBody: { content: { 'application/json': { schema: asSchema(Plan) } } },
        responses: {},
      },
    },
    '/plans/{planId}': {
      get: {
        operationId: 'getPlan',
        security: [{ bearer: [] }],
        parameters: [
          { in: 'path', name: 'planId', required: true, schema: uuid },
          { in: 'query', name: 'limit', schema: { type: 'integer', minimum: 1, maximum: 9 } },
        ],
        responses: {},
      },
    },
    '/health': { get: { operationId: 'health', responses: {} } },
  },
}
const world: World = {
  people: [
    {
      name: 'somebody',
      accessToken: 'a-token',
      own: { planId: ['6f9619ff-8b86-4d01-b42d-00cf4fc964ff'] },
      others: {},
    },
  ],
  badAuthorizations: [{ what: 'none', value: null }],
  maxBody: 1000,
}
const make = (seed: number, count = 600) => badRequests(document, world, { seed, count, least: 50 })

describe('values a schema refuses', () => {
  it('are refused by the zod schema it was made of, however it trims and whatever it defaults', () => {
    const found = fc.sample(violations(asSchema(Plan)), { seed: 1, numRuns: 3000 })
    expect(found.filter(({ json }) => Plan.safeParse(JSON.parse(json)).success)).toEqual([])
    expect(new Set(found.map(({ json }) => json)).size).toBeGreaterThan(1000)
  })

  it('differ from examples, which it accepts', () => {
    const found = fc.sample(examples(asSchema(Plan)), { seed: 1, numRuns: 300 })
    expect(found.filter((example) => !Plan.safeParse(example).success)).toEqual([])
  })

  it('as parameters are refused also when a number is read from the text', () => {
    const Limit = z.coerce.number().int().min(0).max(9)
    const found = fc.sample(textViolations(asSchema(z.int().min(0).max(9))), { seed: 1, numRuns: 500 })
    expect(found.filter(({ text }) => Limit.safeParse(text).success)).toEqual([])
  })

  it('do not exist where everything is accepted, and that is said', () => {
    expect(() => fc.sample(violations({ type: 'string' } satisfies Schema).map(String), 1)).not.toThrow()
    expect(() => fc.sample(textViolations({ type: 'string' }), 1)).toThrow('Nothing is refused')
  })

  it('are told from text that is accepted and hard to keep', () => {
    const schema = asSchema(z.object({ id: z.uuid(), text: z.string().max(30) }))
    const found = fc
      .sample(oddTexts(schema)!, { seed: 1, numRuns: 50 })
      .map(({ json }) => JSON.parse(json) as { text: string })
    expect(found.every(({ text }) => /\0|\p{Surrogate}/u.test(text))).toBe(true)
    expect(oddTexts(uuid)).toBeUndefined()
  })
})

describe('requests that break a contract', () => {
  it('are as many as were asked for, and enough for each endpoint', () => {
    const requests = make(1)
    expect(requests).toHaveLength(600)
    for (const name of ['makePlan', 'getPlan', 'health']) {
      expect(requests.filter(({ operationId }) => operationId === name).length).toBeGreaterThanOrEqual(50)
    }
    expect(() => make(1, 100)).toThrow('too few')
  })

  it('are the same for the same seed, and others for another', () => {
    expect(make(7)).toEqual(make(7))
    expect(make(8)).not.toEqual(make(7))
  })

  it('never have a body that is right where the body is what is wrong with them', () => {
    const broken = make(1, 1500).filter(({ what }) => /^(broken JSON|kind|people|from|the body)/.test(what))
    const right = broken.filter(({ body, what }) => {
      if (what.includes('reaches for the prototype')) return false
      try {
        return Plan.safeParse(JSON.parse(String(body))).success
      } catch {
        return false
      }
    })
    expect(broken.length).toBeGreaterThan(200)
    expect(right).toEqual([])
  })

  it('never take the address of another endpoint for a mistake', () => {
    const misspelt = make(1, 1500).filter(({ what }) => what.startsWith('address'))
    expect(misspelt.length).toBeGreaterThan(40)
    expect(misspelt.map(({ path }) => path)).not.toContain('/plans/nothing-here')
  })

  it('can be about nothing while nothing is wrong with them', () => {
    const requests = requestsForNothing(document, world, 1)
    expect(new Set(requests.map(({ operationId }) => operationId))).toEqual(new Set(['getPlan']))
    expect(requests.every(({ path }) => !path.includes('6f9619ff'))).toBe(true)
  })
})

it('no token that must not be taken passes an honest check', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }
  const good = await new SignJWT({ sub: 'maya' })
    .setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'at+jwt' })
    .setExpirationTime('1h')
    .sign(privateKey)
  const key = await importJWK(jwk)
  await jwtVerify(good, key)
  const bad = await badAuthorizations(good, [jwk], { old: 'a-token-of-yesterday' })
  expect(bad.length).toBeGreaterThan(25)
  expect(bad.filter(({ what }) => what.startsWith('HS256'))).toHaveLength(3)
  for (const { what, value } of bad) {
    const token = /^Bearer ([\w.-]+)$/.exec(value ?? '')?.[1] ?? ''
    await expect(jwtVerify(token, key, { algorithms: ['ES256'] }), what).rejects.toThrow()
  }
})
