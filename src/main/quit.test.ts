import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { quitInOrder, type QuitOptions } from './quit.ts'

function quitting(options: Partial<QuitOptions>) {
  const app = new EventEmitter()
  const reported: unknown[] = []
  const exited = new Promise<number>((resolve) => Object.assign(app, { exit: resolve }))
  quitInOrder({
    app: app as unknown as QuitOptions['app'],
    destroyWindows: () => app.emit('will-quit', { preventDefault() {} }),
    finish: () => [],
    log: { write: (event, error) => void reported.push([event, error]), flush: () => Promise.resolve() },
    exitCode: () => 0,
    pagesMs: 30,
    finishMs: 200,
    ...options,
  })
  return { app, reported, exited }
}
const willQuit = { preventDefault() {} }

test('quitting waits for what is under way, once', async () => {
  let done = false
  let began = 0
  const { app, exited } = quitting({
    finish() {
      began += 1
      return [new Promise<void>((resolve) => setTimeout(resolve, 20)).then(() => void (done = true))]
    },
    exitCode: () => (done ? 7 : 1),
  })
  app.emit('will-quit', willQuit)
  app.emit('will-quit', willQuit)
  expect(await exited).toBe(7)
  expect(began).toBe(1)
})

test('what fails while quitting is noted, and keeps neither the rest nor the end', async () => {
  const error = new Error('no disk')
  let saved = false
  const rest = () => new Promise<void>((resolve) => setTimeout(resolve, 20)).then(() => void (saved = true))
  const { app, reported, exited } = quitting({ finish: () => [Promise.reject(error), rest()] })
  app.emit('will-quit', willQuit)
  await exited
  expect(saved).toBe(true)
  expect(reported).toContainEqual(['not finished', error])

  const thrown = quitting({
    finish: () => {
      throw error
    },
  })
  thrown.app.emit('will-quit', willQuit)
  await thrown.exited
  expect(thrown.reported).toContainEqual(['not finished', error])
})

test('what hangs is left behind', async () => {
  const { app, exited } = quitting({ finish: () => [new Promise(() => {})] })
  app.emit('will-quit', willQuit)
  expect(await exited).toBe(0)
})

test('a page that does not close keeps nobody from quitting', async () => {
  const { app, reported, exited } = quitting({})
  app.emit('before-quit')
  await exited
  expect(reported.map((line) => (line as unknown[])[0])).toEqual(['pages did not close', 'quitting'])
})
