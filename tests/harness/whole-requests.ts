/**
 * Requests made from a server's OpenAPI 3.1 document alone, with nothing wrong in them, and such as have nothing wrong
 * but what they are about. The same seed and the same document make the same requests, but for the names of things and
 * the tokens.
 */
import fc from 'fast-check'
import { edgeTexts, examples, oddTexts, type Schema } from './schema-violations.ts'

interface Parameter {
  readonly in: 'path' | 'query' | 'header'
  readonly name: string
  readonly required?: boolean
  readonly schema: Schema
}

export interface Operation {
  readonly operationId: string
  readonly security?: readonly object[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> }
  readonly responses: Readonly<Record<string, unknown>>
}

export interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

export interface Endpoint extends Operation {
  readonly method: string
  /** Parameters as `{name}`. */
  readonly path: string
}

/** Somebody who is signed in, and what there is for them: ids by the name of the path parameter they belong in. */
export interface Person {
  readonly name: string
  readonly accessToken: string
  readonly own: Readonly<Record<string, readonly string[]>>
  readonly others: Readonly<Record<string, readonly string[]>>
}

export interface World {
  /** At least one; who asks has a token that is good. */
  readonly people: readonly Person[]
  /** Values of an Authorization header that must not be taken; null for none at all. */
  readonly badAuthorizations: readonly { readonly what: string; readonly value: string | null }[]
  /** Bytes of the largest body that is taken. */
  readonly maxBody: number
}

export interface PlannedRequest {
  /** Operation and position, as in `postMessage#12`. */
  readonly id: string
  readonly operationId: string
  /** What is wrong with it, in one line. */
  readonly what: string
  /** The statuses it may be answered with; null for all that do not say that the server failed. */
  readonly statuses: readonly number[] | null
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: Buffer | null
  /** In place of all of the above: what to write on a connection, being no HTTP that a client would send. */
  readonly bytes: string | null
}

export type Draft = Omit<PlannedRequest, 'id' | 'operationId'>
export type Wrong = Partial<Draft> & Pick<Draft, 'what' | 'statuses'>

const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'trace']
export const JSON_TYPE = 'application/json'
export const FORM_TYPE = 'application/x-www-form-urlencoded'

export const endpointsOf = (document: OpenApi): readonly Endpoint[] =>
  Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  )

/* ── a request with nothing wrong ─────────────────────────────────────────────────────────────────────── */

export interface Whole {
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  /** Of the first content type. */
  readonly value: unknown
}

export const parametersOf = ({ parameters = [] }: Endpoint, place: Parameter['in']) =>
  parameters.filter((parameter) => parameter.in === place)

export const needsToken = ({ security = [] }: Endpoint) => security.length > 0
export const contentOf = ({ requestBody }: Endpoint) => Object.entries(requestBody?.content ?? {})

const textsOf = (parameters: readonly Parameter[]) =>
  fc
    .record(Object.fromEntries(parameters.map(({ name, schema }) => [name, examples(schema)])), {
      requiredKeys: parameters.filter(({ required }) => required).map(({ name }) => name),
      noNullPrototype: true,
    })
    .map((record) => Object.fromEntries(Object.entries(record).map(([name, value]) => [name, String(value)])))

/** @param things what path parameters name, where the endpoint's parameters are among them; otherwise nothing */
export function wholes(endpoint: Endpoint, things: Person['own'] = {}): fc.Arbitrary<Whole> {
  const params = parametersOf(endpoint, 'path').map(({ name, schema }) => {
    const known = things[name] ?? []
    return [name, known.length > 0 ? fc.constantFrom(...known) : examples(schema).map(String)] as const
  })
  const [type, content] = contentOf(endpoint)[0] ?? []
  const isStructured = type === JSON_TYPE || type === FORM_TYPE
  return fc.record({
    params: fc.record(Object.fromEntries(params)),
    query: textsOf(parametersOf(endpoint, 'query')),
    headers: textsOf(parametersOf(endpoint, 'header')),
    value: isStructured && content?.schema ? examples(content.schema) : fc.constant('some bytes'),
  })
}

export const fill = (path: string, params: Whole['params']) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
export const withQuery = (path: string, query: Whole['query'] | readonly (readonly [string, string])[]) => {
  const search = new URLSearchParams(query as Record<string, string>).toString()
  return search === '' ? path : `${path}?${search}`
}

export function draftOf(endpoint: Endpoint, whole: Whole, person: Person, wrong: Wrong): Draft {
  const [type] = contentOf(endpoint)[0] ?? []
  const body =
    type === undefined
      ? null
      : Buffer.from(type === JSON_TYPE ? JSON.stringify(whole.value) : String(whole.value))
  return {
    method: endpoint.method,
    path: withQuery(fill(endpoint.path, whole.params), whole.query),
    body,
    bytes: null,
    ...wrong,
    headers: {
      ...whole.headers,
      ...(needsToken(endpoint) ? { authorization: `Bearer ${person.accessToken}` } : {}),
      ...(type === undefined ? {} : { 'content-type': type }),
      ...wrong.headers,
    },
  }
}

export const planned = (
  { operationId }: Endpoint,
  mark: string,
  drafts: readonly Draft[],
): readonly PlannedRequest[] =>
  drafts.map((draft, index) => ({ id: `${operationId}${mark}${index}`, operationId, ...draft }))

/* ── nothing wrong but what it is about ───────────────────────────────────────────────────────────────── */

/** Whole requests about things that are not there, by everybody. Deleting what is gone may succeed. */
export function requestsForNothing(document: OpenApi, world: World, seed: number): readonly PlannedRequest[] {
  return endpointsOf(document)
    .filter((endpoint) => parametersOf(endpoint, 'path').length > 0)
    .flatMap((endpoint, position) => {
      const drafts = fc.constantFrom(...world.people).chain((person) =>
        wholes(endpoint).map((whole) =>
          draftOf(endpoint, whole, person, {
            what: `a whole request of ${person.name} about what is not there`,
            statuses: endpoint.method === 'DELETE' ? [200, 204, 403, 404] : [403, 404],
          }),
        ),
      )
      return planned(endpoint, '-nothing#', fc.sample(drafts, { seed: seed + position, numRuns: 8 }))
    })
}

/** Whole requests about what belongs to somebody else, where there is anything like that. */
export function requestsForOthers(document: OpenApi, world: World, seed: number): readonly PlannedRequest[] {
  return endpointsOf(document)
    .filter(needsToken)
    .flatMap((endpoint, position) => {
      const names = parametersOf(endpoint, 'path').map(({ name }) => name)
      const strangers = world.people.filter(({ others }) =>
        names.some((name) => (others[name] ?? []).length > 0),
      )
      if (strangers.length === 0) return []
      const drafts = fc.constantFrom(...strangers).chain((person) =>
        wholes(endpoint, { ...person.own, ...person.others }).map((whole) =>
          draftOf(endpoint, whole, person, {
            what: `a whole request of ${person.name} about what is somebody else's`,
            statuses: endpoint.method === 'DELETE' ? [200, 204, 403, 404] : [403, 404, 409],
          }),
        ),
      )
      return planned(endpoint, '-others#', fc.sample(drafts, { seed: seed + position, numRuns: 8 }))
    })
}

/**
 * Whole requests that go to the end of what the contract allows: the largest number, half a character, a NUL where text
 * goes. A server may refuse or take them, but not fail, and text that cannot be kept as it was sent must not be kept.
 */
export function requestsAtTheEdge(document: OpenApi, world: World, seed: number): readonly PlannedRequest[] {
  return endpointsOf(document).flatMap((endpoint, position) => {
    const person = fc.constantFrom(...world.people)
    const query = parametersOf(endpoint, 'query').flatMap(({ name, schema }) => {
      const texts = edgeTexts(schema)
      if (texts.length === 0) return []
      return [
        fc.tuple(person, fc.constantFrom(...texts)).chain(([asking, text]) =>
          wholes(endpoint, asking.own).map((whole) =>
            draftOf(endpoint, { ...whole, query: { ...whole.query, [name]: text } }, asking, {
              what: `query parameter ${name} at its edge`,
              statuses: null,
            }),
          ),
        ),
      ]
    })
    const { schema } = endpoint.requestBody?.content[JSON_TYPE] ?? {}
    const places = schema && oddTexts(schema)
    const body = places
      ? [
          fc.tuple(person, places).chain(([asking, { what, json }]) =>
            // Nobody's account: a password that is changed is no matter of text.
            wholes(endpoint, { ...asking.own, accountId: [] }).map((whole) =>
              draftOf(endpoint, whole, asking, { what, statuses: null, body: Buffer.from(json) }),
            ),
          ),
        ]
      : []
    const drafts = [...query, ...body]
    if (drafts.length === 0) return []
    return planned(endpoint, '-edge#', fc.sample(fc.oneof(...drafts), { seed: seed + position, numRuns: 12 }))
  })
}
