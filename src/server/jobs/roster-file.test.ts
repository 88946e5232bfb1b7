import { describe, expect, test } from 'vitest'
import { checkRoster, MAX_ROSTER_LINES, readRoster, type RosterLine } from './roster-file.ts'

/** In pieces of so many bytes, as storage gives them: a character or a line end may be cut in two. */
async function* pieces(content: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(content: string | Uint8Array): Promise<RosterLine[]> {
  await checkRoster(pieces(content))
  const lines: RosterLine[] = []
  for await (const line of readRoster(pieces(content))) lines.push(line)
  return lines
}

const learner = (line: number, name: string, email: string): RosterLine => ({
  line,
  person: { name, email, role: 'learner' },
})

describe('a roster as spreadsheets write it', () => {
  test.each([
    ['commas and Unix line ends', 'name,email\nZoë Łukasik,zoe@north.example\n'],
    ['a byte order mark and Windows line ends', '\ufeffname,email\r\nZoë Łukasik,zoe@north.example\r\n'],
    ['semicolons, as Excel writes in many countries', 'name;email\r\nZoë Łukasik;zoe@north.example\r\n'],
    ['tabs and old Macintosh line ends', 'name\temail\rZoë Łukasik\tzoe@north.example\r'],
    ['no line end at the end', 'name,email\nZoë Łukasik,zoe@north.example'],
    ['columns in any order and case', ' EMail ,Group,NAME\nzoe@north.example,B,Zoë Łukasik\n'],
    ['quoted fields', '"name","email"\n"Zoë Łukasik","zoe@north.example"\n'],
    ['capitals in the address', 'name,email\nZoë Łukasik,Zoe@North.Example\n'],
  ])('with %s is read', async (_, content) => {
    expect(await read(content)).toEqual([learner(2, 'Zoë Łukasik', 'zoe@north.example')])
  })

  test('may hold commas and quotation marks inside of names', async () => {
    const content = 'name,email\n"Weiss, Anna ""Anni""",anna@north.example\nJan "Jo" Bor,jan@north.example\n'
    expect(await read(content)).toEqual([
      learner(2, 'Weiss, Anna "Anni"', 'anna@north.example'),
      learner(3, 'Jan "Jo" Bor', 'jan@north.example'),
    ])
  })

  test('gives the roles it names, but never an administrator’s', async () => {
    const lines = await read(
      'name,email,role\nA,a@x.example,Instructor\nB,b@x.example,assistant\nC,c@x.example,\nD,d@x.example,admin\n' +
        'E,e@x.example,headmaster\nF,f@x.example,toString\n',
    )
    expect(lines.map((line) => ('person' in line ? line.person.role : line.problem))).toEqual([
      'instructor',
      'assistant',
      'learner',
      'Administrators cannot be made by an import.',
      'The role is not “learner”, “assistant” or “instructor”.',
      'The role is not “learner”, “assistant” or “instructor”.',
    ])
  })

  test('is read to its end, whatever is wrong with some of its lines', async () => {
    const lines = await read(
      [
        'name,email',
        '"Jean" Dupont,jean@x.example',
        '',
        '"Never closed,never@x.example',
        ',nameless@x.example',
        'No Address',
        'Odd Address,odd at x',
        `${'x'.repeat(121)},long@x.example`,
        'Bell\u0007,bell@x.example',
        'Twice,twice@x.example',
        'Twice again,TWICE@x.example',
        'Last,last@x.example',
      ].join('\n'),
    )
    expect(lines).toEqual([
      { line: 2, problem: 'Its quotation marks do not match.' },
      { line: 4, problem: 'Its quotation marks do not match.' },
      { line: 5, problem: 'The name is missing.' },
      { line: 6, problem: 'The e-mail address is missing.' },
      { line: 7, problem: 'The e-mail address is not one.' },
      { line: 8, problem: 'The name is longer than 120 characters.' },
      { line: 9, problem: 'The name has characters in it that no name has.' },
      learner(10, 'Twice', 'twice@x.example'),
      { line: 11, problem: 'This e-mail address is in line 10 already.' },
      learner(12, 'Last', 'last@x.example'),
    ])
  })
})

describe('what is no roster is refused in plain words, before anybody is enrolled:', () => {
  const latin1 = Buffer.from('name,email\nZoë,zoe@north.example\n', 'latin1')
  const utf16 = Buffer.from('\ufeffname,email\nZoe,zoe@north.example\n', 'utf16le')
  test.each([
    ['another encoding', latin1, 'not in UTF-8'],
    ['Excel’s “Unicode text”', utf16, 'not in UTF-8'],
    ['a file that ends within a character', Buffer.from('name,email\nZo\xc3', 'latin1'), 'not in UTF-8'],
    ['an empty file', '', 'empty'],
    ['no names of columns', 'Zoe,zoe@north.example\n', 'has to name the columns'],
    ['a line without an end', `name,email\n${'x'.repeat(20_000)}`, 'longer than 10000 characters'],
    ['too many lines', `name,email\n${'\n'.repeat(MAX_ROSTER_LINES)}`, 'more than 50000 lines'],
  ])('%s', async (_, content, words) => {
    await expect(checkRoster(pieces(content, 4096))).rejects.toThrow(words)
  })

  test('and the most lines there may be are no problem', async () => {
    const content = `name,email\n${'A,a@x.example\n'.repeat(MAX_ROSTER_LINES - 1)}`
    expect(await checkRoster(pieces(content, 4096))).toBe(MAX_ROSTER_LINES)
  })
})
