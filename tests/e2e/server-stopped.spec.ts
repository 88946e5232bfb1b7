import { setTimeout as wait } from 'node:timers/promises'
import {
  chat,
  expect,
  expectInRoom,
  pill,
  report,
  say,
  shownMessages,
  test,
  watchWords,
} from './classroom.ts'

const STOPPED_MS = 20_000

test('the server is stopped for 20 s and started again', async ({ classroom }) => {
  const { server } = classroom
  const app = await classroom.teach()
  const { main } = app
  const heard = await watchWords(main)

  await server.stop()
  const stopped = Date.now()
  await expect(pill(main)).toHaveAttribute('data-state', 'offline')
  const noticed = Date.now() - stopped
  const typed = ['Typed while it was away', 'And a second thing']
  for (const text of typed) await say(main, text)
  for (const text of typed) await expect(chat(main).getByText(text)).toHaveCount(1)
  expect((await shownMessages(main)).slice(-2).map(({ pending }) => pending)).toEqual([true, true])
  await wait(Math.max(0, STOPPED_MS - (Date.now() - stopped)))

  await server.restart()
  const started = Date.now()
  // By then the app looks every 15 s at most.
  await expect(pill(main)).toHaveText('Connected', { timeout: 30_000 })
  await expectInRoom(main)
  const recovered = Date.now() - started
  await expect
    .poll(async () => (await shownMessages(main)).slice(-2).map(({ pending }) => pending))
    .toEqual([false, false])
  const shown = (await shownMessages(main)).slice(-2).map(({ text }) => text)
  for (const [index, text] of typed.entries()) expect(shown[index]).toContain(text)

  const { colleague: mei, roomId } = await classroom.colleague('Mei Lin')
  const { items } = await mei.call('listMessages', { sessionId: roomId })
  const stored = items.map(({ text }) => text).filter((text) => typed.includes(text))
  expect(stored).toEqual(typed)
  const words = await heard()
  expect(words.pill.some((text) => text.startsWith('Offline'))).toBe(true)
  expect(words.alerts).toEqual([])
  report(`noticed after ${noticed} ms, connected ${recovered} ms after the server listened again`)
})
