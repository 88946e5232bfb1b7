import { expect, test } from 'vitest'
import { checkCredentials } from './credentials-check.ts'

test('complete credentials have nothing to put right', () => {
  expect(checkCredentials({ email: 'maya@school.example', password: 'x' })).toEqual({})
})

test('an empty form says what to type in each field, in plain words', () => {
  expect(checkCredentials({ email: '', password: '' })).toEqual({
    email: 'Type your e-mail address, such as name@school.edu',
    password: 'Type your password',
  })
})

test('a server address without encryption is refused before anything is sent to it', () => {
  const problems = checkCredentials({
    email: 'maya@school.example',
    password: 'x',
    serverUrl: 'http://school.example',
  })
  expect(problems).toEqual({ serverUrl: 'The address must start with https://' })
})
