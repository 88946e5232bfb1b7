/** Plays one plan: starts and kills the app, does what people do, and lets happen what goes wrong. */
import type { SessionState } from '../../src/contract/model.ts'
import { seeded } from '../harness/seeded.ts'
import { Faults } from './faults.ts'
import { ACTIVE_WITHIN_MS, ANSWERED_WITHIN_MS, Judge, LOOK_MS, type Measures } from './judge.ts'
import { Laptop, ORIGIN, type Process } from './laptop.ts'
import { Oracle, type Violation } from './oracle.ts'
import { people as accounts, Person, type Notes } from './person.ts'
import type { Kill, Plan, Setup, Step, Who } from './plan.ts'
import { VirtualTime } from './virtual-clock.ts'
import { VirtualServer } from './virtual-server.ts'

export interface Outcome {
  readonly violations: readonly Violation[]
  readonly measures: Measures
  readonly trace: readonly string[]
}

/** A day is one synchronous piece of work, begun on an empty stack (virtual-clock.ts says why). */
export function playDay(plan: Plan, { tracing = false } = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    setImmediate(() => resolve(new Day(plan, tracing).play()))
  })
}

/** Over as soon as they have happened, and still take getting over. */
const passing: ReadonlySet<Step['do']> = new Set<Step['do']>([
  ...(['cut', 'wall', 'latency', 'revoke', 'kill', 'second'] as const),
  ...(['try-now', 'sign-in-again', 'sign-out'] as const),
])

class Day {
  readonly #plan: Plan
  readonly #time = new VirtualTime()
  readonly #server = new VirtualServer(this.#time)
  readonly #laptop: Laptop
  readonly #oracle: Oracle
  readonly #faults: Faults
  readonly #judge: Judge
  readonly #people: Person[] = []
  readonly #notes: Notes = { promised: [], drafts: new Map(), hands: new Map(), written: 0 }
  /** What is to happen at the n-th call of a port of a process. */
  readonly #armed = new Set<{ process: Process; left: number; act: () => void }>()
  readonly #start = this.#time.now
  readonly #names = new Map<Process, string>()
  readonly #trace: string[] = []
  #over = false

  constructor(plan: Plan, tracing: boolean) {
    this.#plan = plan
    const { setup } = plan
    this.#laptop = new Laptop(this.#time, this.#server, setup.luck)
    prepare(this.#laptop, this.#server, setup)
    this.#oracle = new Oracle(this.#laptop, this.#server)
    this.#oracle.memoryOnly = setup.memoryOnly
    this.#oracle.onPortCall = (process) => this.#countDown(process)
    if (tracing) this.#oracle.trace = (line, process) => this.#note(line, process)
    this.#faults = new Faults(this.#laptop, this.#server, seeded(setup.luck), {
      note: (line) => this.#note(line),
      power: (event) => {
        this.#note(event)
        for (const { process } of this.#people) this.#oracle.power(process, event)
      },
      hint: () => this.#people.forEach(({ process }) => this.#oracle.doubt(process)),
      returned: (said) => this.#judge.returned(said),
      woke: (sleptMs) => this.#judge.woke(sleptMs),
    })
    this.#judge = new Judge({
      plan,
      laptop: this.#laptop,
      server: this.#server,
      oracle: this.#oracle,
      faults: this.#faults,
      people: this.#people,
      notes: this.#notes,
    })
  }

  play(): Outcome {
    const { setup, steps } = this.#plan
    const person = this.#boot('maya', this.#laptop.sealed)
    this.#look()
    // The day begins in the room, so that little of it is spent on getting there.
    this.#run(2)
    person.openRoom()
    this.#run(10)
    for (const step of steps) {
      this.#time.at((step.at / 1e6) * setup.length * 1000, () => {
        if (!this.#over) this.#do(step)
      })
    }
    this.#run(setup.length)

    this.#note('all faults end')
    this.#over = true
    this.#armed.clear()
    this.#laptop.afterThisCall = null
    this.#faults.heal()
    for (const someone of this.#people) someone.wants ??= 'maya'
    const waitMs = Math.max(0, this.#faults.clearSince - this.#time.now)
    this.#run((waitMs + ACTIVE_WITHIN_MS + 2 * LOOK_MS) / 1000)
    for (const someone of this.#people) someone.openRoom()
    this.#run(ANSWERED_WITHIN_MS / 1000)
    this.#judge.judge()
    this.#run(10)
    return { violations: this.#oracle.violations, measures: this.#judge.measures, trace: this.#trace }
  }

  #run(seconds: number): void {
    try {
      this.#time.advanceNow(seconds * 1000)
    } catch (error) {
      this.#oracle.violate('no-crash', error instanceof Error ? String(error.stack) : String(error))
    }
  }

  #note(line: string, process: Process | null = null): void {
    if (!this.#oracle.trace) return
    const seconds = ((this.#time.now - this.#start) / 1000).toFixed(3)
    this.#trace.push(`${seconds.padStart(10)} ${process ? (this.#names.get(process) ?? '?') : ' '} ${line}`)
  }

  /** Every few seconds: people look at their screens, and so does the judge. */
  #look(): void {
    this.#time.at(LOOK_MS, () => {
      this.#look()
      if (this.#laptop.clock.asleep) return
      for (const person of [...this.#people]) person.look()
      this.#judge.look()
    })
  }

  #boot(wants: Who | null, sealed: Map<string, string>): Person {
    const { setup } = this.#plan
    const process = this.#laptop.boot(
      { serverUrl: ORIGIN, idleTimeout: setup.idleTimeout, device: { name: 'Laptop', platform: 'virtual' } },
      this.#oracle,
      sealed,
    )
    this.#names.set(process, String.fromCharCode(65 + (this.#names.size % 26)))
    this.#note('start', process)
    const person = new Person(process, wants, {
      time: this.#time,
      clock: this.#laptop.clock,
      server: this.#server,
      oracle: this.#oracle,
      notes: this.#notes,
      setup,
    })
    process.session.subscribe({ state: ({ state }) => this.#note(`= ${words(state)}`, process) })
    person.onBack = (awaySince) => this.#judge.back(awaySince)
    person.onSignedOut = () => {
      if (this.#people.length === 1) this.#oracle.signedOut()
    }
    this.#people.push(person)
    return person
  }

  /** @param downSeconds until the app is started again */
  #kill(person: Person, downSeconds: number): void {
    if (!person.process.alive) return
    this.#note('killed', person.process)
    this.#judge.killed(person)
    person.process.kill()
    const place = this.#people.indexOf(person)
    this.#people.splice(place, 1)
    // A second one is there beside the first only.
    if (place > 0) return
    if (this.#people[0]) this.#kill(this.#people[0], downSeconds)
    if (this.#plan.setup.memoryOnly) {
      this.#oracle.signedIn = 'no'
      this.#notes.promised.length = 0
      this.#notes.drafts.clear()
      this.#notes.hands.clear()
    }
    const { wants, wantsRoom } = person
    this.#faults.last(downSeconds, () => {
      if (this.#people.length === 0) this.#boot(wants, this.#laptop.sealed).wantsRoom = wantsRoom
    })
  }

  #killSoon(person: Person, { call, when, down }: Kill): void {
    const { process } = person
    const kill = () => this.#kill(person, down)
    const act = when === 'before' ? kill : () => (this.#laptop.afterThisCall = { process, act: kill })
    this.#armed.add({ process, left: call, act })
  }

  #countDown(process: Process): void {
    for (const armed of this.#armed) {
      if (armed.process !== process || --armed.left > 0) continue
      this.#armed.delete(armed)
      armed.act()
    }
  }

  #do(step: Step): void {
    this.#note(`step ${JSON.stringify(step)}`)
    if (passing.has(step.do)) this.#faults.passed()
    const person = this.#people[step.app % Math.max(1, this.#people.length)]
    this.#goWrong(step, person)
    // Nobody clicks on a closed laptop.
    if (person && !this.#laptop.clock.asleep) this.#act(step, person)
  }

  #goWrong(step: Step, person: Person | undefined): void {
    const faults = this.#faults
    const { network, clock } = this.#laptop
    switch (step.do) {
      case 'outage':
        return faults.outage(step)
      case 'stall':
        return faults.stall(step.for)
      case 'cut':
        return network.cut()
      case 'lose':
        return faults.lose(step)
      case 'portal':
        return faults.portal(step)
      case 'status':
        return faults.status(step)
      case 'latency':
        network.latencyMs = step.ms
        return
      case 'keychain':
        return faults.keychain(step.for, step.trouble)
      case 'wall':
        clock.wallError += step.by * 1000
        return
      case 'sleep': {
        if (step.call === null || !person) return faults.sleep(step)
        const act = () => void this.#time.at(0, () => faults.sleep(step))
        this.#armed.add({ process: person.process, left: step.call, act })
        return
      }
      case 'dark-wakes':
        return faults.darkWakes(step)
      case 'kill':
        if (person) this.#killSoon(person, step)
        return
      case 'restart':
        return faults.restart(step.down)
      case 'revoke':
        this.#judge.revoked()
        for (const account of Object.values(accounts)) this.#server.endSessions(account, 'revoked')
        return
      case 'hear':
        this.#server.say(accounts.ben, `from elsewhere ${++this.#notes.written}`)
        return
      case 'visit':
        this.#server.visit(accounts.ben)
        this.#time.at(step.for * 1000, () => void this.#server.leave(accounts.ben))
    }
  }

  #act(step: Step, person: Person): void {
    const [first] = this.#people
    if ('killed' in step && step.killed && first) this.#killSoon(first, step.killed)
    switch (step.do) {
      case 'second': {
        if (this.#people.length > 1) return
        // One keychain and two folders: what is in a folder is guarded by the single-instance lock.
        const second = this.#boot(person.wants, new Map())
        second.wantsRoom = true
        this.#time.at(step.for * 1000, () => this.#kill(second, 0))
        return
      }
      case 'lock':
        this.#laptop.power('lock')
        this.#time.at(step.for * 1000, () => {
          if (!this.#laptop.clock.asleep) this.#laptop.power('unlock')
        })
        return
      case 'say':
        return first?.say()
      case 'draft':
        return first?.saveDraft()
      case 'hand':
        first?.setHand()
        // Some change their mind at once.
        if (step.at % 2) first?.setHand()
        return
      case 'list':
        return person.list()
      case 'ask':
        return person.ask()
      case 'open':
        return person.openRoom()
      case 'leave':
        return person.leaveRoom()
      case 'check':
        return person.check()
      case 'try-now':
        return person.session.retry()
      case 'sign-in-again':
        if (person.wants) person.signIn(person.wants)
        return
      case 'sign-out':
        if (!person.wants) return
        person.signOut()
        this.#time.at(step.for * 1000, () => (person.wants ??= step.next))
    }
  }
}

function prepare(laptop: Laptop, server: VirtualServer, setup: Setup): void {
  server.accessTtl = setup.accessTtl * 60
  server.sessionTtl = setup.sessionTtl * 3600
  server.reauth = setup.reauth
  // Slow enough for a token to end in the middle of a reply.
  server.letterMs = setup.accessTtl < 5 ? 1000 : 250
  laptop.clock.wallError = setup.wallError * 1000
  laptop.clock.monotonicStopsInSleep = setup.monotonicStopsInSleep
  laptop.network.latencyMs = setup.latencyMs
  laptop.keychainMs = setup.keychainMs
}

function words(state: SessionState): string {
  switch (state.kind) {
    case 'recovering':
      return `recovering: ${state.step} (${state.cause})`
    case 'reauth-required':
      return `reauth-required: ${state.reason}`
    case 'keychain-unavailable':
      return `keychain-unavailable: ${state.problem}`
    default:
      return state.kind
  }
}
