import { app } from 'electron'
import type { Page } from '../../contract/ipc.ts'
import { fail, succeed } from '../../contract/model.ts'
import type { FileStore } from '../../core/ports.ts'
import type { Session } from '../../core/session.ts'
import type { Keychain } from '../adapters/keychain.ts'
import type { DemoServer } from '../demo-server.ts'
import type { Handlers } from '../ipc.ts'
import type { Settings } from '../settings.ts'
import { isManaged } from '../settings.ts'
import { writeServerAddress } from '../server-address.ts'
import { withoutValue } from './without-value.ts'

export interface SessionHandlersOptions {
  readonly session: Session
  readonly keychain: Keychain
  readonly files: FileStore
  readonly demo: DemoServer | null
  /** Where a sign-in goes that names no server; null when nobody has said yet. */
  readonly serverUrl: string | null
  readonly version: string
  readonly settings: Settings
  /** The page the main window was on when Lectern was last closed. */
  readonly lastPage: () => Page | null
}

type SessionChannel = Extract<keyof Handlers, 'workspace:get' | `session:${string}`>

const platforms = { darwin: 'mac', win32: 'windows' } as const

/** Who is signed in, where, and how that is going. */
export function sessionHandlers(options: SessionHandlersOptions): Pick<Handlers, SessionChannel> {
  const { session, keychain, files, demo, version, settings, lastPage } = options
  let { serverUrl } = options

  /** Null when the organisation lets this person sign in like this. What a page offers is no protection. */
  function refusal(memoryOnly: boolean, chosen: string) {
    const { memoryOnlySignIn, serverUrl: policy } = settings.effective()
    if (memoryOnly && !memoryOnlySignIn.value) {
      return fail('forbidden', 'Your organisation lets nobody sign in without a keychain.')
    }
    if (
      isManaged(policy.source) &&
      policy.value !== null &&
      policy.value !== chosen &&
      chosen !== demo?.url
    ) {
      return fail('forbidden', `Your organisation lets you sign in to ${policy.value} only.`)
    }
    return null
  }

  return {
    'workspace:get': async () => {
      const [person, problem] = await Promise.all([demo?.ready() ?? null, keychain.check()])
      if (person && !person.ok) return person
      return succeed({
        version,
        serverUrl: serverUrl ?? '',
        demo: person?.value ?? null,
        keychain: { problem: problem?.problem ?? null, message: problem?.message ?? '' },
        platform: platforms[process.platform as keyof typeof platforms] ?? 'linux',
        systemLanguages: app.getPreferredSystemLanguages(),
        page: lastPage(),
      })
    },

    'session:get': () => succeed(session.state()),
    'session:facts': () => succeed(session.facts()),
    'session:sign-in': async ({ serverUrl: named, ...person }) => {
      // Over the room, the password goes to the server of that room and to no other.
      const { state } = session.state()
      const carriesOn = 'account' in state && state.kind !== 'keychain-unavailable'
      const chosen = named ?? (carriesOn ? session.facts().serverUrl : serverUrl)
      if (chosen === null) {
        return fail('invalid-request', 'Type the address of your Lectern server.')
      }
      const refused = refusal(person.memoryOnly, chosen)
      if (refused) return refused
      if (named === undefined && carriesOn) return withoutValue(await session.signIn(person))
      const signedIn = await session.signIn({ ...person, serverUrl: chosen })
      if (signedIn.ok && !demo && chosen !== serverUrl) {
        serverUrl = chosen
        // Only a convenience at the next sign-in; the session itself remembers its server.
        await writeServerAddress(files, chosen)
      }
      return withoutValue(signedIn)
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
      return withoutValue(signedIn)
    },
    'session:sign-out': async () => withoutValue(await session.signOut()),
    'session:sign-out-everywhere': async () => withoutValue(await session.signOutEverywhere()),
    'session:retry': () => {
      session.retry()
      return succeed(undefined)
    },
    'session:activity': () => {
      session.reportActivity()
      return succeed(undefined)
    },
  }
}
