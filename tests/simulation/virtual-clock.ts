import { setFlagsFromString } from 'node:v8'
import type { Clock, Timer } from '../../src/core/ports.ts'

/**
 * Runs every promise reaction that can run, to the last. Nothing in the virtual world waits for anything real, so
 * a whole day is one synchronous function, and thousands of days take minutes: awaiting the event loop instead would
 * cost a hundred times more. Does nothing when called from inside a promise reaction.
 */
setFlagsFromString('--allow-natives-syntax')
const drain = new Function('%PerformMicrotaskCheckpoint()') as () => void

/** Lets everything that can go on do so; for tests, which are promise reactions themselves. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

interface Entry {
  readonly due: number
  readonly order: number
  run: (() => void) | null
}

const isBefore = (a: Entry, b: Entry) => a.due < b.due || (a.due === b.due && a.order < b.order)

/**
 * Time that moves only when told to. `now` is true time, which the server has too; each machine sees a wall clock
 * that may be wrong and a monotonic clock that may stand still while it sleeps.
 */
export class VirtualTime {
  now = Date.UTC(2026, 10, 21, 8, 0, 0)
  /** A binary heap: the earliest first. */
  readonly #heap: Entry[] = []
  #orders = 0

  at(delayMs: number, run: () => void): Timer {
    const entry: Entry = { due: this.now + Math.max(0, delayMs), order: this.#orders++, run }
    this.#push(entry)
    return { cancel: () => void (entry.run = null) }
  }

  /** Must not be called from inside a promise reaction. */
  advanceNow(ms: number): void {
    const end = this.now + ms
    drain()
    for (let next = this.#heap[0]; next && next.due <= end; next = this.#heap[0]) {
      this.#pop()
      if (!next.run) continue
      this.now = Math.max(this.now, next.due)
      next.run()
      drain()
    }
    this.now = end
  }

  advance(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        try {
          this.advanceNow(ms)
          resolve()
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let index = heap.length
    for (let up = (index - 1) >> 1; index > 0 && isBefore(entry, heap[up]!); up = (index - 1) >> 1) {
      heap[index] = heap[up]!
      index = up
    }
    heap[index] = entry
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let index = 0
    for (;;) {
      let down = 2 * index + 1
      if (down >= heap.length) break
      if (down + 1 < heap.length && isBefore(heap[down + 1]!, heap[down]!)) down++
      if (!isBefore(heap[down]!, last)) break
      heap[index] = heap[down]!
      index = down
    }
    heap[index] = last
  }
}

/** The clock of one laptop. While it sleeps its timers wait; those that came due meanwhile run at the wake. */
export class MachineClock implements Clock {
  readonly #time: VirtualTime
  readonly #start: number
  #asleepSince: number | null = null
  #stoodStillMs = 0
  #sleptMs = 0
  #missed: (() => void)[] = []
  /** How wrong the wall clock is, in milliseconds. */
  wallError = 0
  /** Linux: the monotonic clock, and the timers with it, stand still while the machine sleeps. */
  monotonicStopsInSleep = true

  constructor(time: VirtualTime) {
    this.#time = time
    this.#start = time.now
  }

  get asleep(): boolean {
    return this.#asleepSince !== null
  }

  /** Milliseconds this machine was awake, whatever its own clocks say. */
  get awakeMs(): number {
    return (this.#asleepSince ?? this.#time.now) - this.#start - this.#sleptMs
  }

  wallNow = () => this.#time.now + this.wallError
  monotonicNow = () => {
    const now = this.monotonicStopsInSleep ? (this.#asleepSince ?? this.#time.now) : this.#time.now
    return now - this.#start - this.#stoodStillMs
  }

  setTimer(delayMs: number, run: () => void): Timer {
    const due = this.monotonicNow() + Math.max(0, delayMs)
    let timer: Timer | null = null
    let cancelled = false
    const fire = () => {
      if (cancelled) return
      const early = due - this.monotonicNow()
      if (this.#asleepSince !== null) this.#missed.push(fire)
      else if (early > 0.001) timer = this.#time.at(early, fire)
      else run()
    }
    timer = this.#time.at(delayMs, fire)
    return {
      cancel() {
        cancelled = true
        timer?.cancel()
      },
    }
  }

  sleep(): void {
    this.#asleepSince ??= this.#time.now
  }

  wake(): void {
    if (this.#asleepSince === null) return
    const slept = this.#time.now - this.#asleepSince
    this.#sleptMs += slept
    if (this.monotonicStopsInSleep) this.#stoodStillMs += slept
    this.#asleepSince = null
    const missed = this.#missed
    this.#missed = []
    for (const run of missed) this.#time.at(0, run)
  }
}
