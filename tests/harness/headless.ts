/**
 * Core on main's own adapters in a process of its own, without Electron around it: for what only a process can show,
 * kill -9 in the middle of anything and two of them on one keychain.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Failure, SessionState } from '../../src/contract/model.ts'
import type { JournalDetail } from '../../src/core/index.ts'
import { buildScript, helperStarter, workFolder } from '../integration/main-child.ts'
import { eventually } from './eventually.ts'

/** What outlives a process: the same profile is the same person's computer. */
export interface Profile {
  readonly serverUrl: string
  /** Holds the files that are not secret, and the sealed ones. */
  readonly folder: string
  /** The sealed ones, in another folder than the rest: two processes at once cannot share an outbox. */
  readonly sealedFolder: string
  /** The name of the keychain's entries. */
  readonly service: string
  /** Seconds; null for never. */
  readonly idleTimeout: number | null
}

/** From the test to the process. */
export type Order =
  | { readonly kind: 'sign-in'; readonly email: string; readonly password: string }
  /** Says `${prefix}.0`, `${prefix}.1` and so on, each as soon as the one before was accepted, and a little pause. */
  | { readonly kind: 'write'; readonly sessionId: string; readonly prefix: string; readonly everyMs: number }
  /** Calls the server over and over. */
  | { readonly kind: 'ask'; readonly everyMs: number }
  | { readonly kind: 'retry' }
  | { readonly kind: 'quit' }

/** From the process to the test. */
export type Report =
  | { readonly kind: 'state'; readonly state: SessionState }
  | { readonly kind: 'journal'; readonly at: number; readonly event: string; readonly detail: JournalDetail }
  | { readonly kind: 'signed-in'; readonly failure: Failure | null }
  | { readonly kind: 'accepted'; readonly text: string }
  | { readonly kind: 'failed'; readonly what: 'write' | 'ask'; readonly failure: Failure }
  | { readonly kind: 'answered' }

export interface HeadlessBuild {
  /** Starts a process, with variables of its own if need be. */
  start(profile: Profile, env?: Readonly<Record<string, string | undefined>>): HeadlessProcess
  /** Removes what was built, and ends whatever still runs. */
  dispose(): Promise<void>
}

export interface HeadlessProcess {
  /** Everything it said, in order. */
  readonly reports: readonly Report[]
  readonly alive: boolean
  /** Those of one kind. */
  of<K extends Report['kind']>(kind: K): Extract<Report, { kind: K }>[]
  /** The last state it told. */
  state(): SessionState | null
  order(order: Order): void
  /** @throws Error with its journal when it is not in such a state within the deadline */
  reaches(kind: SessionState['kind'], deadlineMs?: number): Promise<void>
  kill9(): Promise<void>
  /** As its person quits it: what is on its way to the keychain arrives. */
  quit(): Promise<void>
}

/** Builds the process and the one that holds keytar. */
export async function buildHeadless(): Promise<HeadlessBuild> {
  const folder = await workFolder()
  const keychain = await buildScript('src/main/keychain-process.ts', folder.path, 'keychain-process')
  // It also writes the entry that gives this script its port.
  await helperStarter(keychain, folder.path)
  const client = await buildScript('tests/harness/headless-client.ts', folder.path, 'headless-client')
  const running = new Set<HeadlessProcess>()

  return {
    start(profile, env = {}) {
      const child = fork(client, {
        env: { ...process.env, ...env, LECTERN_HEADLESS: JSON.stringify(profile) },
        execArgv: [],
      })
      const started = follow(child)
      running.add(started)
      return started
    },
    async dispose() {
      await Promise.all([...running].map((one) => one.kill9()))
      await folder.remove()
    },
  }
}

function follow(child: ChildProcess): HeadlessProcess {
  const reports: Report[] = []
  // Not `exit`: what it said before it was killed may still be on its way.
  const ended = once(child, 'close')
  let alive = true
  void ended.then(() => (alive = false))
  child.on('message', (report) => reports.push(report as Report))

  const of = <K extends Report['kind']>(kind: K) =>
    reports.filter((report): report is Extract<Report, { kind: K }> => report.kind === kind)
  const state = () => of('state').at(-1)?.state ?? null

  return {
    reports,
    get alive() {
      return alive
    },
    of,
    state,
    order: (order) => void child.send(order, () => {}),
    async reaches(kind, deadlineMs = 20_000) {
      try {
        await eventually(`state "${kind}"`, () => state()?.kind === kind, deadlineMs)
      } catch (error) {
        throw new Error(`${String(error)} It told:\n${journalOf(of('journal'))}`, { cause: error })
      }
    },
    async kill9() {
      child.kill('SIGKILL')
      await ended
    },
    async quit() {
      child.send({ kind: 'quit' } satisfies Order, () => {})
      await ended
    },
  }
}

/** The end of a journal, for the message of a test that failed. */
export const journalOf = (entries: readonly Extract<Report, { kind: 'journal' }>[]) =>
  entries
    .slice(-60)
    .map(({ at, event, detail }) => `${at.toFixed(0).padStart(7)} ${event} ${JSON.stringify(detail)}`)
    .join('\n')
