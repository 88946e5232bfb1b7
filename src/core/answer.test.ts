import { expect, test } from 'vitest'
import { BOOT_ID_HEADER } from '../contract/endpoint.ts'
import { failureOf, readAnswer } from './answer.ts'

function failureWith(status: number, code: string) {
  const body = JSON.stringify({ type: 'about:blank', title: 'No', status, detail: 'Why not.', code })
  const answer = readAnswer({ kind: 'response', status, headers: { [BOOT_ID_HEADER]: 'a' }, body })
  if (answer.kind === 'none') throw new Error('nobody answered')
  return failureOf(answer)
}

test.each([
  [409, 'library-full', false],
  [409, 'not-enough-credits', false],
  [413, 'too-large', false],
  [507, 'storage-full', true],
])('what stands for itself in every language is not told as some other %i: %s', (status, code, retryable) => {
  expect(failureWith(status, code)).toEqual({ code, message: 'Why not.', retryable })
})

test('a code that nobody has words for is told by the status it came with', () => {
  expect(failureWith(409, 'conflict').code).toBe('conflict')
  expect(failureWith(409, 'something-new').code).toBe('conflict')
  expect(failureWith(410, 'file-missing').code).toBe('not-found')
  expect(failureWith(500, 'internal').code).toBe('server-unavailable')
})
