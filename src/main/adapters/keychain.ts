import { createHash } from 'node:crypto'
import type { KeychainProblem } from '../../contract/model.ts'
import type { SecretFailure, SecretResult, SecretStore } from '../../core/ports.ts'
import { KeychainAnswer, type KeychainRequest } from '../keychain-messages.ts'
import type { HelperProcess } from './helper-process.ts'
import { problemOf, wordsFor } from './keychain-problem.ts'
import type { LockState } from './secret-service.ts'

const DEADLINE_MS = 8000

export interface KeychainOptions {
  readonly start: () => HelperProcess
  /** The name under which the keychain shows our entries. */
  readonly service: string
  readonly lockState: () => Promise<LockState>
  /** What keytar said or what became of its process, for the log. Holds no secret. */
  readonly report: (event: string) => void
  /** For one call, the start of the process included. Milliseconds. */
  readonly deadlineMs?: number
}

export interface Keychain extends SecretStore {
  /** What is wrong with the keychain now; null when it answers. */
  check(): Promise<SecretFailure | null>
  /** Ends the process, after the calls made so far: a credential on its way to the keychain must arrive. */
  close(): Promise<void>
}

type Call =
  | { readonly operation: 'read' | 'remove'; readonly name: string }
  | { readonly operation: 'write'; readonly name: string; readonly secret: string }

type Ending = KeychainAnswer | 'crashed' | 'late'

/**
 * "Lectern" for everybody; a profile in another folder (`--user-data-dir`) has entries of its own, so that two
 * profiles, or a test and the person at this machine, never meet.
 */
export function serviceNameFor(userData: string, defaultUserData: string): string {
  if (userData === defaultUserData) return 'Lectern'
  return `Lectern ${createHash('sha256').update(userData).digest('hex').slice(0, 12)}`
}

/**
 * The system's keychain through keytar, which lives in a process of its own. One call at a time, because calls
 * that block together take every thread. A process that crashes or does not answer in time is replaced.
 */
export function createKeychain(options: KeychainOptions): Keychain {
  const { start, service, lockState, report, deadlineMs = DEADLINE_MS } = options

  let running: HelperProcess | null = null
  let closed = false
  let lastId = 0
  let waiting: { id: number; settle: (ending: Ending) => void } | null = null
  /**
   * A `read` that waits for a person to unlock the keyring. Ending the process would take the password prompt off
   * the screen while they type, so it is left alone, and whoever comes next waits behind it.
   */
  let prompting: Promise<void> | null = null

  function ensureRunning(): HelperProcess {
    if (running) return running
    const started = start()
    started.on('message', (message) => {
      const answer = KeychainAnswer.safeParse(message)
      if (started === running && answer.success && answer.data.id === waiting?.id) waiting.settle(answer.data)
    })
    started.on('exit', (code) => {
      if (started !== running) return
      running = null
      report(`keychain process ended with code ${code}`)
      waiting?.settle('crashed')
    })
    running = started
    return started
  }

  function end(): void {
    const ended = running
    running = null
    ended?.kill()
    waiting?.settle('late')
  }

  /** Settles when the call has an answer or its process has ended. */
  async function send(call: Call): Promise<Ending> {
    const id = ++lastId
    try {
      return await new Promise<Ending>((resolve) => {
        waiting = { id, settle: resolve }
        ensureRunning().postMessage({ id, service, ...call } satisfies KeychainRequest)
      })
    } catch (error) {
      report(`keychain process did not start: ${String(error)}`)
      return 'crashed'
    } finally {
      // The next call may be waiting by now.
      if (waiting?.id === id) waiting = null
    }
  }

  async function within<T>(ms: number, ending: Promise<T>): Promise<T | 'late'> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, ms, 'late')
    })
    return Promise.race([ending, late]).finally(() => clearTimeout(timer))
  }

  /**
   * libsecret goes on talking to the keyring daemon it first met. When that one was replaced or crashed, only a new
   * process finds its successor.
   */
  function isLost(ending: Ending): boolean {
    if (typeof ending === 'string' || ending.ok) return false
    return ['missing', 'broken'].includes(problemOf(ending.error, process.platform))
  }

  async function carryOut(call: Call): Promise<SecretResult<string | null>> {
    if (prompting && (await within(deadlineMs, prompting)) === 'late') {
      if (await asksThePerson()) return failed('locked')
      end()
      prompting = null
    }
    let ending: Ending = 'crashed'
    // A crash proves nothing about the next try; a second one does.
    for (let attempt = 0; attempt < 2 && ending === 'crashed'; attempt += 1) {
      const isFresh = running === null
      const answered = send(call)
      ending = await within(deadlineMs, answered)
      if (ending === 'late') return await late(call, answered)
      if (!isFresh && isLost(ending)) {
        end()
        ending = 'crashed'
      }
    }
    if (typeof ending === 'string') return failed('broken')
    return ending.ok ? read(call, ending.value) : refused(ending.error)
  }

  /** Whether a call that does not answer waits for a person. On macOS, hardly anything else takes that long. */
  const asksThePerson = async () => process.platform === 'darwin' || (await lockState()) === 'locked'

  async function late(call: Call, answered: Promise<Ending>): Promise<SecretResult<never>> {
    report(`keychain did not answer a ${call.operation} in time`)
    const asking = await asksThePerson()
    if (asking && call.operation === 'read') {
      const over = answered.then(() => {
        if (prompting === over) prompting = null
      })
      prompting = over
    } else {
      // A write must not come true after it was said to have failed.
      end()
    }
    return failed(asking ? 'locked' : 'broken')
  }

  async function read(call: Call, value: string | null): Promise<SecretResult<string | null>> {
    // A locked Linux keyring says "no such entry" of an entry that exists.
    const doubtful = value === null && call.operation !== 'write'
    if (doubtful && (await lockState()) === 'locked') return failed('locked')
    return { ok: true, value }
  }

  function refused(error: string): SecretResult<never> {
    const problem = problemOf(error, process.platform)
    report(`keychain: ${error}`)
    return failed(problem)
  }

  const failed = (problem: KeychainProblem): SecretResult<never> => ({
    ok: false,
    failure: { problem, message: wordsFor(problem, process.platform) },
  })

  let last: Promise<unknown> = Promise.resolve()
  const inOrder = (call: Call): Promise<SecretResult<string | null>> => {
    if (closed) return Promise.resolve(failed('broken'))
    const done = last.then(() => carryOut(call))
    last = done
    return done
  }
  const done = async (call: Call): Promise<SecretResult<void>> => {
    const result = await inOrder(call)
    return result.ok ? { ok: true, value: undefined } : result
  }

  return {
    read: (name) => inOrder({ operation: 'read', name }),
    write: (name, secret) => done({ operation: 'write', name, secret }),
    remove: (name) => done({ operation: 'remove', name }),
    async check() {
      const result = await inOrder({ operation: 'read', name: 'check' })
      return result.ok ? null : result.failure
    },
    async close() {
      closed = true
      await last
      end()
    },
  }
}
