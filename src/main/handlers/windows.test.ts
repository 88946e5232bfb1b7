import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { windowHandlers, type WindowHandlersOptions } from './windows.ts'

test('a page opens no end of windows, and one that is open comes to the front all the same', async () => {
  const open: string[] = []
  const windows = {
    all: () => open,
    isOpen: (_kind: string, sessionId: string) => open.includes(sessionId),
    open: (_kind: string, sessionId: string) => open.push(sessionId),
  } as unknown as WindowHandlersOptions['windows']
  const handlers = windowHandlers({ windows, showMain: () => {}, pageShown: () => {} })
  const ask = (sessionId: string) =>
    handlers['windows:open']({ kind: 'room', sessionId }, undefined as unknown as Electron.WebContents)

  const answers = await Promise.all(Array.from({ length: 100 }, () => ask(randomUUID())))
  expect(answers.filter(({ ok }) => ok)).toHaveLength(40)
  expect(answers.at(-1)).toMatchObject({ failure: { code: 'conflict' } })
  expect(await ask(open[0] ?? '')).toMatchObject({ ok: true })
})
