/**
 * A roster as spreadsheets write it: CSV (RFC 4180) in UTF-8 with or without a byte order mark, lines ended in any way,
 * fields set apart by commas, or by semicolons or tabs where a comma is the decimal mark. The first line names the
 * columns: `name`, `email` and perhaps `role`, in any order and case; others are left alone.
 *
 * One person a line. csv-parse is given a line at a time: given all of them it would, after a line it cannot read, lose
 * the lines behind it.
 */
import { parse } from 'csv-parse/sync'
import { Account, type Role } from '../../contract/model.ts'
import { JobFailure } from './job-runner.ts'

export interface RosterPerson {
  readonly name: string
  /** In lower case. */
  readonly email: string
  readonly role: Exclude<Role, 'admin'>
}

/** `line` counts from 1, the header with it, as a spreadsheet does. */
export type RosterLine =
  | { readonly line: number; readonly person: RosterPerson }
  | { readonly line: number; readonly problem: string }

/** Bytes; more than {@link MAX_ROSTER_LINES} people take. */
export const MAX_ROSTER_BYTES = 16 * 1024 ** 2
export const MAX_ROSTER_LINES = 50_000
const MAX_LINE_CHARS = 10_000

const LINE_END = /\r\n|\n|\r/g

/** @throws {JobFailure} when it is no UTF-8, or has lines longer than any person's */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  const decode = (piece?: Uint8Array) => {
    try {
      return utf8.decode(piece, { stream: piece !== undefined })
    } catch {
      throw new JobFailure('This file is not in UTF-8. Save it as “CSV UTF-8” and upload it again.')
    }
  }
  let rest = ''
  for await (const piece of bytes) {
    const text = rest + decode(piece)
    // The second half of a line end may be in the next piece.
    const until = text.endsWith('\r') ? text.length - 1 : text.length
    const lines = text.slice(0, until).split(LINE_END)
    rest = (lines.pop() ?? '') + text.slice(until)
    yield* lines
    if (rest.length > MAX_LINE_CHARS) throw tooLong()
  }
  const last = (rest + decode()).split(LINE_END)
  yield* last.at(-1) === '' ? last.slice(0, -1) : last
}

const tooLong = () =>
  new JobFailure(`A line of this file is longer than ${MAX_LINE_CHARS} characters. Is it a list of people?`)

/**
 * How many lines there are.
 *
 * @throws {JobFailure} when no roster can be read from it
 */
export async function checkRoster(bytes: AsyncIterable<Uint8Array>): Promise<number> {
  let lines = 0
  for await (const line of linesOf(bytes)) {
    if (line.length > MAX_LINE_CHARS) throw tooLong()
    if (++lines === 1) readHeader(line)
    if (lines > MAX_ROSTER_LINES) {
      throw new JobFailure(`This file has more than ${MAX_ROSTER_LINES} lines. Divide it into several.`)
    }
  }
  if (lines === 0) throw new JobFailure('This file is empty.')
  return lines
}

/** Every line after the first that has something in it. To be asked only of what `checkRoster` has let through. */
export async function* readRoster(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<RosterLine> {
  const lineOf = new Map<string, number>()
  let header: Header | null = null
  let line = 0
  for await (const text of linesOf(bytes)) {
    line++
    if (!header) {
      header = readHeader(text)
      continue
    }
    if (text.trim() === '') continue
    const person = readPerson(text, header)
    if (typeof person === 'string') {
      yield { line, problem: person }
      continue
    }
    const before = lineOf.get(person.email)
    if (before !== undefined) {
      yield { line, problem: `This e-mail address is in line ${before} already.` }
      continue
    }
    lineOf.set(person.email, line)
    yield { line, person }
  }
}

interface Header {
  readonly delimiter: string
  /** Positions of the columns. */
  readonly name: number
  readonly email: number
  /** -1: there is none. */
  readonly role: number
}

function readHeader(line: string): Header {
  const count = (delimiter: string) => line.split(delimiter).length
  const [delimiter = ','] = [',', ';', '\t'].sort((a, b) => count(b) - count(a))
  const columns = fieldsOf(line, delimiter)?.map((column) => column.toLowerCase()) ?? []
  const header = {
    delimiter,
    name: columns.indexOf('name'),
    email: columns.indexOf('email'),
    role: columns.indexOf('role'),
  }
  if (header.name === -1 || header.email === -1) {
    throw new JobFailure(
      'The first line has to name the columns: “name” and “email”, and “role” if you like.',
    )
  }
  return header
}

/** Null when the quotes make no sense. */
function fieldsOf(line: string, delimiter: string): string[] | null {
  try {
    const [fields = []] = parse(line, {
      delimiter,
      // In a name, not around it: Jean "Jeannot" Dupont.
      relax_quotes: true,
      record_delimiter: '\n',
      trim: true,
    })
    return fields
  } catch {
    return null
  }
}

const roles: Readonly<Record<string, RosterPerson['role']>> = {
  '': 'learner',
  learner: 'learner',
  assistant: 'assistant',
  instructor: 'instructor',
}

/** The person, or why there is none. */
function readPerson(text: string, columns: Header): RosterPerson | string {
  const fields = fieldsOf(text, columns.delimiter)
  if (!fields) return 'Its quotation marks do not match.'
  const name = fields[columns.name] ?? ''
  const email = (fields[columns.email] ?? '').toLowerCase()
  const wanted = (fields[columns.role] ?? '').toLowerCase()
  if (name === '') return 'The name is missing.'
  if (!Account.shape.displayName.safeParse(name).success) return 'The name is longer than 120 characters.'
  if (/\p{Cc}/u.test(name)) return 'The name has characters in it that no name has.'
  if (email === '') return 'The e-mail address is missing.'
  if (!Account.shape.email.safeParse(email).success) return 'The e-mail address is not one.'
  if (wanted === 'admin') return 'Administrators cannot be made by an import.'
  const role = Object.hasOwn(roles, wanted) ? roles[wanted] : undefined
  return role ? { name, email, role } : 'The role is not “learner”, “assistant” or “instructor”.'
}
