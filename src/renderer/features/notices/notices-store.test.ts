import { expect, test } from 'vitest'
import type { Job } from '../../../contract/jobs.ts'
import { fail } from '../../../contract/model.ts'
import { createNoticesStore } from './notices-store.ts'

const job: Job = {
  id: '00000000-0000-4000-8000-000000000001',
  order: { kind: 'attendance-export', course: 'CHEM 232' },
  title: 'CHEM 232',
  status: 'done',
  version: 3,
  progress: 1,
  step: 'Done',
  cost: 0,
  attempts: 1,
  createdAt: '2026-11-21T08:00:00.000Z',
  startedAt: null,
  finishedAt: null,
  result: null,
  problem: null,
}
const { failure } = fail('offline', 'The server cannot be reached.')

test('the same failure twice is said once', () => {
  const store = createNoticesStore()
  store.getState().show(failure)
  store.getState().show(failure)
  expect(store.getState().notices).toHaveLength(1)
})

test('looking at the jobs takes away what was said of them, and nothing else', () => {
  const store = createNoticesStore()
  store.getState().announce(job)
  store.getState().show(failure)
  store.getState().withdrawJobs()
  expect(store.getState().notices).toMatchObject([{ failure }])
})

test('however many jobs are over, one notice says so', () => {
  const store = createNoticesStore()
  for (const title of ['one', 'two']) store.getState().announce({ ...job, title })
  expect(store.getState().notices).toMatchObject([{ jobs: [{ title: 'one' }, { title: 'two' }] }])
})

test('three notices at most, the newest ones', () => {
  const store = createNoticesStore()
  for (const message of ['one', 'two', 'three', 'four']) store.getState().show({ ...failure, message })
  expect(store.getState().notices).toMatchObject([
    { failure: { message: 'two' } },
    { failure: { message: 'three' } },
    { failure: { message: 'four' } },
  ])
})
