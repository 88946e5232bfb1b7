import {
  chat,
  expect,
  openRoom,
  openWindowFromCard,
  report,
  say,
  signIn,
  test,
  watchWords,
} from './classroom.ts'

const LIFETIME_S = 4
const STAY_MS = 60_000

test.use({ accessTtl: LIFETIME_S })

test('a live session stays open through fifteen token lifetimes in two windows', async ({ classroom }) => {
  const { network, server } = classroom
  const app = await classroom.launch()
  const { main } = app
  await signIn(main, server.demoPassword)
  const second = await openWindowFromCard(app)
  await openRoom(main)
  const { colleague: noah, roomId } = await classroom.colleague('Noah Bennett')
  const heard = await Promise.all([main, second].map(watchWords))

  const from = Date.now()
  for (let round = 1; Date.now() - from < STAY_MS; round++) {
    const [mine, theirs] = [`Round ${round} from the teacher`, `Round ${round} from Noah`]
    await say(round % 2 ? main : second, mine)
    await noah.say(roomId, theirs)
    // Ordinary calls of both windows, all at once.
    const results = await Promise.all(
      [main, second].map((page) =>
        page.evaluate(() =>
          Promise.all(
            Array.from({ length: 10 }, () =>
              globalThis.lectern.invoke('api:call', { endpoint: 'listLiveSessions' }),
            ),
          ),
        ),
      ),
    )
    expect(results.flat().filter(({ ok }) => !ok)).toEqual([])
    for (const page of [main, second]) {
      await expect(chat(page).getByText(mine, { exact: true })).toHaveCount(1)
      await expect(chat(page).getByText(theirs, { exact: true })).toHaveCount(1)
    }
    await main.waitForTimeout(1000)
  }

  const seconds = (Date.now() - from) / 1000
  const refreshes = network.requests.filter(({ path, at }) => path === '/auth/token' && at >= from)
  report(`${refreshes.length} refreshes and ${network.requests.length} requests in ${Math.round(seconds)} s`)
  // A token lives 4 s and is renewed within its last fifth, or a tenth of that earlier.
  expect(refreshes.length).toBeGreaterThanOrEqual(Math.floor(seconds / LIFETIME_S))
  expect(refreshes.length).toBeLessThanOrEqual(Math.ceil(seconds / (LIFETIME_S * 0.78)))

  expect(network.sockets).toHaveLength(1)
  expect(network.sockets[0]?.closedAt).toBeNull()
  expect(network.requests.filter(({ status }) => status === null || status >= 400)).toEqual([])
  for (const words of heard) expect(await words()).toEqual({ pill: ['Connected'], alerts: [] })
})
