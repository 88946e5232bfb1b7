import { expect, test } from 'vitest'
import { checkCredentials } from './credentials-check.ts'

const maya = { email: 'maya@school.example', password: 'x' }

test('complete credentials have nothing to put right', () => {
  expect(checkCredentials(maya)).toEqual({})
})

test('an empty form says what to type in each field', () => {
  expect(checkCredentials({ email: '', password: '' })).toEqual({ email: 'email', password: 'password' })
})

test('a server address without encryption is refused before anything is sent to it', () => {
  expect(checkCredentials({ ...maya, serverUrl: 'http://school.example' })).toEqual({
    serverUrl: 'encryption',
  })
})

test('what is no address of a server is not taken for one', () => {
  expect(checkCredentials({ ...maya, serverUrl: 'school' })).toEqual({ serverUrl: 'address' })
})
