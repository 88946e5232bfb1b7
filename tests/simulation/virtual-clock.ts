import type { Clock, Timer } from '../../src/core/ports.ts'

interface Entry {
  due: number
  readonly order: number
  run(): void
}

/** Lets every promise that can go on do so. Nothing in the virtual world waits for anything real. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * Time that moves only when told to. `now` is true time, which the server has too; each machine sees a wall clock
 * that may be wrong and a monotonic clock that may stand still while it sleeps.
 */
export class VirtualTime {
  now = Date.UTC(2026, 10, 21, 8, 0, 0)
  #entries: Entry[] = []
  #orders = 0

  at(delayMs: number, run: () => void): Timer {
    const entry = { due: this.now + Math.max(0, delayMs), order: this.#orders++, run }
    this.#entries.push(entry)
    return { cancel: () => void (this.#entries = this.#entries.filter((other) => other !== entry)) }
  }

  async advance(ms: number): Promise<void> {
    const end = this.now + ms
    await settle()
    for (;;) {
      const next = this.#entries
        .filter(({ due }) => due <= end)
        .sort((a, b) => a.due - b.due || a.order - b.order)[0]
      if (!next) break
      this.#entries = this.#entries.filter((entry) => entry !== next)
      this.now = Math.max(this.now, next.due)
      next.run()
      await settle()
    }
    this.now = end
    await settle()
  }
}

/** The clock of one laptop. While it sleeps its timers wait; those that came due meanwhile run at the wake. */
export class MachineClock implements Clock {
  readonly #time: VirtualTime
  readonly #start: number
  #asleepSince: number | null = null
  #stoodStillMs = 0
  #missed: (() => void)[] = []
  /** How wrong the wall clock is, in milliseconds. */
  wallError = 0
  /** Linux: the monotonic clock stands still while the machine sleeps. */
  monotonicStopsInSleep = true

  constructor(time: VirtualTime) {
    this.#time = time
    this.#start = time.now
  }

  wallNow = () => this.#time.now + this.wallError
  monotonicNow = () => (this.#asleepSince ?? this.#time.now) - this.#start - this.#stoodStillMs

  setTimer(delayMs: number, run: () => void): Timer {
    let cancelled = false
    let timer: Timer | null = null
    const fire = () => {
      if (cancelled) return
      if (this.#asleepSince !== null) this.#missed.push(fire)
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
    this.#asleepSince = this.#time.now
  }

  wake(): void {
    if (this.#asleepSince === null) return
    if (this.monotonicStopsInSleep) this.#stoodStillMs += this.#time.now - this.#asleepSince
    this.#asleepSince = null
    const missed = this.#missed
    this.#missed = []
    for (const run of missed) this.#time.at(0, run)
  }
}
