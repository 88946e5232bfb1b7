/** Requests that break a server's contract in one exactly known way each, made from its OpenAPI document alone. */
import fc from 'fast-check'
import { examples, textViolations, violations } from './schema-violations.ts'
import {
  contentOf,
  draftOf,
  endpointsOf,
  fill,
  FORM_TYPE,
  JSON_TYPE,
  needsToken,
  parametersOf,
  planned,
  wholes,
  withQuery,
  type Endpoint,
  type OpenApi,
  type PlannedRequest,
  type Whole,
  type World,
  type Wrong,
} from './whole-requests.ts'

const WITH_BODY = ['POST', 'PUT', 'PATCH', 'DELETE']

/* ── one thing wrong ──────────────────────────────────────────────────────────────────────────────────── */

/** Makes what is wrong out of a whole request. */
type Breach = (endpoint: Endpoint, world: World) => readonly Weighted[]
interface Weighted {
  readonly weight: number
  readonly wrongs: (whole: Whole) => fc.Arbitrary<Wrong>
}

const one = <T>(list: readonly T[]) => fc.constantFrom(...list)
const refused = [400]

const pathBreaches: Breach = (endpoint) =>
  parametersOf(endpoint, 'path').map(({ name, schema }) => ({
    weight: 4,
    wrongs: (whole) =>
      textViolations(schema).map(({ what, text }) => ({
        what: `path parameter ${name}: ${what}`,
        // Empty, or too long for any parameter, it is no address of this endpoint.
        statuses: [400, 404, 414, 431],
        path: withQuery(fill(endpoint.path, { ...whole.params, [name]: wellFormed(text) }), whole.query),
      })),
  }))

/** A lone surrogate cannot be percent-encoded. */
const wellFormed = (text: string) => Buffer.from(text).toString()

const queryBreaches: Breach = (endpoint) =>
  parametersOf(endpoint, 'query').flatMap(({ name, schema, required }) => {
    const path = (whole: Whole, extra: readonly (readonly [string, string])[]) =>
      withQuery(fill(endpoint.path, whole.params), [
        ...Object.entries(whole.query).filter(([key]) => key !== name),
        ...extra,
      ])
    const breaches: Weighted[] = [
      {
        weight: 4,
        wrongs: (whole) =>
          textViolations(schema).map(({ what, text }) => ({
            what: `query parameter ${name}: ${what}`,
            // Too long for any parameter, it is refused before it is read.
            statuses: [400, 414, 431],
            path: path(whole, [[name, wellFormed(text)]]),
          })),
      },
      {
        weight: 1,
        wrongs: (whole) =>
          examples(schema).map((value) => ({
            what: `query parameter ${name} given twice`,
            statuses: refused,
            path: path(whole, [
              [name, String(value)],
              [name, String(value)],
            ]),
          })),
      },
    ]
    if (required) {
      breaches.push({
        weight: 1,
        wrongs: (whole) =>
          fc.constant({ what: `without query parameter ${name}`, statuses: refused, path: path(whole, []) }),
      })
    }
    return breaches
  })

/** Statuses of a header that is not what it should be; 412 is how tus 1.0.0 refuses another version. */
const headerRefused = [400, 412]
const sendable = /^[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/

const headerBreaches: Breach = (endpoint) =>
  parametersOf(endpoint, 'header').flatMap(({ name, schema, required }) => {
    const breaches: Weighted[] = [
      {
        weight: 4,
        wrongs: () =>
          textViolations(schema)
            .filter(({ text }) => sendable.test(text))
            .map(({ what, text }) => ({
              what: `header ${name}: ${what}`,
              statuses: headerRefused,
              headers: { [name]: text },
            })),
      },
    ]
    // Twice is one value with a comma in it (RFC 9110 §5.2), which free text may hold.
    if (schema.pattern !== undefined || schema.enum) {
      breaches.push({
        weight: 1,
        wrongs: () =>
          fc.tuple(examples(schema), examples(schema)).map((values) => ({
            what: `header ${name} given twice`,
            statuses: headerRefused,
            headers: { [name]: values.map(String) },
          })),
      })
    }
    if (required) {
      breaches.push({
        weight: 2,
        wrongs: () =>
          fc.constant({ what: `without header ${name}`, statuses: headerRefused, headers: { [name]: [] } }),
      })
    }
    return breaches
  })

const authorizationBreaches: Breach = (endpoint, { badAuthorizations }) =>
  needsToken(endpoint)
    ? [
        {
          weight: 4,
          wrongs: () =>
            one(badAuthorizations).map(({ what, value }) => ({
              what: `Authorization: ${what}`,
              statuses: [401],
              headers: { authorization: value ?? [] },
            })),
        },
      ]
    : []

const breakJson: readonly (readonly [string, (json: string, at: number) => string])[] = [
  ['cut off', (json, at) => json.slice(0, at % json.length) || '{'],
  ['a comma too many', (json) => json.replace(/[}\]]$|$/, ',$&')],
  ['single quotes', (json) => `{'a':${json}}`],
  ['a comment', (json) => `${json}// done`],
  ['twice', (json) => `${json}${json}x`],
  ['NaN', () => '{"a":NaN}'],
  ['undefined', () => 'undefined'],
  ['a key without quotes', (json) => `{a:${json}}`],
  ['nothing but space', () => ' \n\t '],
  ['a line break in a string', (json) => `["\n",${json}]`],
  ['a NUL after it', (json) => `${json}\0`],
  ['a bad escape', (json) => `["\\x41",${json}]`],
  ['a hexadecimal number', () => '[0x10]'],
  ['a leading zero', () => '{"a":01}'],
  ['never closed, 1,000 levels deep', () => '['.repeat(1000)],
  ['a form', () => 'text=hello&presence=here'],
  ['XML', () => '<?xml version="1.0"?><a/>'],
  ['what reaches for the prototype', (json) => `{"__proto__":{"polluted":true},"rest":${json}}`],
]

const jsonBreaches: Breach = (endpoint) => {
  const { schema } = endpoint.requestBody?.content[JSON_TYPE] ?? {}
  const type = { 'content-type': JSON_TYPE }
  const breaches: Weighted[] = []
  if (schema) {
    breaches.push(
      {
        weight: 12,
        wrongs: () =>
          violations(schema).map(({ what, json }) => ({
            what,
            statuses: refused,
            headers: type,
            body: Buffer.from(json),
          })),
      },
      {
        weight: 1,
        wrongs: () =>
          one([type, { 'content-type': [] }, { 'content-type': 'text/plain' }]).map((headers) => ({
            what: 'no body',
            statuses: [400, 415],
            headers,
            body: null,
          })),
      },
    )
  }
  const takesOnlyBytes = endpoint.requestBody !== undefined && !schema
  if (WITH_BODY.includes(endpoint.method) && !takesOnlyBytes) {
    breaches.push({
      weight: schema ? 3 : 1,
      wrongs: ({ value }) =>
        fc.tuple(one(breakJson), fc.nat(9999)).map(([[what, broken], at]) => {
          const text = broken(JSON.stringify(value), at)
          return {
            what: `broken JSON: ${what}`,
            statuses: refused,
            headers: type,
            body: Buffer.from(text),
          }
        }),
    })
  }
  return breaches
}

const formBreaches: Breach = (endpoint) => {
  const { schema } = endpoint.requestBody?.content[FORM_TYPE] ?? {}
  const { properties = {}, required = [] } = schema ?? {}
  if (!schema) return []
  const send = (what: string, fields: readonly (readonly string[])[]): Wrong => ({
    what: `form: ${what}`,
    statuses: refused,
    headers: { 'content-type': FORM_TYPE },
    body: Buffer.from(new URLSearchParams(fields as [string, string][]).toString()),
  })
  return [
    {
      weight: 4,
      wrongs: ({ value }) =>
        one(required).chain((name) => {
          const others = Object.entries(value as Record<string, string>).filter(([key]) => key !== name)
          return fc.oneof(
            fc.constant(send(`without ${name}`, others)),
            textViolations(properties[name] ?? {}).map(({ what, text }) =>
              send(`${name}: ${what}`, [...others, [name, wellFormed(text)]]),
            ),
            fc.constant(send(`${name} as a list`, [...others, [`${name}[]`, 'x'.repeat(32)]])),
          )
        }),
    },
    { weight: 1, wrongs: ({ value }) => fc.constant(send('JSON', [[JSON.stringify(value), '']])) },
  ]
}

const otherTypes = [
  ...['text/plain', 'text/html', 'application/xml', 'multipart/form-data; boundary=x', 'multipart/mixed'],
  ...['application/octet-stream', 'application/x-ndjson', 'application/json-patch+json', 'application/jsonx'],
  ...[
    'image/svg+xml',
    'application/cbor',
    '*/*',
    'json',
    'application/',
    'text/json',
    'null',
    FORM_TYPE,
    JSON_TYPE,
  ],
]

const contentTypeBreaches: Breach = (endpoint) => {
  if (!WITH_BODY.includes(endpoint.method)) return []
  const taken = contentOf(endpoint).map(([type]) => type)
  // An endpoint that takes nothing may take no notice of JSON.
  const refusedTypes = otherTypes.filter(
    (type) => !taken.includes(type) && (taken.length > 0 || type !== JSON_TYPE),
  )
  return [
    {
      weight: 2,
      wrongs: ({ value }) =>
        one([...refusedTypes, null]).map((type) => ({
          what: type === null ? 'a body of no content type' : `content type ${type}`,
          statuses: [415],
          headers: { 'content-type': type ?? [] },
          body: Buffer.from(JSON.stringify(value)),
        })),
    },
  ]
}

const sizeBreaches: Breach = (endpoint, { maxBody }) => {
  const [type = JSON_TYPE] = contentOf(endpoint)[0] ?? []
  if (!WITH_BODY.includes(endpoint.method) || type !== JSON_TYPE) return []
  return [
    {
      weight: 0.2,
      wrongs: () =>
        one([1, 4096]).map((more) => ({
          what: `a body of ${more} bytes over the limit`,
          statuses: [413],
          headers: { 'content-type': type },
          body: Buffer.from(JSON.stringify('x'.repeat(maxBody + more - 2))),
        })),
    },
  ]
}

const matches = (template: string, path: string) =>
  new RegExp(`^${template.replace(/[.+*]/g, '\\$&').replace(/\{\w+\}/g, '[^/]+')}$`).test(path)

/** Other methods than any the document has for this path, whichever of its templates the path fits. */
const methodBreaches =
  (all: readonly Endpoint[]): Breach =>
  (endpoint) => {
    const known = all.filter(({ path }) => matches(path, endpoint.path) || matches(endpoint.path, path))
    const taken = known.map(({ method }) => method)
    const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'MKCOL', 'PURGE']
    return [
      {
        weight: 1.5,
        wrongs: () =>
          one(others.filter((method) => !taken.includes(method))).map((method) => ({
            what: `method ${method}`,
            statuses: [404, 405],
            method,
            headers: { 'content-type': [] },
            body: null,
          })),
      },
    ]
  }

const misspell: readonly (readonly [string, (path: string) => string])[] = [
  ['one level too deep', (path) => `${path}/nothing-here`],
  ['a slash at the end', (path) => `${path}/`],
  ['two slashes', (path) => `/${path}`],
  ['in capitals', (path) => path.toUpperCase()],
  ['a NUL at the end', (path) => `${path}%00`],
  ['a broken escape', (path) => `${path}%ZZ`],
  ['an overlong UTF-8 escape', (path) => `${path}%c0%ae`],
  ['half a surrogate pair', (path) => `${path}%ED%A0%80`],
  ['one level up and back', (path) => `/..${path}`],
  ['with parameters of the path', (path) => `${path};v=1`],
  ['overlong', (path) => `${path}/${'x'.repeat(6000)}`],
  ['overlong, in many levels', (path) => path + '/x'.repeat(3000)],
  ['so long that no header holds it', (path) => `${path}?${'x'.repeat(20_000)}`],
]

/** Addresses beside the endpoint's own that are nobody's. */
const addressBreaches =
  (all: readonly Endpoint[]): Breach =>
  (endpoint) => [
    {
      weight: 1.5,
      wrongs: ({ params }) =>
        one(misspell)
          .map(([what, spell]) => ({
            what: `address: ${what}`,
            statuses: [400, 404, 414, 431],
            path: spell(fill(endpoint.path, params)),
          }))
          // What has the form of another endpoint's address would be that endpoint's to refuse, with what it says first.
          .filter(({ path }) => !all.some((other) => matches(other.path, path))),
    },
  ]

const garble: readonly (readonly [string, (line: string, headers: string) => string])[] = [
  ['no Host', (line) => `${line} HTTP/1.1\r\n\r\n`],
  ['two Hosts', (line, headers) => `${line} HTTP/1.1\r\n${headers}Host: other.example\r\n\r\n`],
  ['HTTP/3.7', (line, headers) => `${line} HTTP/3.7\r\n${headers}\r\n`],
  ['a space in the address', (line, headers) => `${line} x HTTP/1.1\r\n${headers}\r\n`],
  ['an unknown method', (line, headers) => `FROB${line} HTTP/1.1\r\n${headers}\r\n`],
  ['a space in a header name', (line, headers) => `${line} HTTP/1.1\r\n${headers}Bad Header: x\r\n\r\n`],
  ['a header without a colon', (line, headers) => `${line} HTTP/1.1\r\n${headers}nothing\r\n\r\n`],
  ['a NUL in a header', (line, headers) => `${line} HTTP/1.1\r\n${headers}X-A: a\0b\r\n\r\n`],
  [
    'headers over 16 KiB',
    (line, headers) => `${line} HTTP/1.1\r\n${headers}X-A: ${'x'.repeat(20_000)}\r\n\r\n`,
  ],
  ['a length below zero', (line, headers) => `${line} HTTP/1.1\r\n${headers}Content-Length: -1\r\n\r\n`],
  [
    'a length that is no number',
    (line, headers) => `${line} HTTP/1.1\r\n${headers}Content-Length: all\r\n\r\n`,
  ],
  [
    'two lengths',
    (line, headers) => `${line} HTTP/1.1\r\n${headers}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
  ],
  [
    'a length and chunks',
    (line, headers) =>
      `${line} HTTP/1.1\r\n${headers}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  ],
  [
    'an unknown transfer encoding',
    (line, headers) => `${line} HTTP/1.1\r\n${headers}Transfer-Encoding: rot13\r\n\r\n`,
  ],
  ['an unknown expectation', (line, headers) => `${line} HTTP/1.1\r\n${headers}Expect: cake\r\n\r\n`],
  ['TLS', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
]

/** What is no HTTP, or none that says one thing. */
const transportBreaches: Breach = (endpoint, { people }) => [
  {
    weight: 0.6,
    wrongs: ({ params }) =>
      one(garble).map(([what, garbled]) => {
        const token = needsToken(endpoint) ? `Authorization: Bearer ${people[0]?.accessToken}\r\n` : ''
        return {
          what: `HTTP: ${what}`,
          statuses: [400, 417, 431, 501, 505],
          bytes: garbled(
            `${endpoint.method} ${fill(endpoint.path, params)}`,
            `Host: lectern.example\r\n${token}`,
          ),
        }
      }),
  },
]

/**
 * `count` requests that break the contract, at least `least` of them for each endpoint, the others where there is most
 * to break.
 */
export function badRequests(
  document: OpenApi,
  world: World,
  { seed, count, least }: { readonly seed: number; readonly count: number; readonly least: number },
): readonly PlannedRequest[] {
  const all = endpointsOf(document)
  const breaches = [
    ...[pathBreaches, queryBreaches, headerBreaches, authorizationBreaches, jsonBreaches, formBreaches],
    ...[contentTypeBreaches, sizeBreaches, methodBreaches(all), addressBreaches(all), transportBreaches],
  ]
  const possible = all.map((endpoint) => {
    const ways = breaches.flatMap((breach) => breach(endpoint, world))
    return { endpoint, ways, weight: ways.reduce((sum, { weight }) => sum + weight, 0) }
  })
  const total = possible.reduce((sum, { weight }) => sum + weight, 0)
  const spare = count - least * all.length
  if (spare < 0) throw new Error(`${count} requests are too few for ${all.length} endpoints.`)
  let given = 0
  let reached = 0
  return possible.flatMap(({ endpoint, ways, weight }, position) => {
    reached += weight
    const upTo = least * (position + 1) + Math.round((spare * reached) / total)
    const share = upTo - given
    given = upTo
    const drafts = one(world.people).chain((person) =>
      wholes(endpoint, person.own).chain((whole) =>
        // fast-check weighs in whole numbers.
        fc
          .oneof(
            ...ways.map(({ weight, wrongs }) => ({
              weight: Math.round(weight * 10),
              arbitrary: wrongs(whole),
            })),
          )
          .map((wrong) => draftOf(endpoint, whole, person, wrong)),
      ),
    )
    return planned(endpoint, '#', fc.sample(drafts, { seed: seed + position, numRuns: share }))
  })
}
