/** One laptop with one running app, one network and one server, all virtual, for tests that tell one story. */
import type { HttpRequest, JournalDetail, PowerEvent, SecretFailure } from '../../src/core/ports.ts'
import type { RoomState, SessionState } from '../../src/contract/model.ts'
import { applyPatch } from '../../src/core/room-state.ts'
import type { Session } from '../../src/core/session.ts'
import { Laptop, ORIGIN, type Process } from './laptop.ts'
import { settle, VirtualTime } from './virtual-clock.ts'
import type { Fate } from './virtual-network.ts'
import { maya, password, roomId, VirtualServer } from './virtual-server.ts'

/** The wake detector looks every two seconds. */
const UNANNOUNCED_WAKE_MS = 2100

export class World {
  readonly time = new VirtualTime()
  readonly server = new VirtualServer(this.time)
  readonly #laptop: Laptop
  readonly journal: { event: string; detail: JournalDetail }[] = []
  readonly states: SessionState[] = []
  readonly notices: string[] = []
  /** The room as a window shows it: a snapshot and the patches since. */
  room: RoomState | null = null
  roomVersion = 0
  /** Whether a version may be left out, which tells a window to ask for a new snapshot. */
  mayTakeSnapshots = false

  /** Seconds. Set before the core is started. */
  idleTimeout: number | null = null

  #process: Process

  constructor(seed = 1) {
    this.#laptop = new Laptop(this.time, this.server, seed)
    this.#process = this.#boot()
  }

  get session(): Session {
    return this.#process.session
  }
  get state(): SessionState {
    return this.session.state().state
  }
  get clock() {
    return this.#laptop.clock
  }
  get keychain() {
    return this.#laptop.keychain
  }
  get files() {
    return this.#laptop.files
  }
  get sealed() {
    return this.#laptop.sealed
  }
  set keychainTrouble(trouble: SecretFailure | 'null-answers' | null) {
    this.#laptop.keychainTrouble = trouble
  }
  set networkUp(up: boolean) {
    this.#laptop.network.up = up
  }
  set latencyMs(ms: number) {
    this.#laptop.network.latencyMs = ms
  }
  /** Decides for each request; `carry` by default. */
  set fate(decide: (request: HttpRequest) => Fate) {
    this.#laptop.network.fate = decide
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

  /** Whatever it is then: live, or as it was last known. */
  async showRoom(): Promise<void> {
    await this.finish(this.#takeSnapshot())
  }

  /** As a window does: the snapshot counts from the moment it is there, so that no patch after it is missed. */
  async #takeSnapshot(): Promise<void> {
    this.room = null
    const snapshot = await this.session.openRoom(roomId)
    if (!snapshot.ok) throw new Error(snapshot.failure.message)
    this.room = snapshot.value.state
    this.roomVersion = snapshot.value.version
  }

  async openRoom(): Promise<void> {
    await this.showRoom()
    await this.until('the room to be live', () => this.room?.connection === 'live')
  }

  /** As kill -9 does: nothing of the running core happens any more, what is stored stays. */
  kill(): void {
    this.#process.kill()
    this.room = null
    this.#process = this.#boot()
  }

  power(event: PowerEvent): void {
    this.#laptop.power(event)
  }

  hint(online: boolean): void {
    this.#laptop.hint(online)
  }

  /** The lid is closed for that long. Connections die; nothing runs. */
  async sleep(seconds: number, { announced = true } = {}): Promise<void> {
    if (announced) {
      this.power('suspend')
      await settle()
    }
    this.clock.sleep()
    this.cutSockets()
    await this.time.advance(seconds * 1000)
    this.clock.wake()
    if (announced) this.power('resume')
    await this.time.advance(announced ? 0 : UNANNOUNCED_WAKE_MS)
  }

  cutSockets(): void {
    this.#laptop.network.cut()
  }

  #boot(): Process {
    const process = this.#laptop.boot(
      { serverUrl: ORIGIN, idleTimeout: this.idleTimeout, device: { name: 'Laptop', platform: 'virtual' } },
      { journal: (_process, event, detail) => void this.journal.push({ event, detail }) },
    )
    process.session.subscribe({
      state: ({ state }) => this.states.push(state),
      roomPatch: ({ version, patch }) => {
        if (!this.room || version <= this.roomVersion) return
        if (version !== this.roomVersion + 1) {
          if (!this.mayTakeSnapshots) throw new Error('a patch is missing')
          void this.#takeSnapshot()
          return
        }
        this.roomVersion = version
        this.room = applyPatch(this.room, patch)
      },
      notice: (failure) => this.notices.push(failure.message),
    })
    return process
  }
}
