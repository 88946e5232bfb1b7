import { beforeAll, expect, test } from 'vitest'
import i18next from 'i18next'
import { timeWords } from '../../ui/time.ts'
import { startWords } from '../../words.ts'
import { endedInWords } from './ended-words.ts'

beforeAll(() => startWords())

const at = (day: number) => new Date(2026, 10, day, 14, 2).getTime()
const said = (reason: Parameters<typeof endedInWords>[0]['reason'], day: number) =>
  endedInWords({ reason, at: at(day) }, i18next.getFixedT('en', 'sign-in'), timeWords('en'), at(21))

test('a session that the organisation ended says so, and when', () => {
  expect(said('revoked', 17)).toMatch(/^Your organisation ended this session on Tuesday (14:02|0?2:02.pm)\.$/)
  expect(said('revoked', 21)).toContain('ended this session today at ')
})

test('a session that locked itself says that nobody was here', () => {
  expect(said('idle', 20)).toMatch(/^Nobody was here for a while, so your session was locked yesterday at /)
})
