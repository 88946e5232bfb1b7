import { setTimeout as wait } from 'node:timers/promises'
import {
  chat,
  expect,
  expectInRoom,
  maya,
  pill,
  report,
  roster,
  say,
  shownMessages,
  test,
  watchWords,
} from './classroom.ts'

const LIFETIME_S = 4

test.use({ accessTtl: LIFETIME_S })

test('a lid closed for ten token lifetimes, and a network that comes back late', async ({ classroom }) => {
  const { network } = classroom
  const app = await classroom.teach()
  const { main } = app
  const { colleague: amara, roomId } = await classroom.colleague('Amara Diallo')
  await amara.join(roomId)
  await say(main, 'Before lunch')
  await expect(chat(main).getByText('Before lunch', { exact: true })).toBeVisible()
  await expect(roster(main).filter({ hasText: 'Amara Diallo' })).toHaveCount(1)
  const heard = await watchWords(main)

  await app.emitPower('suspend')
  await expect(pill(main)).toHaveAttribute('data-state', 'suspended')
  // Nothing of the app runs and its sockets are gone, as with a lid that is closed.
  await app.freeze()
  await network.down('refused')
  const requestsBefore = network.requests.length
  const missed: string[] = []
  for (let n = 1; n <= 10; n++) {
    missed.push(`While you were away ${n}`)
    await amara.say(roomId, `While you were away ${n}`)
    await wait(LIFETIME_S * 1000)
  }
  expect(network.requests.length).toBe(requestsBefore)

  await app.thaw()
  await app.emitPower('resume')
  await expect(pill(main)).toHaveAttribute('data-state', 'offline')
  await expect(pill(main)).toContainText('your notes are safe')
  // What was on screen stays there meanwhile.
  await expect(chat(main).getByText('Before lunch', { exact: true })).toBeVisible()
  await wait(5000)
  const back = Date.now()
  await network.up()
  await expectInRoom(main)
  const recovered = Date.now() - back

  await expect(chat(main).getByText('While you were away 10', { exact: true })).toBeVisible()
  const shown = (await shownMessages(main)).map(({ text }) => text)
  const order = ['Before lunch', ...missed].map((text) =>
    shown.findIndex((message) => message.endsWith(text)),
  )
  expect(order).not.toContain(-1)
  expect(order).toEqual(order.toSorted((a, b) => a - b))
  for (const text of missed) await expect(chat(main).getByText(text, { exact: true })).toHaveCount(1)
  await expect(roster(main).filter({ hasText: maya.name })).toHaveCount(1)
  const { items: people } = await amara.call('listParticipants', { sessionId: roomId })
  expect(people.filter(({ displayName }) => displayName === maya.name)).toHaveLength(1)

  await say(main, 'After lunch')
  await expect(chat(main).getByText('After lunch', { exact: true })).toHaveCount(1)
  const words = await heard()
  expect(words.pill.some((text) => text.startsWith('Reconnecting'))).toBe(true)
  expect(words.alerts).toEqual([])
  report(`connected again ${recovered} ms after the network; the pill said: ${words.pill.join(' · ')}`)
})
