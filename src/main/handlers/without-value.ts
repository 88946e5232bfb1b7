import { succeed, type Result } from '../../contract/model.ts'

/** A window is told that it worked, and nothing else. */
export const withoutValue = (result: Result<unknown>): Result<undefined> =>
  result.ok ? succeed(undefined) : result
