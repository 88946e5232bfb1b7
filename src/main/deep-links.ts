/** `lectern://session/ID`: the address of a live session, in a calendar or an e-mail. Anybody can write one. */
import { z } from 'zod'
import type { Page } from '../contract/ipc.ts'

export const DEEP_LINK_SCHEME = 'lectern'

/** The longest there is; what is longer is not looked at. */
const MAX_LENGTH = `${DEEP_LINK_SCHEME}://session/`.length + 36 + 1
const SHAPE = /^lectern:\/\/session\/([\da-f-]{36})\/?$/i

/** @returns null for whatever is no such address, to the letter */
export function readDeepLink(text: unknown): Page | null {
  if (typeof text !== 'string' || text.length > MAX_LENGTH) return null
  const sessionId = z.uuid().safeParse(SHAPE.exec(text)?.[1]?.toLowerCase())
  return sessionId.success ? { name: 'room', sessionId: sessionId.data } : null
}

/** The link on the command line, which is how Windows and Linux pass one on. */
export function deepLinkAmong(args: readonly string[]): string | null {
  return args.find((arg) => readDeepLink(arg) !== null) ?? null
}

/** What a second start hands to the Lectern that runs already. */
export const SecondStart = z.object({ link: z.string().max(MAX_LENGTH).nullable() })
export type SecondStart = z.infer<typeof SecondStart>
