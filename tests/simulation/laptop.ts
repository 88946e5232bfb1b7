/**
 * One laptop: what survives a kill (keychain and files), and the processes that do not, each the real core on ports
 * that live in memory and on virtual time.
 */
import { fail, succeed, type Result } from '../../src/contract/model.ts'
import { createSession, type SessionSettings } from '../../src/core/index.ts'
import type {
  FileStore,
  HttpOutcome,
  HttpRequest,
  JournalDetail,
  Ports,
  PowerEvent,
  SecretFailure,
  SecretResult,
  Timer,
} from '../../src/core/ports.ts'
import type { Session } from '../../src/core/session.ts'
import { seeded } from '../harness/seeded.ts'
import { MachineClock, type VirtualTime } from './virtual-clock.ts'
import { VirtualNetwork } from './virtual-network.ts'
import type { VirtualServer } from './virtual-server.ts'

export const ORIGIN = 'https://lectern.northfield.example'

/** Watches a process at its ports. */
export interface Watch {
  /** Before every call of a port but the clock's readings: the moments at which a kill or a sleep can fall. */
  portCall?(process: Process, port: string): void
  sending?(process: Process, request: HttpRequest): void
  answered?(process: Process, request: HttpRequest, outcome: HttpOutcome): void
  told?(process: Process, frame: string): void
  closed?(process: Process, code: number): void
  stored?(name: string, text: string): void
  journal?(process: Process, event: string, detail: JournalDetail): void
}

export interface Process {
  readonly session: Session
  readonly alive: boolean
  /** How many asked the machine to stay awake. */
  readonly holds: number
  /** As kill -9 does: nothing of it happens any more. */
  kill(): void
  power(event: PowerEvent): void
  hint(online: boolean): void
}

async function* pieces(text: string) {
  yield new TextEncoder().encode(text)
}

export class Laptop {
  readonly time: VirtualTime
  readonly clock: MachineClock
  readonly network: VirtualNetwork
  readonly keychain = new Map<string, string>()
  /** Set to make every call to the keychain fail, or (`null-answers`) lie as a locked Linux keyring does. */
  keychainTrouble: SecretFailure | 'null-answers' | null = null
  keychainMs = 0
  /** What a troubled keychain is asked for happens all the same: only its answer says otherwise. */
  keychainActs = false
  /** Taken at the end of the port's call under way: a kill between an effect and its answer. */
  afterThisCall: { readonly process: Process; readonly act: () => void } | null = null
  readonly files = new Map<string, string>()
  readonly sealed = new Map<string, string>()
  readonly processes = new Set<Process>()
  readonly #random: () => number

  constructor(time: VirtualTime, server: VirtualServer, seed: number) {
    this.time = time
    this.clock = new MachineClock(time)
    this.network = new VirtualNetwork(time, this.clock, server)
    this.#random = seeded(seed)
  }

  power(event: PowerEvent): void {
    for (const process of [...this.processes]) process.power(event)
  }

  hint(online: boolean): void {
    for (const process of [...this.processes]) process.hint(online)
  }

  #callDone(process: Process): void {
    const after = this.afterThisCall
    if (after?.process !== process) return
    this.afterThisCall = null
    after.act()
  }

  boot(settings: SessionSettings, watch: Watch = {}, sealed = this.sealed): Process {
    const { clock, network, processes } = this
    const powerListeners = new Set<(event: PowerEvent) => void>()
    const networkListeners = new Set<(online: boolean) => void>()
    const state = { alive: true, holds: 0 }
    const process: Process = {
      get session() {
        return session
      },
      get alive() {
        return state.alive
      },
      get holds() {
        return state.holds
      },
      kill() {
        state.alive = false
        processes.delete(process)
        for (const cut of [...cuts]) cut()
      },
      power: (event) => [...powerListeners].forEach((listener) => state.alive && listener(event)),
      hint: (online) => [...networkListeners].forEach((listener) => state.alive && listener(online)),
    }
    const cuts = new Set<() => void>()

    /** Whether a call takes place at all: nothing leaves a process that was killed, also in the middle of this. */
    const enter = (port: string): boolean => {
      if (state.alive) watch.portCall?.(process, port)
      return state.alive
    }
    const never = new Promise<never>(() => {})
    const setTimer = (delayMs: number, run: () => void): Timer =>
      enter('timer') ? clock.setTimer(delayMs, () => state.alive && run()) : { cancel() {} }
    /** Nothing reaches a process that was killed. */
    const back = <T>(value: T, delayMs = 0): Promise<T> => {
      this.#callDone(process)
      if (!state.alive) return never
      if (delayMs === 0) return Promise.resolve(value)
      return new Promise((resolve) => clock.setTimer(delayMs, () => state.alive && resolve(value)))
    }

    const secret = <T>(port: string, act: () => T): Promise<SecretResult<T>> => {
      if (!enter(port)) return never
      const trouble = this.keychainTrouble
      const works = trouble === null || trouble === 'null-answers'
      if (!works && this.keychainActs) act()
      return !works
        ? back({ ok: false as const, failure: trouble }, this.keychainMs)
        : back({ ok: true as const, value: act() }, this.keychainMs)
    }

    const fileStore = (port: string, entries: Map<string, string>): FileStore => {
      const file = <T>(call: string, act: () => Result<T>): Promise<Result<T>> =>
        enter(`${port}.${call}`) ? back(act()) : never
      return {
        read: (name) => file('read', () => succeed(entries.get(name) ?? null)),
        write: (name, text) =>
          file('write', () => {
            if (text.length > 1_000_000) return fail('storage-failed', 'The disk is full.')
            watch.stored?.(name, text)
            entries.set(name, text)
            return succeed(undefined)
          }),
        remove: (name) =>
          file('remove', () => {
            entries.delete(name)
            return succeed(undefined)
          }),
      }
    }

    const ports: Ports = {
      clock: { wallNow: clock.wallNow, monotonicNow: clock.monotonicNow, setTimer },
      random: {
        next: this.#random,
        id: () => `id-${Math.floor(this.#random() * 1e12)}-${Math.floor(this.#random() * 1e12)}-abcdefgh`,
      },
      http: {
        send: async (request) => {
          if (!enter(`http ${request.url.slice(ORIGIN.length)}`)) return never
          watch.sending?.(process, request)
          const sent = network.send(request)
          this.#callDone(process)
          const outcome = await sent
          if (!state.alive) return never
          watch.answered?.(process, request, outcome)
          return outcome
        },
        download: async (request) => {
          const outcome = await ports.http.send(request)
          if (outcome.kind === 'no-answer') return outcome
          const { status, headers, body } = outcome
          return { kind: 'download', status, headers, body: pieces(body) }
        },
        stream: (request, handlers) => {
          if (!enter('http.stream')) return { close() {} }
          watch.sending?.(process, request)
          const connection = network.stream(request, {
            headers: (status, headers) => {
              if (!state.alive) return
              watch.answered?.(process, request, { kind: 'response', status, headers, body: '' })
              handlers.headers(status, headers)
            },
            text: (chunk) => state.alive && handlers.text(chunk),
            ended: (cause) => {
              cuts.delete(connection.close)
              if (!state.alive) return
              if (cause) watch.answered?.(process, request, cause)
              handlers.ended(cause)
            },
          })
          cuts.add(connection.close)
          return connection
        },
      },
      sockets: {
        open: (_url, handlers) => {
          if (!enter('socket')) return { send() {}, close() {} }
          const socket = network.connect({
            opened: () => state.alive && handlers.opened(),
            message: (text) => state.alive && handlers.message(text),
            closed: (code, reason) => {
              cuts.delete(socket.close)
              if (!state.alive) return
              watch.closed?.(process, code)
              handlers.closed(code, reason)
            },
          })
          cuts.add(socket.close)
          return {
            send: (text) => {
              if (!enter('socket.send')) return
              watch.told?.(process, text)
              socket.send(text)
            },
            close: (code, reason) => socket.close(code, reason),
          }
        },
      },
      secrets: {
        read: (name) =>
          secret('keychain.read', () =>
            this.keychainTrouble === 'null-answers' ? null : (this.keychain.get(name) ?? null),
          ),
        write: (name, text) => secret('keychain.write', () => void this.keychain.set(name, text)),
        remove: (name) => secret('keychain.remove', () => void this.keychain.delete(name)),
      },
      files: fileStore('files', this.files),
      sealedFiles: fileStore('sealed', sealed),
      power: {
        subscribe: (listener) => {
          powerListeners.add(listener)
          return () => powerListeners.delete(listener)
        },
        holdAwake: () => {
          state.holds++
          return () => void state.holds--
        },
        idleSeconds: () => null,
      },
      network: {
        subscribe: (listener) => {
          networkListeners.add(listener)
          return () => networkListeners.delete(listener)
        },
      },
      journal: {
        record: ({ event, detail }) => state.alive && watch.journal?.(process, event, detail),
      },
    }
    const session = createSession(ports, settings)
    processes.add(process)
    return process
  }
}
