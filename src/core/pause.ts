import type { Clock, Timer } from './ports.ts'

/** A wait that can be cut short: by `ring` (try again now) or by an abort. One waiter at a time. */
export class Pause {
  readonly #clock: Clock
  #end: ((rung: boolean) => void) | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @returns true when rung early, false when the time was up or the signal aborted */
  wait(delayMs: number, signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted) return Promise.resolve(false)
    return new Promise((resolve) => {
      let timer: Timer | null = null
      const finish = (rung: boolean) => {
        timer?.cancel()
        signal?.removeEventListener('abort', aborted)
        if (this.#end === finish) this.#end = null
        resolve(rung)
      }
      const aborted = () => finish(false)
      timer = this.#clock.setTimer(delayMs, () => finish(false))
      signal?.addEventListener('abort', aborted, { once: true })
      this.#end = finish
    })
  }

  ring(): void {
    this.#end?.(true)
  }
}
