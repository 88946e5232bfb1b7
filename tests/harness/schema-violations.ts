/**
 * Values that a JSON Schema (2020-12, as zod writes it into OpenAPI) accepts, and values that it certainly refuses:
 * each is an accepted one with one thing changed, and Ajv has been asked that the change matters. Knows nothing of
 * HTTP.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import fc from 'fast-check'

type Type = 'string' | 'integer' | 'number' | 'boolean' | 'null' | 'array' | 'object'

export interface Schema {
  readonly type?: Type | readonly Type[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
}

/** A value as JSON text, because 1e400 and a key that stands twice are nothing JavaScript can hold. */
export interface Violation {
  /** One line for a person. */
  readonly what: string
  readonly json: string
}

// zod writes a pattern beside every format, and only the pattern says exactly what the server takes.
const ajv = new Ajv2020({ strict: false, validateFormats: false })
const compiled = new WeakMap<Schema, ValidateFunction>()

function accepts(schema: Schema, value: unknown): boolean {
  let validate = compiled.get(schema)
  if (!validate) compiled.set(schema, (validate = ajv.compile(schema)))
  return validate(value)
}

/** Whether the schema refuses it however it is trimmed: zod trims before it measures, which JSON Schema cannot say. */
const refuses = (schema: Schema, value: unknown): boolean =>
  !accepts(schema, value) && !accepts(schema, trimmed(value))

function trimmed(value: unknown): unknown {
  if (typeof value === 'string') return value.trim()
  if (Array.isArray(value)) return value.map(trimmed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, trimmed(inner)]))
}

/* ── what is accepted ─────────────────────────────────────────────────────────────────────────────────── */

const LONGEST_EXAMPLE = 24
const alphabets = ['abcdefghijklmnopqrstuvwxyz', '0123456789']

/** @throws Error when this file does not know how to meet the schema: then it has to learn it */
export function examples(schema: Schema): fc.Arbitrary<unknown> {
  const arbitrary = plainExamples(schema)
  return arbitrary.map((example) => {
    if (!accepts(schema, example)) throw new Error(`No example of ${JSON.stringify(schema)} could be made.`)
    return example
  })
}

function plainExamples(schema: Schema): fc.Arbitrary<unknown> {
  const branches = schema.anyOf ?? schema.oneOf
  if (branches) return fc.oneof(...branches.map(plainExamples))
  if (typeof schema.type === 'object')
    return fc.oneof(...schema.type.map((type) => plainExamples({ ...schema, type })))
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  switch (schema.type) {
    case 'string':
      return textExamples(schema)
    case 'integer':
    case 'number': {
      const min = schema.minimum ?? 0
      return fc.integer({ min, max: Math.min(schema.maximum ?? min + 1000, min + 1000) })
    }
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array': {
      const least = schema.minItems ?? 0
      return fc.array(plainExamples(schema.items ?? { type: 'null' }), {
        minLength: least,
        maxLength: Math.min(schema.maxItems ?? least + 2, least + 2),
      })
    }
    case 'object':
      return objectExamples(schema)
    default:
      throw new Error(`No example of ${JSON.stringify(schema)} could be made.`)
  }
}

function textExamples(schema: Schema): fc.Arbitrary<string> {
  if (schema.format === 'uuid') return fc.uuid({ version: 4 })
  if (schema.format === 'email') return fc.nat(9999).map((number) => `nobody-${number}@nowhere.example`)
  if (schema.format === 'date-time') {
    const [min, max] = [new Date('2030-01-01T00:00:00Z'), new Date('2039-12-31T00:00:00Z')]
    return fc.date({ min, max, noInvalidDate: true }).map((date) => date.toISOString())
  }
  const least = Math.max(schema.minLength ?? 0, 1)
  // A pattern may ask for more letters than the schema says.
  const lengths = Array.from({ length: LONGEST_EXAMPLE }, (_, more) => least + more)
  for (const alphabet of alphabets) {
    const minLength = lengths.find((length) => accepts(schema, alphabet.charAt(0).repeat(length)))
    if (minLength === undefined) continue
    const maxLength = Math.min(schema.maxLength ?? LONGEST_EXAMPLE, Math.max(LONGEST_EXAMPLE, minLength))
    return fc
      .string({ unit: fc.constantFrom(...alphabet), minLength, maxLength })
      .map((text) => (accepts(schema, text) ? text : text.slice(0, minLength)))
  }
  throw new Error(`No example of ${JSON.stringify(schema)} could be made.`)
}

function objectExamples({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> {
  const record = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, plainExamples(inner)])),
    { requiredKeys: [...required], noNullPrototype: true },
  )
  // What begins is named before what ends: a rule between two instants is nothing JSON Schema can say.
  const instants = Object.keys(properties).filter((name) => properties[name]?.format === 'date-time')
  return record.map((object) => {
    const named = instants.filter((name) => name in object)
    const sorted = named.map((name) => object[name]).sort()
    return { ...object, ...Object.fromEntries(named.map((name, place) => [name, sorted[place]])) }
  })
}

/* ── what is refused ──────────────────────────────────────────────────────────────────────────────────── */

const DEEP = 1000
const nested = (open: string, core: string, close: string) => open.repeat(DEEP) + core + close.repeat(DEEP)

/** JSON that is hardly ever what was asked for. */
const junk: readonly Violation[] = [
  ...['null', 'true', 'false', '0', '-1', '1.5', '1e400', '-1e400', '1e21', '9007199254740993'],
  ...['123456789012345678901234567890', '""', '"x"', '"0"', '"NaN"', '"Infinity"', '"null"', '"undefined"'],
  ...[
    '"[object Object]"',
    '"__proto__"',
    '"constructor"',
    '"toString"',
    '"\\u0000"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
  ],
  ...['[]', '{}', '[[]]', '[null]', '[{}]', '{"0":"x"}', '{"length":1}', '{"toString":null}', '{"$gt":""}'],
  ...['{"a":{"b":[1,{"c":[null,{"d":{}}]}]}}', '[1,"2",[3,{"4":[5]}]]'],
  ...['{"constructor":{"prototype":{"polluted":true}}}', '{"__proto__":{"polluted":true}}'],
]
  .map((json) => ({ what: json, json }))
  .concat([
    { what: `${DEEP} arrays in each other`, json: nested('[', '', ']') },
    { what: `${DEEP} objects in each other`, json: nested('{"a":', '1', '}') },
  ])

const brokenTexts: Readonly<Record<string, readonly string[]>> = {
  uuid: [
    ...['not-a-uuid', '6f9619ff8b864d01b42d00cf4fc964ff', '{6f9619ff-8b86-4d01-b42d-00cf4fc964ff}'],
    ...['6f9619ff-8b86-4d01-b42d-00cf4fc964f', '6f9619ff-8b86-4d01-b42d-00cf4fc964ff0', "1' or '1'='1"],
    ...['urn:uuid:6f9619ff-8b86-4d01-b42d-00cf4fc964ff', '6f9619ff-8b86-9d01-b42d-00cf4fc964ff'],
    ...['6f9619ff-8b86-4d01-c42d-00cf4fc964ff', '6f9619ff-8b86-4d01-b42d-00cf4fc964fg', '..', '*', '%', '0'],
    ...['6f9619ff-8b86-4d01-b42d-00cf4fc964ff\u0000', '６f9619ff-8b86-4d01-b42d-00cf4fc964ff', 'null', 'me'],
  ],
  'date-time': [
    ...['2030-01-01', '2030-01-01T10:00:00', '2030-01-01T10:00:00+02:00', '2030-01-01 10:00:00Z', '10:00'],
    ...['2030-13-01T10:00:00Z', '2030-02-30T10:00:00Z', '2031-02-29T10:00:00Z', '2030-01-01T24:00:00Z'],
    ...['2030-01-01T10:60:00Z', '2030-01-01T10:00:60Z', '2030-1-1T10:00:00Z', '+012030-01-01T10:00:00Z'],
    ...[
      '1893456000',
      'tomorrow',
      'Tue, 01 Jan 2030 10:00:00 GMT',
      '2030-01-01T10:00:00.Z',
      '0000-00-00T00:00:00Z',
    ],
    ...[
      '2030-01-01T10:00:00z',
      '2030-01-01t10:00:00Z',
      '2030-01-01T10:00:00Z\u0000',
      '-2030-01-01T10:00:00Z',
    ],
  ],
  email: [
    ...[
      'nobody',
      '@nowhere.example',
      'nobody@',
      'nobody@nowhere',
      'no body@nowhere.example',
      'a@b@c.example',
    ],
    ...[
      'nobody@nowhere..example',
      '.nobody@nowhere.example',
      'nobody@nowhere.example\u0000',
      'nobody@-.example',
    ],
    ...[
      '"no body"@nowhere.example',
      'Nobody <nobody@nowhere.example>',
      'nobody@[127.0.0.1]',
      'nobödy@nowhere.example',
    ],
    ...[
      'nobody@nowhere.example,other@nowhere.example',
      `${'n'.repeat(300)}@nowhere.example`,
      'a..b@nowhere.example',
    ],
  ],
}

const shorten = (text: string) =>
  text.length > 48 ? `${text.slice(0, 48)}… (${text.length} characters)` : text
const textViolation = (what: string, text: string): Violation => ({
  what: `${what}: ${shorten(JSON.stringify(text))}`,
  json: JSON.stringify(text),
})

/** Texts the schema may refuse; which of them it does refuse is for the caller to ask. */
function suspiciousTexts(schema: Schema, example: string): readonly Violation[] {
  const { minLength = 0, maxLength } = schema
  const found: Violation[] = []
  for (const more of maxLength === undefined ? [] : [1, 2, maxLength, 5000]) {
    found.push(textViolation('too long', 'x'.repeat((maxLength ?? 0) + more)))
    found.push(textViolation('too long', 'é'.repeat((maxLength ?? 0) + more)))
  }
  for (const length of [minLength - 1, Math.floor(minLength / 2), 1, 0]) {
    if (length >= 0 && length < minLength) found.push(textViolation('too short', example.slice(0, length)))
  }
  if (minLength > 0) found.push(textViolation('nothing but space', ' '.repeat(minLength + 2)))
  for (const text of brokenTexts[schema.format ?? ''] ?? [])
    found.push(textViolation(`no ${schema.format}`, text))
  if (schema.enum || 'const' in schema) {
    const nearly = [example.toUpperCase(), `${example}s`, example.slice(0, -1), `${example},${example}`]
    for (const text of [...nearly, `${example}\u0000`, `\ufeff${example}x`, 'hasOwnProperty', '*']) {
      found.push(textViolation('none of the choices', text))
    }
  }
  if (schema.pattern !== undefined && schema.format === undefined) {
    for (const odd of [
      '!',
      ' ',
      '/',
      '\\',
      '.',
      '\u0000',
      '\u0007',
      '\ud83d',
      '😀',
      'é',
      '%00',
      '-1',
      '+',
      'NaN',
    ]) {
      found.push(
        textViolation('not of the pattern', example + odd),
        textViolation('not of the pattern', odd + example),
      )
    }
  }
  return found
}

function suspiciousNumbers({ minimum, maximum, type }: Schema): readonly Violation[] {
  const texts: string[] = ['"NaN"', '-1e400', '1e400']
  if (minimum !== undefined) texts.push(String(minimum - 1), String(minimum - 1e9), '-9007199254740991')
  if (maximum !== undefined) texts.push(String(maximum + 1), String(maximum * 2), '18446744073709551616')
  if (type === 'integer') texts.push(`${minimum ?? 0}.5`, '1e-7', '9007199254740993')
  texts.push(`"${minimum ?? 1}"`, `[${minimum ?? 1}]`)
  return texts.map((json) => ({ what: `out of range: ${json}`, json }))
}

/** A place in an example, and what is expected there. */
interface Place {
  readonly path: readonly (string | number)[]
  readonly schema: Schema
  readonly value: unknown
}

function* placesOf(schema: Schema, value: unknown, path: Place['path'] = []): Generator<Place> {
  const branch = (schema.anyOf ?? schema.oneOf)?.find((inner) => accepts(inner, value))
  if (branch) return yield* placesOf(branch, value, path)
  yield { path, schema, value }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* placesOf(schema.items ?? {}, item, [...path, index])
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(schema.properties ?? {})) {
      if (name in value) yield* placesOf(inner, (value as Record<string, unknown>)[name], [...path, name])
    }
  }
}

/** JSON text of an example with the text at one place exchanged; null takes the member out. */
function jsonWith(value: unknown, path: Place['path'], text: string | null): string {
  const [step, ...rest] = path
  if (step === undefined) return text ?? 'null'
  if (Array.isArray(value)) {
    return `[${value.map((item, index) => (index === step ? jsonWith(item, rest, text) : JSON.stringify(item)))}]`
  }
  const members = Object.entries(value as object).flatMap(([name, inner]) => {
    if (name !== step) return [`${JSON.stringify(name)}:${JSON.stringify(inner)}`]
    if (rest.length === 0 && text === null) return []
    return [`${JSON.stringify(name)}:${jsonWith(inner, rest, text)}`]
  })
  return `{${members.join()}}`
}

const wellKnown = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', '']

function suspiciousObjects({ required = [] }: Schema, value: object): readonly Violation[] {
  const whole = JSON.stringify(value)
  return [
    { what: 'an array for an object', json: `[${whole}]` },
    { what: 'its members in an array', json: JSON.stringify(Object.entries(value)) },
    { what: 'JSON inside JSON', json: JSON.stringify(whole) },
    ...required.map((name) => ({ what: `without ${name}`, json: jsonWith(value, [name], null) })),
    ...required.map((name) => ({
      what: `${name} twice, the last null`,
      json: `${whole.slice(0, -1)},${JSON.stringify(name)}:null}`,
    })),
    ...wellKnown.map((name) => ({
      what: `everything under ${name || 'the empty key'}`,
      json: `{"${name}":${whole}}`,
    })),
  ]
}

function suspicions({ schema, value }: Place): readonly Violation[] {
  if (typeof value === 'string') return suspiciousTexts(schema, value)
  if (typeof value === 'number') return suspiciousNumbers(schema)
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return suspiciousObjects(schema, value)
  if (!Array.isArray(value)) return []
  const many =
    schema.maxItems === undefined ? [] : [Array.from({ length: schema.maxItems + 1 }, () => value[0])]
  return [...many, []].map((items) => ({ what: `${items.length} items`, json: JSON.stringify(items) }))
}

const choice = fc.nat(0x7fffffff)
const at = <T>(list: readonly T[], chosen: number): T | undefined => list[chosen % list.length]

/** The first from the chosen one on that is certain. */
function certain<T>(list: readonly T[], chosen: number, isCertain: (one: T) => boolean): T | undefined {
  for (let step = 0; step < list.length; step++) {
    const one = at(list, chosen + step)
    if (one !== undefined && isCertain(one)) return one
  }
  return undefined
}

const refusesAll = (schema: Schema) => new Error(`Nothing is refused by ${JSON.stringify(schema)}.`)

/** JSON texts that the schema refuses; it has to refuse something. */
export function violations(schema: Schema): fc.Arbitrary<Violation> {
  return fc.tuple(examples(schema), choice, fc.boolean(), choice).map(([example, where, own, which]) => {
    const places = [...placesOf(schema, example)]
    // Where anything is taken there is nothing to break, and something else is broken instead.
    for (let step = 0; step < places.length; step++) {
      const place = at(places, where + step)
      if (!place) break
      const suspected = own ? [...suspicions(place), ...junk] : junk
      const built = (one: Violation) => jsonWith(example, place.path, one.json)
      const found = certain(suspected, which, (one) => refuses(schema, JSON.parse(built(one))))
      const name = place.path.length === 0 ? 'the body' : place.path.join('.')
      if (found) return { what: `${name}: ${found.what}`, json: built(found) }
    }
    throw refusesAll(schema)
  })
}

/** Texts that a text parameter refuses: of a path, a query or a header, where a number arrives as text too. */
export function textViolations(
  schema: Schema,
): fc.Arbitrary<{ readonly what: string; readonly text: string }> {
  const numeric = schema.type === 'integer' || schema.type === 'number'
  return fc.tuple(examples(schema), choice).map(([example, which]) => {
    const suspected = numeric ? suspiciousNumbers(schema) : suspiciousTexts(schema, String(example))
    const texts = [...suspected, ...junk].map(({ what, json }) => {
      const value: unknown = JSON.parse(json)
      return { what, text: typeof value === 'string' ? value : json }
    })
    const found = certain(texts, which, ({ text }) => refuses(schema, numeric ? Number(text) : text))
    if (!found) throw refusesAll(schema)
    return found
  })
}

/* ── what is accepted, and hard to keep ───────────────────────────────────────────────────────────────── */

const isFreeText = (schema: Schema, value: unknown): value is string =>
  typeof value === 'string' && accepts(schema, `${value}!\u0000`)

/** JSON texts that the schema accepts, with a NUL or half a character in free text; undefined where there is none. */
export function oddTexts(schema: Schema): fc.Arbitrary<Violation> | undefined {
  const odd = ['\\u0000', '\\ud800', '\\udc00', '\\ud800\\ud800']
  const arbitrary = fc
    .tuple(examples(schema), choice, fc.constantFrom(...odd))
    .map(([example, where, one]) => {
      const place = at(
        [...placesOf(schema, example)].filter((one) => isFreeText(one.schema, one.value)),
        where,
      )
      if (!place) return null
      const json = jsonWith(example, place.path, `"${String(place.value).slice(0, -1)}${one}"`)
      return accepts(schema, JSON.parse(json))
        ? { what: `${place.path.join('.')}: ends in ${one}`, json }
        : null
    })
  const possible = fc.sample(arbitrary, { seed: 1, numRuns: 20 }).some((one) => one !== null)
  return possible ? arbitrary.filter((one) => one !== null) : undefined
}

/** Texts at the edge of what a text parameter accepts. */
export function edgeTexts(schema: Schema): readonly string[] {
  if (schema.type === 'integer' || schema.type === 'number') {
    return [schema.minimum, schema.maximum, 2 ** 31, 2 ** 53 - 1]
      .filter((edge) => edge !== undefined)
      .filter((edge) => accepts(schema, edge))
      .map(String)
  }
  return ['\0', 'a\0b', '%', '_', '\\', 'x'.repeat(schema.maxLength ?? 1), '😀', "'"].filter((text) =>
    accepts(schema, text),
  )
}
