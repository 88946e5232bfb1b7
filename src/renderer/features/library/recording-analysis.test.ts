import { expect, test } from 'vitest'
import type { Job } from '../../../contract/jobs.ts'
import { analysisOf } from './recording-analysis.ts'

const fileId = '0b2f6d0e-7a3c-4d57-9f0e-0c1f2a3b4c5d'
const job = (id: string, status: Job['status'], of = fileId) =>
  ({ id, status, order: { kind: 'audio-analysis', fileId: of } }) as Job

test('what was found out about a recording is not lost to a later attempt that failed', () => {
  const jobs = [job('later', 'failed'), job('cancelled', 'cancelled'), job('first', 'done')]
  expect(analysisOf(fileId, jobs)?.id).toBe('first')
})

test('an attempt that failed is known while there is nothing better', () => {
  expect(analysisOf(fileId, [job('later', 'failed'), job('first', 'cancelled')])?.id).toBe('later')
})

test('the analysis of another recording is none of this one', () => {
  const order = { kind: 'roster-import', fileId, course: 'CHEM 232' } as const
  expect(
    analysisOf(fileId, [job('other', 'done', 'another'), { ...job('roster', 'done'), order }]),
  ).toBeNull()
  expect(analysisOf(fileId, null)).toBeNull()
})
