/** One running app and the person in front of it: what they ask for, what they are promised, what they see. */
import type { Result, RoomState, SessionState } from '../../src/contract/model.ts'
import { applyPatch } from '../../src/core/room-state.ts'
import type { Session } from '../../src/core/session.ts'
import type { Process } from './laptop.ts'
import type { Oracle } from './oracle.ts'
import type { Setup, Who } from './plan.ts'
import type { MachineClock, VirtualTime } from './virtual-clock.ts'
import { ben, maya, password, roomId, type VirtualServer } from './virtual-server.ts'

export const people = { maya, ben }

/** An accepted message: from here on it is core's to deliver. */
export interface Promised {
  readonly text: string
  readonly by: Who
  /** Shown as failed at least once, so its place in the order is gone. */
  failed: boolean
}

/** What outlives a process: the notes of whoever checks. */
export interface Notes {
  readonly promised: Promised[]
  /** The last accepted one, and those asked for since whose fate is not known; a message leaves an empty one. */
  readonly drafts: Map<Who, { readonly text: string }[]>
  /** As with drafts: what was said last of somebody's hand, and when so many of these had been dropped. */
  readonly hands: Map<Who, { readonly raised: boolean | null; readonly dropped: number }[]>
  written: number
}

export class Person {
  readonly process: Process
  readonly #time: VirtualTime
  readonly #clock: MachineClock
  readonly #server: VirtualServer
  readonly #oracle: Oracle
  readonly #notes: Notes
  readonly #setup: Setup
  #wants: Who | null
  /** True time since when calls do not go through, or somebody else is to be signed in; null when all is well. */
  awaySince: number | null
  /** @param awaySince as above, of the time that has just ended */
  onBack: (awaySince: number) => void = () => {}
  wantsRoom = false
  room: RoomState | null = null
  #roomVersion = 0
  #signingIn = false
  #signedOutByHand = false
  #lastActive: number
  /** When things asked for were asked. */
  readonly waiting = new Map<string, number>()

  constructor(
    process: Process,
    wants: Who | null,
    world: {
      time: VirtualTime
      clock: MachineClock
      server: VirtualServer
      oracle: Oracle
      notes: Notes
      setup: Setup
    },
  ) {
    this.process = process
    this.#wants = wants
    this.awaySince = world.time.now
    this.#time = world.time
    this.#server = world.server
    this.#oracle = world.oracle
    this.#notes = world.notes
    this.#setup = world.setup
    this.#clock = world.clock
    this.#lastActive = world.clock.awakeMs
    process.session.subscribe({
      state: ({ state }) => this.#sees(state),
      roomPatch: ({ version, patch }) => this.#patched(version, patch),
      notice: ({ message }) => {
        if (/-token-/.test(message)) this.#oracle.violate('token-secret', 'in a notice')
      },
    })
    this.#ask('start', process.session.start())
  }

  /** Who is to be signed in; null while nobody is meant to be. */
  get wants(): Who | null {
    return this.#wants
  }
  set wants(who: Who | null) {
    this.#wants = who
    if (!isConnected(this.state)) this.awaySince = this.#time.now
  }

  get session(): Session {
    return this.process.session
  }
  get state(): SessionState {
    return this.session.state().state
  }

  active(): void {
    this.#lastActive = this.#clock.awakeMs
    this.session.reportActivity()
  }

  #ask<T>(what: string, asked: Promise<T>, then: (value: T) => void = () => {}): void {
    const name = `${what} ${++this.#notes.written}`
    this.waiting.set(name, this.#time.now)
    void asked.then((value) => {
      this.waiting.delete(name)
      // What was answered counts, though a kill came before anybody read it; but for what was in memory only.
      if (this.process.alive || !this.#setup.memoryOnly) then(value)
    })
  }

  #sees(state: SessionState): void {
    if (/-token-/.test(JSON.stringify(state))) this.#oracle.violate('token-secret', 'in the state')
    const oracle = this.#oracle
    const connected = isConnected(state)
    if (connected && this.#signedOutByHand) {
      oracle.violate('signed-out-for-good', 'signed in again by itself after a sign-out')
      this.#signedOutByHand = false
    }
    if (connected && this.awaySince !== null) this.onBack(this.awaySince)
    this.awaySince = connected ? null : (this.awaySince ?? this.#time.now)
    if (state.kind === 'recovering' && state.cause === 'start' && oracle.signedIn === 'no') {
      oracle.violate('signed-out-for-good', 'signed in again by a restart')
    }
    if (state.kind === 'reauth-required') {
      if (state.reason === 'idle') {
        oracle.signedIn = 'perhaps'
        oracle.giveUp(undefined)
        const quiet = this.#clock.awakeMs - this.#lastActive
        if (this.#setup.idleTimeout === null || quiet < this.#setup.idleTimeout * 1000 - 1000) {
          oracle.violate('ends-by-definitive-word', `called idle after ${Math.round(quiet / 1000)} s`)
        }
      } else oracle.ended(this.process, state)
    }
    if (state.kind === 'signed-out') {
      const unfounded =
        state.reason === 'signed-out'
          ? !this.#signedOutByHand
          : oracle.signedIn === 'yes' && !this.#setup.memoryOnly
      if (unfounded) oracle.violate('ends-by-definitive-word', `signed out: ${state.reason}`)
    }
  }

  /** Looks at the screen and does what it asks for. */
  look(): void {
    const { state } = this
    const { wants } = this
    if (wants && !this.#signingIn && (state.kind === 'signed-out' || state.kind === 'reauth-required')) {
      this.signIn(wants)
    }
    if (state.kind === 'keychain-unavailable') this.session.retry()
    if (state.kind === 'idle-warning' && wants) this.active()
    const gone = this.room === null || this.room.connection === 'closed'
    if (this.wantsRoom && gone && state.kind === 'active') this.openRoom()
    for (const { text, status, idempotencyKey } of this.room?.pending ?? []) {
      if (status !== 'failed') continue
      for (const promised of this.#notes.promised) if (promised.text === text) promised.failed = true
      this.#ask('retry', this.session.retryMessage(roomId, idempotencyKey))
    }
  }

  signIn(who: Who): void {
    this.#signingIn = true
    this.#signedOutByHand = false
    const { oracle, before } = { oracle: this.#oracle, before: this.#oracle.signedIn }
    oracle.signedIn = before === 'yes' ? 'yes' : 'perhaps'
    this.active()
    const { memoryOnly } = this.#setup
    this.#ask(
      'sign in',
      this.session.signIn({ email: people[who].email, password, memoryOnly }),
      ({ ok }) => {
        this.#signingIn = false
        if (!ok || this.#signedOutByHand) return
        oracle.signedIn = 'yes'
        oracle.giveUp(oracle.familyOf(this.process))
      },
    )
  }

  signOut(): void {
    this.#oracle.signedIn = 'perhaps'
    this.#oracle.giveUp(undefined)
    this.#signedOutByHand = true
    this.wants = null
    this.room = null
    this.#ask('sign out', this.session.signOut(), (cleared) => this.#signedOut(cleared))
  }

  /** Set by whoever drives: looks at what a sign-out that says it is done has left behind. */
  onSignedOut: (() => void) | null = null
  #signedOut(cleared: Result<void>): void {
    if (!cleared.ok || !this.#signedOutByHand) return
    this.#oracle.signedIn = 'no'
    this.onSignedOut?.()
  }

  say(): void {
    const by = this.who()
    if (!by) return
    this.active()
    const text = `message ${++this.#notes.written}`
    const drafted = this.#perhaps(this.#notes.drafts, by, { text: '' })
    this.#ask('say', this.session.postMessage(roomId, text), (accepted) => {
      if (!accepted.ok) return
      this.#notes.promised.push({ text, by, failed: false })
      drafted()
    })
  }

  setHand(): void {
    const by = this.who()
    if (!by) return
    this.active()
    const { hands } = this.#notes
    if (!hands.has(by)) hands.set(by, [{ raised: null, dropped: 0 }])
    const raised = !hands.get(by)?.at(-1)?.raised
    const said = this.#perhaps(hands, by, { raised, dropped: this.#oracle.handsDropped })
    this.#ask('hand', this.session.setHand(roomId, raised), (accepted) => {
      if (accepted.ok) said()
    })
  }

  /** @returns to be called when it is sure: nothing that was said before it counts any more */
  #perhaps<T>(known: Map<Who, T[]>, by: Who, what: T): () => void {
    known.set(by, [...(known.get(by) ?? []), what])
    return () => {
      const all = known.get(by) ?? []
      const place = all.indexOf(what)
      if (place >= 0) known.set(by, all.slice(place))
    }
  }

  saveDraft(): void {
    const by = this.who()
    if (!by) return
    this.active()
    const text = `draft ${++this.#notes.written}`
    const { drafts } = this.#notes
    if (!drafts.has(by)) drafts.set(by, [{ text: '' }])
    const saved = this.#perhaps(drafts, by, { text })
    const draft = { accountId: people[by].id, sessionId: roomId, kind: 'chat', text } as const
    this.#ask('draft', this.session.saveDraft(draft), ({ ok }) => {
      if (ok) saved()
    })
  }

  list(then: (ok: boolean) => void = () => {}): void {
    this.active()
    this.#ask('list', this.session.call({ endpoint: 'listLiveSessions' }), (answer) => then(answer.ok))
  }

  check(): void {
    this.active()
    this.#ask('check', this.session.check())
  }

  /** Asks the assistant and reads its reply to the end. */
  ask(): void {
    const { reply } = this.#server
    const name = `reply ${++this.#notes.written}`
    let heard = ''
    this.active()
    this.waiting.set(name, this.#time.now)
    const stop = this.session.stream(
      {
        stream: 'assistantReply',
        params: { sessionId: roomId, replyId: '0190a000-0000-7000-8000-0000000000bb' },
      },
      {
        event: (event) => {
          if (event.type === 'text') heard += event.text
          if (!reply.startsWith(heard)) {
            this.#oracle.violate('stream-whole', `heard "${heard}"`)
            stop()
          }
        },
        ended: (result) => {
          this.waiting.delete(name)
          if (result.ok && heard !== reply) this.#oracle.violate('stream-whole', `ended with "${heard}"`)
        },
      },
    )
  }

  openRoom(): void {
    if ([...this.waiting.keys()].some((name) => name.startsWith('open'))) return
    this.wantsRoom = true
    this.#ask('open', this.session.openRoom(roomId), (opened) => {
      if (opened.ok && this.wantsRoom) this.#show(opened.value)
    })
  }

  leaveRoom(): void {
    this.wantsRoom = false
    this.room = null
    this.#ask('leave', this.session.leaveRoom(roomId))
  }

  /** The last message shown must be the last one there is, and nothing between the first and it may be missing. */
  checkRoom(): void {
    const shown = this.room?.messages ?? []
    const first = shown[0]?.seq ?? Infinity
    const all = this.#server.messages
    const since = first === Infinity ? all : all.filter(({ seq }) => seq >= first)
    if (shown.length !== since.length || shown.some(({ id }, index) => id !== since[index]?.id)) {
      this.#oracle.violate('events-once', `shows ${seqs(shown)} of ${seqs(since)}`)
    }
    const here = JSON.stringify(this.room?.participants)
    const there = JSON.stringify([...this.#server.participants.values()])
    if (this.room && here !== there) this.#oracle.violate('events-once', `participants ${here}, not ${there}`)
  }

  /** Who is signed in. */
  who(): Who | null {
    const { state } = this
    if (!('account' in state)) return null
    return state.account.id === maya.id ? 'maya' : 'ben'
  }

  #show({ state, version }: { state: RoomState; version: number }): void {
    this.room = state
    this.#roomVersion = version
  }

  #patched(version: number, patch: Parameters<typeof applyPatch>[1]): void {
    if (!this.room || version <= this.#roomVersion) return
    if (version !== this.#roomVersion + 1) {
      // A version was left out: ask for a new snapshot, as a window does.
      this.room = null
      if (this.wantsRoom) this.openRoom()
      return
    }
    const before = this.room
    this.#roomVersion = version
    this.room = applyPatch(before, patch)
    if (patch.append.length === 0) return
    const last = before.messages.at(-1)?.seq ?? patch.append[0]!.seq - 1
    const due = this.#server.messages.filter(({ seq }) => seq > last).slice(0, patch.append.length)
    if (due.length !== patch.append.length || due.some(({ id }, index) => id !== patch.append[index]!.id)) {
      this.#oracle.violate('events-once', `after ${last} came ${seqs(patch.append)}, due was ${seqs(due)}`)
    }
  }
}

export const isConnected = ({ kind }: SessionState) =>
  kind === 'active' || kind === 'refreshing' || kind === 'idle-warning'

const seqs = (messages: readonly { seq: number }[]) => `[${messages.map(({ seq }) => seq).join(' ')}]`
