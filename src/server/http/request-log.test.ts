import { expect, test } from 'vitest'
import { loggable } from './request-log.ts'

const failed = (message: string, more: object) => Object.assign(new Error(message), more)

test('of a failed statement nothing is logged that a person wrote', () => {
  const text = JSON.stringify(
    loggable(
      failed('duplicate key value violates unique constraint "accounts_email"', {
        code: '23505',
        constraint: 'accounts_email',
        detail: 'Key (lower(email))=(maya@example.edu) already exists.',
        where: 'unnamed portal parameter $2 = maya@example.edu',
        params: ['maya@example.edu'],
        query: "insert into accounts values ('maya@example.edu')",
      }),
    ),
  )
  expect(text).not.toContain('maya')
  expect(text).toContain('accounts_email')
  expect(text).toContain('23505')
})

test('a value that the database does not like is not repeated, neither in the message nor in the stack', () => {
  const error = failed('invalid input syntax for type uuid: "what was "written" here"', { code: '22P02' })
  const { message, stack } = loggable(new Error('outside', { cause: error })).cause as ReturnType<
    typeof loggable
  >
  expect(message).toBe('invalid input syntax for type uuid: "…"')
  expect(stack).not.toContain('written')
  expect(stack).toContain('request-log.test')
})

test('an error keeps its kind, its code and its causes, a few of them', () => {
  let error = failed('the first', { code: 'ECONNREFUSED' })
  for (let n = 0; n < 20; n++) error = new TypeError(`the next, ${n}`, { cause: error })
  const logged = loggable(error)
  expect(logged).toMatchObject({
    type: 'TypeError',
    message: 'the next, 19',
    cause: { message: 'the next, 18' },
  })
  expect(JSON.stringify(logged)).not.toContain('the first')
  expect(loggable(failed('alone', { code: 'ECONNREFUSED' }))).toMatchObject({ code: 'ECONNREFUSED' })
  expect(loggable('a word')).toMatchObject({ type: 'string' })
})
