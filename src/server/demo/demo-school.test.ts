import { expect, test } from 'vitest'
import { Account, LiveSession, MessageText } from '../../contract/model.ts'
import { demoPerson, emailOf, people, sessions } from './demo-school.ts'

test('everybody at the school has an address of their own that the contract takes', () => {
  const addresses = people.map(({ name }) => Account.shape.email.parse(emailOf(name)))
  expect(new Set(addresses).size).toBe(people.length)
  expect(addresses).toContain(demoPerson.email)
  expect(people.filter(({ role }) => role === 'learner')).toHaveLength(40)
})

test('every session is hosted by staff, and only people who took part speak in it', () => {
  for (const session of sessions) {
    expect(people.find(({ name }) => name === session.host)?.role).toMatch(/instructor|assistant/)
    LiveSession.pick({ title: true, course: true, description: true }).parse(session)
    for (const line of session.chat) {
      const [, speaker, text] = /^(\d+): (.*)$/.exec(line) ?? []
      expect(Number(speaker)).toBeLessThanOrEqual(session.learners)
      MessageText.parse(text)
    }
  }
})
