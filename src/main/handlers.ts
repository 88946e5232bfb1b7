import { fail, succeed, type Result } from '../contract/model.ts'
import type { FileStore } from '../core/ports.ts'
import type { Session } from '../core/session.ts'
import type { Keychain } from './adapters/keychain.ts'
import type { DemoServer } from './demo-server.ts'
import type { Handlers } from './ipc.ts'
import type { RoomAudience } from './room-audience.ts'
import { writeServerAddress } from './server-address.ts'
import type { Windows } from './windows.ts'

export interface HandlersOptions {
  readonly session: Session
  readonly windows: Windows
  readonly audience: RoomAudience
  readonly keychain: Keychain
  readonly files: FileStore
  readonly demo: DemoServer | null
  /** Where a sign-in goes that names no server; null when nobody has said yet. */
  readonly serverUrl: string | null
  readonly version: string
}

/** What each channel does, in terms of the session, the windows and the demo. */
export function createHandlers(options: HandlersOptions): Handlers {
  const { session, windows, audience, keychain, files, demo, version } = options
  let { serverUrl } = options

  return {
    'workspace:get': async () => {
      const [person, problem] = await Promise.all([demo?.ready() ?? null, keychain.check()])
      if (person && !person.ok) return person
      return succeed({
        version,
        serverUrl: serverUrl ?? '',
        demo: person?.value ?? null,
        keychain: { problem: problem?.problem ?? null, message: problem?.message ?? '' },
      })
    },

    'session:get': () => succeed(session.state()),
    'session:sign-in': async ({ serverUrl: named, ...person }) => {
      // Over the room, the password goes to the server of that room and to no other.
      const { state } = session.state()
      const carriesOn = 'account' in state && state.kind !== 'keychain-unavailable'
      if (named === undefined && carriesOn) return withoutValue(await session.signIn(person))
      const chosen = named ?? serverUrl
      if (chosen === null) {
        return fail('invalid-request', 'Type the address of your Lectern server.')
      }
      const signedIn = await session.signIn({ ...person, serverUrl: chosen })
      if (signedIn.ok && !demo && chosen !== serverUrl) {
        serverUrl = chosen
        // Only a convenience at the next sign-in; the session itself remembers its server.
        await writeServerAddress(files, chosen)
      }
      return signedIn.ok ? succeed(undefined) : signedIn
    },
    'session:sign-in-demo': async () => {
      if (!demo) return fail('not-found', 'Lectern was not started with the demo.')
      const person = await demo.ready()
      if (!person.ok) return person
      const signedIn = await session.signIn({
        serverUrl: demo.url,
        email: person.value.email,
        password: demo.password,
        // A demo account guards nothing, so a keychain that cannot be used is no reason to ask anybody.
        memoryOnly: (await keychain.check()) !== null,
      })
      return signedIn.ok ? succeed(undefined) : signedIn
    },
    'session:sign-out': async () => withoutValue(await session.signOut()),
    'session:retry': () => {
      session.retry()
      return succeed(undefined)
    },

    'session:activity': () => {
      session.reportActivity()
      return succeed(undefined)
    },

    'api:call': ({ endpoint, params, query, body, idempotencyKey }) =>
      session.call({
        endpoint,
        ...(params === undefined ? {} : { params }),
        ...(query === undefined ? {} : { query }),
        ...(body === undefined ? {} : { body }),
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      }),

    'room:open': async ({ sessionId }, window) => {
      // First, so that no patch after the snapshot is missed; the page drops those the snapshot already has.
      const first = audience.follow(window, sessionId)
      const opened = await session.openRoom(sessionId)
      // A room that was open before stays on screen as it was, and is still followed.
      if (!opened.ok && first) audience.unfollow(window, sessionId)
      return opened
    },
    'room:close': ({ sessionId }, window) => {
      audience.unfollow(window, sessionId)
      return succeed(undefined)
    },
    'room:leave': async ({ sessionId }) => withoutValue(await session.leaveRoom(sessionId)),
    'room:post-message': ({ sessionId, text }) => session.postMessage(sessionId, text),
    'room:retry-message': async ({ sessionId, idempotencyKey }) =>
      withoutValue(await session.retryMessage(sessionId, idempotencyKey)),
    'room:discard-message': async ({ sessionId, idempotencyKey }) =>
      withoutValue(await session.discardMessage(sessionId, idempotencyKey)),

    'draft:get': async ({ sessionId }) => {
      const draft = await session.draft(sessionId)
      return draft.ok ? succeed({ text: draft.value }) : draft
    },
    'draft:set': async ({ sessionId, text }) => withoutValue(await session.saveDraft(sessionId, text)),

    'windows:open-room': ({ sessionId }) => {
      windows.openRoom(sessionId)
      return succeed(undefined)
    },
  }
}

const withoutValue = (result: Result<void>): Result<undefined> => (result.ok ? succeed(undefined) : result)
