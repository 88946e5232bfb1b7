/** What goes wrong around a laptop: its network, its keychain, its server, its sleep; and since when nothing does. */
import { BOOT_ID_HEADER } from '../../src/contract/endpoint.ts'
import type { HttpRequest, PowerEvent } from '../../src/core/ports.ts'
import type { Laptop } from './laptop.ts'
import type { KeychainTrouble, Step, Target } from './plan.ts'
import type { Fate } from './virtual-network.ts'
import type { VirtualServer } from './virtual-server.ts'

type FaultOf<D extends Step['do']> = Extract<Step, { do: D }>

export interface FaultListeners {
  note(line: string): void
  /** Before core hears of it. */
  power(event: PowerEvent): void
  hint(): void
  /** The network is back, and core is about to hear of it if `said`. */
  returned(said: boolean): void
  woke(sleptMs: number): void
}

/** Milliseconds within which a machine is asleep after it said so. */
const FALLING_ASLEEP_MS = 300

export class Faults {
  readonly #laptop: Laptop
  readonly #server: VirtualServer
  readonly #luck: () => number
  readonly #listeners: FaultListeners
  /** Those under way, and what ends each. */
  readonly #ends = new Map<object, () => void>()
  readonly #fates = new Set<(request: HttpRequest) => Fate>()
  readonly #keychainMs: number
  #outages = 0
  #stalls = 0
  #troubles = 0
  #over = false
  /** True time at which the last one ended, or will when a server asked to wait. */
  clearSince: number

  constructor(laptop: Laptop, server: VirtualServer, luck: () => number, listeners: FaultListeners) {
    this.#laptop = laptop
    this.#server = server
    this.#luck = luck
    this.#listeners = listeners
    this.#keychainMs = laptop.keychainMs
    this.clearSince = laptop.time.now
    laptop.network.fate = (request) => this.#fateOf(request)
  }

  /** Whether nothing is wrong now. */
  get clear(): boolean {
    return this.#ends.size === 0
  }

  /** Something is over as soon as it has happened, and still takes getting over. */
  passed(): void {
    this.clearSince = Math.max(this.clearSince, this.#laptop.time.now)
  }

  /**
   * Counts as a fault for so many seconds.
   *
   * @param waitMs what a server asked to wait on top
   */
  last(seconds: number, ended: () => void, waitMs = 0): void {
    const key = {}
    const end = () => {
      if (!this.#ends.delete(key)) return
      this.#listeners.note('step ends')
      ended()
      this.clearSince = Math.max(this.clearSince, this.#laptop.time.now + waitMs)
    }
    this.#ends.set(key, end)
    this.#laptop.time.at(seconds * 1000, end)
  }

  /** All of them end, at once and for good. */
  heal(): void {
    this.#over = true
    for (const end of [...this.#ends.values()]) end()
  }

  outage({ for: seconds, said, cut }: Pick<FaultOf<'outage'>, 'for' | 'said' | 'cut'>): void {
    const { network, clock } = this.#laptop
    if (cut) this.#cutAll()
    this.#outages++
    network.up = false
    if (said && !clock.asleep) this.#hint(false)
    this.last(seconds, () => {
      network.up = --this.#outages === 0
      if (!network.up || clock.asleep) return
      this.#listeners.returned(said)
      if (said) this.#hint(true)
    })
  }

  stall(seconds: number): void {
    const { network } = this.#laptop
    this.#stalls++
    network.stalled = true
    this.last(seconds, () => (network.stalled = --this.#stalls > 0))
  }

  lose({ for: seconds, way, of, share }: FaultOf<'lose'>): void {
    this.#decide(seconds, (request) => (isFor(request, of) && this.#luck() < share ? way : 'carry'))
  }

  portal({ for: seconds, status }: FaultOf<'portal'>): void {
    const headers = { 'content-type': 'text/html', location: 'http://portal.hotel/' }
    const body = '<html>Welcome to Hotel WiFi</html>'
    this.#decide(seconds, () => ({ kind: 'response', status, headers, body }))
  }

  status({ for: seconds, status, of, retryAfter, ours }: FaultOf<'status'>): void {
    const asked = retryAfter === null ? {} : { 'retry-after': String(retryAfter) }
    const problem = { type: 'about:blank', title: 'Fault', status, detail: 'Injected.', code: 'fault' }
    const answer = (): Fate => {
      if (!ours) {
        return {
          kind: 'response',
          status,
          headers: { 'content-type': 'text/html', ...asked },
          body: '<html>',
        }
      }
      const date = new Date(this.#laptop.time.now).toUTCString()
      const headers = { [BOOT_ID_HEADER]: this.#server.bootId, date, ...asked }
      return { kind: 'response', status, headers, body: JSON.stringify(problem) }
    }
    this.#decide(seconds, (request) => (isFor(request, of) ? answer() : 'carry'), (retryAfter ?? 0) * 1000)
  }

  keychain(seconds: number, trouble: KeychainTrouble): void {
    const laptop = this.#laptop
    this.#troubles++
    switch (trouble) {
      case 'slow':
        laptop.keychainMs = 5000
        break
      case 'null-answers':
        laptop.keychainTrouble = trouble
        break
      case 'late':
        laptop.keychainTrouble = { problem: 'broken', message: 'The keychain did not answer in time.' }
        laptop.keychainActs = true
        laptop.keychainMs = 8000
        break
      default:
        laptop.keychainTrouble = { problem: trouble, message: `The keychain is ${trouble}.` }
    }
    this.last(seconds, () => {
      if (--this.#troubles > 0) return
      laptop.keychainTrouble = null
      laptop.keychainActs = false
      laptop.keychainMs = this.#keychainMs
    })
  }

  restart(downSeconds: number): void {
    this.#server.up = false
    this.#server.restart()
    this.last(downSeconds, () => (this.#server.up = true))
  }

  sleep({ for: seconds, said, dns }: Pick<FaultOf<'sleep'>, 'for' | 'said' | 'dns'>): void {
    const { clock, network, time } = this.#laptop
    if (clock.asleep || this.#over) return
    const fallAsleep = () => {
      if (clock.asleep || this.#over) return
      const since = time.now
      const dies = seconds > 30 || this.#luck() < 0.5
      this.#listeners.note('asleep')
      clock.sleep()
      if (dies) time.at(0, () => network.cut())
      this.last(seconds, () => {
        clock.wake()
        this.#listeners.woke(time.now - since)
        if (dies) network.cutRequests()
        if (said === 'late') this.#announce('suspend')
        if (said !== 'neither') this.#announce('resume')
        if (dns > 0 && !this.#over) this.outage({ for: dns, said: false, cut: false })
      })
    }
    if (said === 'both') this.#announce('suspend')
    // Not announced, it falls into whatever is going on; the process is frozen right after it.
    time.at(said === 'both' ? this.#luck() * FALLING_ASLEEP_MS : 0, fallAsleep)
  }

  darkWakes({ count, every, said }: FaultOf<'dark-wakes'>): void {
    const sleep = { for: every, said: said ? 'both' : 'neither', dns: 0 } as const
    for (let wake = 0; wake < count; wake++) {
      this.#laptop.time.at(wake * (every + 5) * 1000, () => this.sleep(sleep))
    }
  }

  #cutAll(): void {
    this.#laptop.network.cut()
    this.#laptop.network.cutRequests()
  }

  #hint(online: boolean): void {
    this.#listeners.hint()
    this.#laptop.hint(online)
  }

  #announce(event: 'suspend' | 'resume'): void {
    this.#listeners.power(event)
    this.#laptop.power(event)
  }

  #decide(seconds: number, fate: (request: HttpRequest) => Fate, waitMs = 0): void {
    this.#fates.add(fate)
    this.last(seconds, () => this.#fates.delete(fate), waitMs)
  }

  #fateOf(request: HttpRequest): Fate {
    for (const fate of this.#fates) {
      const decided = fate(request)
      if (decided !== 'carry') return decided
    }
    return 'carry'
  }
}

const requestsOf: Readonly<Record<Exclude<Target, 'other' | 'all'>, RegExp>> = {
  token: /\/auth\/token$/,
  message: /\/messages$/,
  history: /\/messages\?/,
  health: /\/health$/,
  join: /\/join$/,
}

function isFor({ url }: HttpRequest, target: Target): boolean {
  if (target === 'all') return true
  if (target !== 'other') return requestsOf[target].test(url)
  return url !== 'wss:' && !Object.values(requestsOf).some((pattern) => pattern.test(url))
}
