import { expect, test } from 'vitest'
import { gathered, isNews, noNews } from './news.ts'

const person = (name: string) => ({ id: name, displayName: name, role: 'learner' as const })
const [amara, lev, mei] = [person('Amara'), person('Lev'), person('Mei')]

test('arrivals are gathered, so that a full bus is told in one sentence', () => {
  const news = [amara, lev, mei].reduce((known, somebody) => gathered(known, { joined: [somebody] }), noNews)
  expect(news.joined).toEqual([amara, lev, mei])
})

test('somebody whose network flickers is no news at all', () => {
  const flicker = gathered(gathered(noNews, { left: [amara] }), { joined: [amara] })
  expect(isNews(flicker)).toBe(false)
  expect(isNews(gathered(gathered(noNews, { joined: [lev] }), { left: [lev] }))).toBe(false)
})
