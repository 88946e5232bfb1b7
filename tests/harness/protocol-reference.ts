/** The parts of docs/protocol.md that follow from the contract: tables and shapes, as Markdown. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { endpoints } from '../../src/contract/api.ts'
import { byteEndpoints } from '../../src/contract/bytes.ts'
import {
  AuthSession,
  ClientFrame,
  credentialEndpoints,
  TokenError,
  TokenResponse,
} from '../../src/contract/credentials.ts'
import { creditEndpoints } from '../../src/contract/credits.ts'
import { deviceEndpoints } from '../../src/contract/devices.ts'
import { ProblemDocument, type Endpoint } from '../../src/contract/endpoint.ts'
import { CLOSE, JobsFrame, RoomEvent, ServerFrame } from '../../src/contract/frames.ts'
import { Job, jobEndpoints, JobOrder, JobResult } from '../../src/contract/jobs.ts'
import { ContentType, libraryEndpoints, StoredFile } from '../../src/contract/library.ts'
import { lifetimes } from '../../src/contract/lifetimes.ts'
import { ListedSession, liveSessionEndpoints } from '../../src/contract/live-sessions.ts'
import * as model from '../../src/contract/model.ts'
import { streamEndpoints } from '../../src/contract/streams.ts'
import { statusOf } from '../../src/server/http/problem.ts'
import { repository } from './repository.ts'

/** Shapes that are spelled out once and then named, in the order they are spelled out. */
const named = {
  Account: model.Account,
  Person: model.Person,
  LiveSession: model.LiveSession,
  ListedSession,
  LiveSessionPlan: model.LiveSessionPlan,
  Participant: model.Participant,
  Attendance: model.Attendance,
  ChatMessage: model.ChatMessage,
  TokenResponse,
  TokenError,
  AuthSession,
  Device: deviceEndpoints.listDevices.response.shape.items.element,
  CreditEntry: creditEndpoints.listCreditEntries.response.shape.items.element,
  ContentType,
  StoredFile,
  JobOrder,
  JobResult,
  Job,
  RoomEvent,
  AssistantEvent: streamEndpoints.assistantReply.event,
  JobEvent: streamEndpoints.jobProgress.event,
  ProblemDocument,
} as const satisfies Record<string, z.ZodType>

const names = z.registry<{ id: string }>()
for (const [id, schema] of Object.entries(named)) names.add(schema, { id })

type JsonSchema = z.core.JSONSchema.BaseSchema

function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  return z.toJSONSchema(schema, { metadata: names, io, unrepresentable: 'any' }) as JsonSchema
}

/** In the manner of a TypeScript type: `{ name: string 1..200, at: instant, note?: string | null }`. */
function shapeOf(schema: z.ZodType, io: 'input' | 'output', expand = false): string {
  const root = jsonSchemaOf(schema, io)
  const id = names.get(schema)?.id
  if (id !== undefined && !expand) return id
  const definition = root.$ref ? root.$defs?.[nameOf(root.$ref)] : root
  return render((definition as JsonSchema | undefined) ?? root, 0)
}

const nameOf = (reference: string) => reference.slice(reference.lastIndexOf('/') + 1)
const WIDTH = 96

function render(schema: JsonSchema, depth: number): string {
  if (schema.$ref) return nameOf(schema.$ref)
  const options = schema.anyOf ?? schema.oneOf
  if (options) {
    const parts = (options as JsonSchema[]).map((option) => render(option, depth + 1))
    const ofObjects = parts.every((part) => part.startsWith('{'))
    return ofObjects
      ? parts.map((part) => `\n${'  '.repeat(depth + 1)}| ${part}`).join('')
      : parts.join(' | ')
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (Array.isArray(schema.type)) {
    return schema.type.map((type) => render({ ...schema, type } as JsonSchema, depth)).join(' | ')
  }
  switch (schema.type) {
    case 'string':
      return renderString(schema)
    case 'integer':
      return `integer${bounds(schema.minimum, schema.maximum)}`
    case 'number':
      return `number${bounds(schema.minimum, schema.maximum)}`
    case 'array':
      return `${wrapped(render(schema.items as JsonSchema, depth))}[]${schema.maxItems === undefined ? '' : ` up to ${schema.maxItems}`}`
    case 'object':
      return renderObject(schema, depth)
    case undefined:
      return 'anything'
    default:
      return String(schema.type)
  }
}

const wrapped = (shape: string) => (shape.includes(' ') && !shape.startsWith('{') ? `(${shape})` : shape)

function renderString({ format, minLength, maxLength, pattern }: JsonSchema): string {
  if (format === 'date-time') return 'instant'
  if (format === 'uuid') return 'uuid'
  const kind = format === 'email' ? 'email' : 'string'
  const length = bounds(minLength, maxLength)
  return `${kind}${length}${pattern !== undefined && format === undefined && length === '' ? ` like ${pattern}` : ''}`
}

function bounds(from: number | undefined, to: number | undefined): string {
  // What a safe integer can hold is no limit that anybody set.
  const least = from === undefined || from <= Number.MIN_SAFE_INTEGER ? undefined : from
  const most = to === undefined || to >= Number.MAX_SAFE_INTEGER ? undefined : to
  if (least === undefined && most === undefined) return ''
  return ` ${least ?? ''}..${most ?? ''}`
}

function renderObject({ properties = {}, required = [] }: JsonSchema, depth: number): string {
  const fields = Object.entries(properties).map(([name, value]) => {
    const schema = value as JsonSchema
    const fallback = schema.default === undefined ? '' : ` = ${JSON.stringify(schema.default)}`
    return `${name}${required.includes(name) ? '' : '?'}: ${render(schema, depth + 1)}${fallback}`
  })
  const line = `{ ${fields.join(', ')} }`
  if (line.length + depth * 2 <= WIDTH && !line.includes('\n')) return line
  const inside = '  '.repeat(depth + 1)
  return `{\n${fields.map((field) => `${inside}${field}\n`).join('')}${'  '.repeat(depth)}}`
}

const fence = (lines: readonly string[]) => ['```text', ...lines, '```'].join('\n')
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
const code = (text: string) => `\`${text}\``
const cell = (text: string) => text.replaceAll('|', '\\|')

const isEmpty = (schema: z.ZodType) => schema instanceof z.ZodObject && Object.keys(schema.shape).length === 0

function endpointGroup(group: Readonly<Record<string, Endpoint>>): string {
  const rows = Object.entries(group).map(([name, { method, path, authenticated, repeat, summary }]) => [
    code(name),
    code(`${method} ${path}`),
    authenticated ? 'yes' : 'no',
    repeat,
    cell(summary),
  ])
  const shapes = Object.entries(group).flatMap(([name, { query, body, response }]) => [
    name,
    ...(isEmpty(query) ? [] : [`  query  ${indent(shapeOf(query, 'input'))}`]),
    ...(body instanceof z.ZodUndefined ? [] : [`  body   ${indent(shapeOf(body, 'input'))}`]),
    `  answer ${indent(shapeOf(response, 'output'))}`,
  ])
  return `${table(['name', 'request', 'token', 'repeat', 'what it does'], rows)}\n\n${fence(shapes)}`
}

const indent = (shape: string) => shape.replaceAll('\n', '\n         ')

function frames(union: { readonly options: readonly z.ZodObject[] }, io: 'input' | 'output'): string {
  return fence(union.options.map((option) => shapeOf(option, io)))
}

const inWords = (seconds: number): string => {
  const units = [
    ['day', 24 * 3600],
    ['hour', 3600],
    ['minute', 60],
  ] as const
  for (const [unit, length] of units) {
    const count = seconds / length
    if (Number.isInteger(count) && (count > 1 || unit !== 'day'))
      return `${count} ${unit}${count === 1 ? '' : 's'}`
  }
  return `${seconds} seconds`
}

/** What its comment says of each entry of an object in a source file. */
async function commentsIn(file: string): Promise<ReadonlyMap<string, string>> {
  const source = await readFile(join(repository, file), 'utf8')
  const found = source.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\s*(\w+):/g)
  return new Map(
    [...found].map(([, comment = '', name = '']) => [
      name,
      comment
        .replace(/\n\s*\*/g, '')
        .replace(/\s+/g, ' ')
        .trim(),
    ]),
  )
}

async function lifetimeTable(): Promise<string> {
  const comments = await commentsIn('src/contract/lifetimes.ts')
  const rows = Object.entries(lifetimes).map(([name, value]) => {
    const said = comments.get(name)
    if (said === undefined) throw new Error(`src/contract/lifetimes.ts says nothing of ${name}`)
    return [code(name), [value].flat().map(inWords).join(' and '), cell(said)]
  })
  return table(['name', 'default', 'of what'], rows)
}

async function closeTable(): Promise<string> {
  const comments = await commentsIn('src/contract/frames.ts')
  return table(
    ['code', 'name', 'meaning'],
    Object.entries(CLOSE).map(([name, number]) => [String(number), code(name), comments.get(name) ?? '']),
  )
}

function problemTable(): string {
  return table(
    ['code', 'status'],
    Object.entries(statusOf).map(([name, status]) => [code(name), String(status)]),
  )
}

function byteTable(): string {
  const rows = Object.entries(byteEndpoints).map(
    ([name, { method, path, authenticated, takes, gives, summary }]) => [
      code(name),
      code(`${method} ${path}`),
      authenticated ? 'yes' : 'no',
      [takes && `takes ${code(takes)}`, gives && `gives ${code(gives)}`].filter(Boolean).join(', ') || '–',
      cell(summary),
    ],
  )
  return table(['name', 'request', 'token', 'bytes', 'what it does'], rows)
}

function streamTable(): string {
  const rows = Object.entries(streamEndpoints).map(([name, { path, last, summary }]) => [
    code(name),
    code(`GET ${path}`),
    code(last),
    cell(summary),
  ])
  return table(['name', 'request', 'last event', 'what it tells'], rows)
}

const { health, ready } = endpoints

/** By the name of their place in the document. */
export async function protocolReference(): Promise<Readonly<Record<string, string>>> {
  return {
    shapes: fence(
      Object.entries(named).map(([name, schema]) => `${name} = ${shapeOf(schema, 'output', true)}`),
    ),
    problems: problemTable(),
    lifetimes: await lifetimeTable(),
    'server endpoints': endpointGroup({ health, ready }),
    'credential endpoints': endpointGroup(credentialEndpoints),
    'device endpoints': endpointGroup(deviceEndpoints),
    'live session endpoints': endpointGroup(liveSessionEndpoints),
    'library endpoints': endpointGroup(libraryEndpoints),
    'byte endpoints': byteTable(),
    'job endpoints': endpointGroup(jobEndpoints),
    'credit endpoints': endpointGroup(creditEndpoints),
    streams: streamTable(),
    'client frames': frames(ClientFrame, 'input'),
    'room frames': frames(ServerFrame, 'output'),
    'job frames': frames(JobsFrame, 'output'),
    'close codes': await closeTable(),
  }
}

const typesOf = (union: { readonly options: readonly z.ZodObject[] }) =>
  union.options.flatMap(({ shape }) => [...(shape['type'] as z.ZodLiteral<string>).values])

/** Whatever has a name in the contract that both sides use. */
export const namesInContract: readonly string[] = [
  ...Object.keys({ ...endpoints, ...credentialEndpoints, ...byteEndpoints, ...streamEndpoints }),
  ...[ClientFrame, ServerFrame, JobsFrame, RoomEvent].flatMap(typesOf),
  ...Object.keys(CLOSE),
  ...Object.keys(statusOf),
  ...TokenError.shape.error.options,
  ...TokenError.shape.error_reason.unwrap().options,
]
