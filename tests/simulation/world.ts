/**
 * One laptop, one network and one server, all virtual: real core on ports that live in memory and on virtual time.
 * What survives a kill (keychain and files) is kept apart from what does not (the running core).
 */
import type { RoomState, SessionState } from '../../src/contract/model.ts'
import { fail, succeed } from '../../src/contract/model.ts'
import { createSession } from '../../src/core/engine.ts'
import type {
  FileStore,
  HttpNoAnswer,
  HttpOutcome,
  HttpRequest,
  PowerEvent,
  SecretFailure,
  SecretStore,
} from '../../src/core/ports.ts'
import { applyPatch } from '../../src/core/room-state.ts'
import type { Session } from '../../src/core/session.ts'
import { MachineClock, settle, VirtualTime } from './virtual-clock.ts'
import { maya, password, roomId, VirtualServer } from './virtual-server.ts'

const ORIGIN = 'https://lectern.northfield.example'

/** What the network does with one request: carry it, lose it on the way there or back, or answer itself. */
export type Fate = 'carry' | 'lose-request' | 'lose-answer' | HttpOutcome

/** Numbers that look random and are the same in every run with this seed (mulberry32). */
function seeded(seed: number): () => number {
  let a = seed
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export class World {
  readonly time = new VirtualTime()
  readonly server = new VirtualServer(this.time)
  readonly clock = new MachineClock(this.time)
  readonly keychain = new Map<string, string>()
  /** Set to make every call to the keychain fail, or (`null-answers`) lie as a locked Linux keyring does. */
  keychainTrouble: SecretFailure | 'null-answers' | null = null
  readonly files = new Map<string, string>()
  readonly sealed = new Map<string, string>()
  readonly journal: { event: string; detail: object }[] = []
  readonly states: SessionState[] = []
  readonly notices: string[] = []
  /** The room as a window shows it: a snapshot and the patches since. */
  room: RoomState | null = null
  roomVersion = 0

  networkUp = true
  latencyMs = 20
  /** Decides for each request; `carry` by default. */
  fate: (request: HttpRequest) => Fate = () => 'carry'

  session: Session
  #alive = { yes: true }
  #powerListeners = new Set<(event: PowerEvent) => void>()
  #networkListeners = new Set<(online: boolean) => void>()
  #random: () => number
  #openSockets = new Set<() => void>()

  constructor(seed = 1) {
    this.#random = seeded(seed)
    this.session = this.#boot()
  }

  get state(): SessionState {
    return this.session.state().state
  }

  async run(seconds: number): Promise<void> {
    await this.time.advance(seconds * 1000)
  }

  /** Moves time on in small steps until it is so, for `seconds` at most. */
  async until(what: string, condition: () => boolean, seconds = 60): Promise<void> {
    const end = this.time.now + seconds * 1000
    await settle()
    while (!condition()) {
      if (this.time.now >= end)
        throw new Error(`not within ${seconds} s: ${what}; state is ${this.state.kind}`)
      await this.time.advance(50)
    }
  }

  /** The result of something that needs time to pass. */
  async finish<T>(promise: Promise<T>, seconds = 60): Promise<T> {
    let done = false
    void promise.then(
      () => (done = true),
      () => (done = true),
    )
    await this.until('the promise to settle', () => done, seconds)
    return promise
  }

  async start(): Promise<void> {
    await this.finish(this.session.start())
  }

  async signIn(email = maya.email, memoryOnly = false): Promise<void> {
    await this.start()
    const result = await this.finish(this.session.signIn({ email, password, memoryOnly }))
    if (!result.ok) throw new Error(result.failure.message)
  }

  async openRoom(): Promise<void> {
    const opened = await this.finish(this.session.openRoom(roomId))
    if (!opened.ok) throw new Error(opened.failure.message)
    this.room = opened.value.state
    this.roomVersion = opened.value.version
    await this.until('the room to be live', () => this.room?.connection === 'live')
  }

  /** As kill -9 does: nothing of the running core happens any more, what is stored stays. */
  kill(): void {
    this.#alive.yes = false
    this.#powerListeners.clear()
    this.#networkListeners.clear()
    for (const cut of [...this.#openSockets]) cut()
    this.room = null
    this.session = this.#boot()
  }

  power(event: PowerEvent): void {
    for (const listener of [...this.#powerListeners]) listener(event)
  }

  hint(online: boolean): void {
    for (const listener of [...this.#networkListeners]) listener(online)
  }

  /** The lid is closed for that long. Sockets die; nothing runs. */
  async sleep(seconds: number, { announced = true } = {}): Promise<void> {
    if (announced) {
      this.power('suspend')
      await settle()
    }
    this.clock.sleep()
    for (const cut of [...this.#openSockets]) cut()
    await this.time.advance(seconds * 1000)
    this.clock.wake()
    if (announced) this.power('resume')
    await settle()
  }

  cutSockets(): void {
    for (const cut of [...this.#openSockets]) cut()
  }

  #boot(): Session {
    const alive = { yes: true }
    this.#alive = alive
    const { clock, time } = this
    /** Nothing reaches a process that was killed. */
    const ifAlive = <T>(value: T): Promise<T> => (alive.yes ? Promise.resolve(value) : new Promise(() => {}))

    const session = createSession(
      {
        clock: {
          wallNow: clock.wallNow,
          monotonicNow: clock.monotonicNow,
          setTimer: (delayMs, run) => clock.setTimer(delayMs, () => alive.yes && run()),
        },
        random: {
          next: this.#random,
          id: () => `id-${Math.floor(this.#random() * 1e12)}-${Math.floor(this.#random() * 1e12)}-abcdefgh`,
        },
        http: { send: (request) => this.#send(request, alive) },
        sockets: {
          open: (_url, handlers) => {
            let ended = false
            const hear =
              <A extends unknown[]>(run: (...args: A) => void) =>
              (...args: A) =>
                void time.at(this.latencyMs, () => alive.yes && !ended && run(...args))
            const finish = (code: number) => {
              if (ended) return
              ended = true
              this.#openSockets.delete(cut)
              far?.drop()
              time.at(0, () => alive.yes && handlers.closed(code, ''))
            }
            const cut = () => finish(1006)
            this.#openSockets.add(cut)
            if (!this.networkUp) {
              time.at(this.latencyMs, cut)
              return { send: () => {}, close: () => finish(1005) }
            }
            const far = this.server.connect(
              hear((frame) => handlers.message(JSON.stringify(frame))),
              (code) => time.at(this.latencyMs, () => finish(code)),
            )
            hear(() => handlers.opened())()
            return {
              send: (text) =>
                void time.at(this.latencyMs, () => !ended && this.networkUp && far.receive(text)),
              close: () => finish(1005),
            }
          },
        },
        secrets: this.#secrets(ifAlive),
        files: fileStore(this.files, ifAlive),
        sealedFiles: fileStore(this.sealed, ifAlive),
        power: {
          subscribe: (listener) => {
            this.#powerListeners.add(listener)
            return () => this.#powerListeners.delete(listener)
          },
          holdAwake: () => () => {},
        },
        network: {
          subscribe: (listener) => {
            this.#networkListeners.add(listener)
            return () => this.#networkListeners.delete(listener)
          },
        },
        journal: { record: ({ event, detail }) => void this.journal.push({ event, detail }) },
      },
      { serverUrl: ORIGIN, device: { name: 'Laptop', platform: 'virtual' } },
    )
    session.subscribe({
      state: ({ state }) => this.states.push(state),
      roomPatch: ({ version, patch }) => {
        if (!this.room || version <= this.roomVersion) return
        if (version !== this.roomVersion + 1) throw new Error('a patch is missing')
        this.roomVersion = version
        this.room = applyPatch(this.room, patch)
      },
      notice: (failure) => this.notices.push(failure.message),
    })
    return session
  }

  async #send(request: HttpRequest, alive: { yes: boolean }): Promise<HttpOutcome> {
    const noAnswer = (reason: HttpNoAnswer['reason'], sent: boolean): HttpNoAnswer => ({
      kind: 'no-answer',
      reason,
      sent,
      detail: 'virtual',
    })
    return new Promise((resolve) => {
      const answer = (outcome: HttpOutcome, delayMs: number) => {
        const timer = this.clock.setTimer(Math.min(delayMs, request.timeoutMs), () => {
          if (alive.yes) resolve(delayMs > request.timeoutMs ? noAnswer('timeout', true) : outcome)
        })
        request.signal?.addEventListener(
          'abort',
          () => {
            timer.cancel()
            resolve(noAnswer('aborted', true))
          },
          { once: true },
        )
      }
      if (!this.networkUp) return answer(noAnswer('unreachable', false), this.latencyMs)
      const fate = this.fate(request)
      if (fate === 'lose-request') return answer(noAnswer('timeout', true), Infinity)
      if (fate !== 'carry' && fate !== 'lose-answer') return answer(fate, this.latencyMs)
      // The server acts when the request arrives, whatever happens on this side meanwhile.
      this.time.at(this.latencyMs, () => {
        const response = this.server.handle(request)
        if (fate === 'lose-answer' || !this.networkUp) answer(noAnswer('timeout', true), Infinity)
        else answer(response, this.latencyMs)
      })
    })
  }

  #secrets(ifAlive: <T>(value: T) => Promise<T>): SecretStore {
    const troubled = () =>
      this.keychainTrouble !== null && this.keychainTrouble !== 'null-answers' ? this.keychainTrouble : null
    return {
      read: (name) => {
        const failure = troubled()
        if (failure) return ifAlive({ ok: false as const, failure })
        const value = this.keychainTrouble === 'null-answers' ? null : (this.keychain.get(name) ?? null)
        return ifAlive({ ok: true as const, value })
      },
      write: (name, secret) => {
        const failure = troubled()
        if (failure) return ifAlive({ ok: false as const, failure })
        this.keychain.set(name, secret)
        return ifAlive({ ok: true as const, value: undefined })
      },
      remove: (name) => {
        const failure = troubled()
        if (failure) return ifAlive({ ok: false as const, failure })
        this.keychain.delete(name)
        return ifAlive({ ok: true as const, value: undefined })
      },
    }
  }
}

function fileStore(entries: Map<string, string>, ifAlive: <T>(value: T) => Promise<T>): FileStore {
  return {
    read: (name) => ifAlive(succeed(entries.get(name) ?? null)),
    write: (name, text) => {
      if (text.length > 1_000_000) return ifAlive(fail('storage-failed', 'The disk is full.'))
      entries.set(name, text)
      return ifAlive(succeed(undefined))
    },
    remove: (name) => {
      entries.delete(name)
      return ifAlive(succeed(undefined))
    },
  }
}
