/** Watches a day from outside: how long things took, and whether what was promised was kept. */
import { timing } from '../../src/contract/settings.ts'
import type { Faults } from './faults.ts'
import type { Laptop } from './laptop.ts'
import type { Oracle } from './oracle.ts'
import { isConnected, people as accounts, type Notes, type Person } from './person.ts'
import type { Plan } from './plan.ts'
import { roomId, type VirtualServer } from './virtual-server.ts'

/** Milliseconds, except where a name says otherwise. */
export interface Measures {
  readonly simulatedHours: number
  /** Of calm days: rotations an hour, as a share of what the token's life asks for. */
  refreshRate: number | null
  /** From the network's return to the first good call, and one probe, one refresh and one call. */
  readonly returns: { readonly tookMs: number; readonly boundMs: number; readonly said: boolean }[]
  /** From being connected with a revoked session to its end. */
  readonly revocations: number[]
  /** From the end of the last fault to `active`. */
  readonly heals: number[]
  rotations: number
  kills: number
  sleeps: number
  messages: number
}

/**
 * After the last fault, `active` within: what was begun under it runs into its time-out (30 s), then one back-off at
 * its cap (15 s), and one probe, one call and one welcome, each at most its own time-out.
 */
export const ACTIVE_WITHIN_MS = 75_000
/** How often people look at their screens, and the judge at people. */
export const LOOK_MS = 5000
/** Any call: its deadline, one more try, and a keychain that takes its time. */
export const ANSWERED_WITHIN_MS = 120_000
/** One heartbeat, the refresh that follows it, and the latency of both. */
const REVOKED_WITHIN_MS = timing.heartbeatInterval * 1000 + 5000
/** The cool-down between recoveries nobody asked for, the wake detector's tick, and a moment. */
const NOTICED_WITHIN_MS = (timing.recoveryCooldown + 2 + 1) * 1000

export interface Courtroom {
  readonly plan: Plan
  readonly laptop: Laptop
  readonly server: VirtualServer
  readonly oracle: Oracle
  readonly faults: Faults
  readonly people: readonly Person[]
  readonly notes: Notes
}

export class Judge {
  readonly #of: Courtroom
  readonly measures: Measures
  /** When each was first seen connected with a revoked session. */
  readonly #unaware = new Map<Person, number>()
  readonly #revokedFamilies = new Set<string>()
  readonly #late = new Set<Person>()

  constructor(courtroom: Courtroom) {
    this.#of = courtroom
    this.measures = {
      simulatedHours: courtroom.plan.setup.length / 3600,
      refreshRate: null,
      returns: [],
      revocations: [],
      heals: [],
      rotations: 0,
      kills: 0,
      sleeps: 0,
      messages: 0,
    }
  }

  get #now(): number {
    return this.#of.laptop.time.now
  }

  /** An administrator ended every sign-in there is. */
  revoked(): void {
    for (const [id, { ended }] of this.#of.server.families) if (!ended) this.#revokedFamilies.add(id)
  }

  killed(person: Person): void {
    this.measures.kills++
    this.measures.rotations += this.#of.oracle.rotationsOf(person.process).length
    this.#unaware.delete(person)
  }

  /** @param awaySince since when calls of this person did not go through; now they do */
  back(awaySince: number): void {
    const { clear, clearSince } = this.#of.faults
    if (clear && awaySince <= clearSince && this.#now >= clearSince) {
      this.measures.heals.push(this.#now - clearSince)
    }
  }

  /** The network is back and nothing else stands in the way: how long until the first good call? */
  returned(said: boolean): void {
    const { people, laptop, server, faults, oracle } = this.#of
    const [person] = people
    if (!person || !faults.clear) return
    if (person.state.kind !== 'offline' && person.state.kind !== 'recovering') return
    const from = this.#now
    const { bootId } = server
    // Sent just before a sleep in which the clock stood still, the last rotation keeps the next one waiting.
    const floorMs = Math.max(0, oracle.untilFloor(person.process))
    // A rotation reads and writes the keychain twice.
    const boundMs = 3 * 2 * laptop.network.latencyMs + 4 * laptop.keychainMs + floorMs + 50
    person.list((ok) => {
      const disturbed = !faults.clear || faults.clearSince > from || server.bootId !== bootId
      const over = ['signed-out', 'reauth-required', 'keychain-unavailable'].includes(person.state.kind)
      if (disturbed || over || !person.process.alive) return
      const tookMs = this.#now - from
      if (ok) this.measures.returns.push({ tookMs, boundMs, said })
      if (!said || (ok && tookMs <= boundMs)) return
      oracle.violate('first-call', `${Math.round(tookMs)} ms after the network’s return, not ${boundMs}`)
    })
  }

  /** Who was connected when the lid closed must look at the path again, announced or not. */
  woke(sleptMs: number): void {
    const { people, laptop, oracle } = this.#of
    const sleep = ++this.measures.sleeps
    const woke = this.#now
    const connected = people.filter(({ state }) => isConnected(state))
    if (sleptMs < 10_000) return
    laptop.time.at(NOTICED_WITHIN_MS, () => {
      // Another sleep, or a sign-out, and nothing can be said.
      if (laptop.clock.asleep || this.measures.sleeps !== sleep) return
      for (const { process, state } of connected) {
        if (!process.alive || !isConnected(state) || oracle.lastProbe(process) >= woke) continue
        oracle.violate('wake-noticed', `nothing looked at the path after a sleep of ${sleptMs / 1000} s`)
      }
    })
  }

  /** Every `LOOK_MS` while the machine is awake. */
  look(): void {
    for (const person of this.#of.people) {
      this.#checkRevoked(person)
      this.#checkActive(person)
    }
  }

  #checkRevoked(person: Person): void {
    const { oracle, faults } = this.#of
    const family = oracle.familyOf(person.process)
    if (family === undefined || !this.#revokedFamilies.has(family)) return
    const since = Math.max(this.#unaware.get(person) ?? this.#now, faults.clearSince)
    if (faults.clear && isConnected(person.state)) {
      this.#unaware.set(person, since)
      if (this.#now - since <= REVOKED_WITHIN_MS + LOOK_MS) return
      oracle.violate('revocation-noticed', `${person.state.kind} for ${(this.#now - since) / 1000} s`)
      this.#revokedFamilies.delete(family)
      return
    }
    if (person.state.kind === 'reauth-required' && this.#unaware.has(person)) {
      this.measures.revocations.push(this.#now - since)
    }
    this.#unaware.delete(person)
  }

  #checkActive(person: Person): void {
    const { faults, oracle } = this.#of
    if (person.wants === null || person.awaySince === null || !faults.clear || this.#late.has(person)) return
    const ms = this.#now - Math.max(person.awaySince, faults.clearSince)
    if (ms < ACTIVE_WITHIN_MS) return
    this.#late.add(person)
    oracle.violate('active-in-time', `${person.state.kind} ${Math.round(ms / 1000)} s after the last fault`)
  }

  /** All faults ended long ago. */
  judge(): void {
    const { oracle, server, people } = this.#of
    for (const person of people) {
      this.measures.rotations += oracle.rotationsOf(person.process).length
      for (const [what, since] of person.waiting) {
        const ms = this.#now - since
        if (ms >= ANSWERED_WITHIN_MS) oracle.violate('nothing-hangs', `${what}, asked ${ms / 1000} s ago`)
      }
      if (person.state.kind === 'active') person.checkRoom()
      const pending = person.room?.pending ?? []
      if (pending.length) oracle.violate('delivered-once', `still pending: ${JSON.stringify(pending)}`)
    }
    this.#judgeDelivery()
    this.#judgeDraft()
    this.#judgeHand()
    if ([...server.families.values()].some(({ ended }) => ended === 'reused')) {
      oracle.violate('never-reused', 'the server took a refresh for theft')
    }
    if (this.#of.plan.kind === 'calm') this.#judgeRate()
  }

  #judgeDelivery(): void {
    const { oracle, server, people, notes } = this.#of
    const arrived = server.messages.map(({ text }) => text)
    const signedIn = new Set(people.map((person) => person.who()))
    const places: number[] = []
    for (const { text, by, failed } of notes.promised) {
      const times = arrived.filter((other) => other === text).length
      this.measures.messages++
      if (times > 1) oracle.violate('delivered-once', `"${text}" arrived ${times} times`)
      // What somebody else wrote waits for them to sign in again.
      if (times === 0 && signedIn.has(by)) oracle.violate('delivered-once', `"${text}" never arrived`)
      if (times === 1 && !failed && by === 'maya') places.push(arrived.indexOf(text))
    }
    if (places.some((place, index) => index > 0 && place < places[index - 1]!)) {
      oracle.violate('delivered-in-order', `arrived at ${places.join(' ')}`)
    }
  }

  #judgeDraft(): void {
    const { oracle, people, notes } = this.#of
    const who = people[0]?.who()
    if (!who || people[0]?.state.kind !== 'active') return
    const expected = (notes.drafts.get(who) ?? [{ text: '' }]).map(({ text }) => text)
    void people[0].session.draft(roomId, 'chat').then((draft) => {
      const found = draft.ok ? draft.value : draft.failure.code
      if (draft.ok && expected.includes(found)) return
      oracle.violate('draft-kept', `"${found}", not ${JSON.stringify(expected)}`)
    })
  }

  #judgeHand(): void {
    const { oracle, server, people, notes } = this.#of
    const who = people[0]?.who()
    const said = who ? (notes.hands.get(who) ?? []) : []
    if (!who || people[0]?.state.kind !== 'active' || !said[0] || said[0].raised === null) return
    if (typeof people[0].room?.handWaiting === 'boolean')
      oracle.violate('hand-last-word', 'a hand still waits')
    const heard = server.hands.findLast(({ of }) => of.id === accounts[who].id)?.raised
    if (oracle.handsDropped > said[0].dropped || said.some(({ raised }) => raised === heard)) return
    oracle.violate('hand-last-word', `heard ${heard}, said ${JSON.stringify(said)}`)
  }

  #judgeRate(): void {
    const { oracle, people, plan } = this.#of
    const rotations = people[0] ? oracle.rotationsOf(people[0].process) : []
    if (rotations.length < 3) return
    const ttl = plan.setup.accessTtl
    const due = 60 / (ttl - Math.min(5, ttl / 5))
    const hours = (rotations.at(-1)! - rotations[0]!) / 3600_000
    const rate = (rotations.length - 1) / hours / due
    this.measures.refreshRate = rate
    if (Math.abs(rate - 1) > 0.05) oracle.violate('refresh-rate', `${rate.toFixed(3)} of ${due.toFixed(2)}/h`)
  }
}
