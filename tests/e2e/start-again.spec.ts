import { searchFiles } from '../harness/secrets-search.ts'
import { searchHeap } from '../harness/heap.ts'
import { chat, expect, openRoom, openSecondWindow, pill, room, say, signIn, test } from './classroom.ts'

test.use({ accessTtl: 4 })

test('quit and start again: still signed in, and no token anywhere but in the keychain', async ({
  classroom,
}) => {
  const { network, server } = classroom
  const first = await classroom.teach()
  await say(first.main, 'A word that is on the page')
  await expect(chat(first.main).getByText('A word that is on the page', { exact: true })).toBeVisible()
  await expect.poll(() => network.count('POST', '/auth/token'), { timeout: 20_000 }).toBeGreaterThanOrEqual(3)
  const firstPrinted = await first.logs()
  await first.quit()

  const again = await classroom.launch({ userDataDir: first.userDataDir })
  await expect(again.main.getByRole('heading', { level: 1, name: room })).toBeVisible()
  await expect(pill(again.main)).toHaveText('Connected')
  await openRoom(again.main)
  const second = await openSecondWindow(again)
  await expect(second.getByRole('heading', { level: 1, name: room })).toBeVisible()
  await expect.poll(() => network.count('POST', '/auth/token'), { timeout: 20_000 }).toBeGreaterThanOrEqual(6)

  const tokens = [...network.tokens]
  expect(tokens.length).toBeGreaterThan(12)
  for (const page of [again.main, second]) {
    // The search finds what is there, so finding no token means something.
    expect(await searchHeap(page, ['A word that is on the page'])).toHaveLength(1)
    expect(await searchHeap(page, [...tokens, server.demoPassword])).toEqual([])
  }
  const printed = firstPrinted + (await again.logs())
  expect(tokens.filter((token) => printed.includes(token))).toEqual([])
  await again.quit()
  expect(await searchFiles(first.userDataDir, ['"event":"refresh-succeeded"'])).not.toEqual([])
  expect(await searchFiles(first.userDataDir, [...tokens, server.demoPassword])).toEqual([])
})

test('kill -9 in the middle of a renewal, and start again: still signed in', async ({ classroom }) => {
  const { network, server } = classroom
  let app = await classroom.launch()
  await signIn(app.main, server.demoPassword)
  for (let round = 0; round < 3; round++) {
    network.loseNextAnswer('POST', '/auth/token')
    const lost = () =>
      network.requests.filter(
        ({ path, delivered, status }) => path === '/auth/token' && !delivered && status === 200,
      ).length
    const before = lost()
    await expect.poll(lost, { timeout: 20_000, intervals: [10] }).toBeGreaterThan(before)
    await app.kill9()
    app = await classroom.launch({ userDataDir: app.userDataDir })
    await expect(app.main.getByRole('heading', { level: 1, name: 'Sessions' })).toBeVisible()
    await expect(pill(app.main)).toHaveText('Connected')
  }
})
