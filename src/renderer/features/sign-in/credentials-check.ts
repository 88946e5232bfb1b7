import type { z } from 'zod'
import { channels } from '../../../contract/ipc.ts'

const { request: schema } = channels['session:sign-in']

export type SignInInput = z.input<typeof schema>
export type SignInField = 'serverUrl' | 'email' | 'password'
/** What to put right, by field. */
export type FieldProblems = Partial<Readonly<Record<SignInField, string>>>

const fields: readonly SignInField[] = ['serverUrl', 'email', 'password']

/** The fields in the order they are on the page, each with the first thing that is wrong with it. */
export function checkCredentials(input: SignInInput): FieldProblems {
  const checked = schema.safeParse(input)
  const problems: Partial<Record<SignInField, string>> = {}
  for (const issue of checked.error?.issues ?? []) {
    const field = fields.find((name) => name === issue.path[0])
    if (field) problems[field] ??= issue.message
  }
  return problems
}
