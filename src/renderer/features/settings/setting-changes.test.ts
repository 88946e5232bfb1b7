import { expect, test } from 'vitest'
import { fail, succeed, type Result } from '../../../contract/model.ts'
import type { EffectiveSettings } from '../../../contract/settings.ts'
import { createSettingChanges } from './setting-changes.ts'

const now = { theme: { value: 'dark', source: 'user', origin: null } } as EffectiveSettings

function atTheSettings() {
  const answers: ((answer: Result<EffectiveSettings>) => void)[] = []
  const told: EffectiveSettings[] = []
  const store = createSettingChanges(
    { ask: () => new Promise<Result<never>>((resolve) => answers.push(resolve as never)) },
    (settings) => told.push(settings),
  )
  return { store, answers, told, change: store.getState().change }
}

test('a choice is shown at once, and said to be saved once it is', async () => {
  const { store, answers, told, change } = atTheSettings()
  const done = change('theme', 'dark')
  expect(store.getState()).toMatchObject({ chosen: { theme: 'dark' }, saved: null })
  answers[0]?.(succeed(now))
  await done
  expect(store.getState()).toMatchObject({ chosen: {}, saved: 'theme', failed: null })
  expect(told).toEqual([now])
})

test('a choice that could not be saved is taken back, with the reason', async () => {
  const { store, answers, told, change } = atTheSettings()
  const done = change('theme', 'dark')
  const { failure } = fail('storage-failed', 'The disk is full.')
  answers[0]?.({ ok: false, failure })
  await done
  expect(store.getState()).toMatchObject({ chosen: {}, saved: null, failed: { name: 'theme', failure } })
  expect(told).toEqual([])
})

test('of two choices in a row the second counts, however the first one ended', async () => {
  const { store, answers, told, change } = atTheSettings()
  const both = [change('theme', 'dark'), change('theme', 'light')]
  answers[0]?.(fail('internal', 'No.'))
  await both[0]
  expect(store.getState()).toMatchObject({ chosen: { theme: 'light' }, failed: null })
  answers[1]?.(succeed(now))
  await both[1]
  expect(store.getState()).toMatchObject({ chosen: {}, saved: 'theme' })
  expect(told).toHaveLength(1)
})
