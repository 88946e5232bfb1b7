import type { z } from 'zod'
import { channels } from '../../../contract/ipc.ts'

const { request: schema } = channels['session:sign-in']

export type SignInInput = z.input<typeof schema>
export type SignInField = 'serverUrl' | 'email' | 'password'
/** A key of the words for it. */
export type SignInProblem = 'email' | 'password' | 'address' | 'encryption'
/** What to put right, by field. */
export type FieldProblems = Partial<Readonly<Record<SignInField, SignInProblem>>>

/** The fields in the order they are on the page, each with what is wrong with it. */
export function checkCredentials(input: SignInInput): FieldProblems {
  const checked = schema.safeParse(input)
  const wrong = new Set(checked.error?.issues.map(({ path }) => path[0]))
  return {
    ...(wrong.has('email') ? { email: 'email' } : {}),
    ...(wrong.has('password') ? { password: 'password' } : {}),
    ...(wrong.has('serverUrl') ? { serverUrl: problemOf(input.serverUrl ?? '') } : {}),
  }
}

/** An address that is one, and was not taken, goes without encryption. */
const problemOf = (address: string): SignInProblem =>
  URL.canParse(address) && new URL(address).protocol === 'http:' ? 'encryption' : 'address'
