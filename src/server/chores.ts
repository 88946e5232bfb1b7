/** What has to be done every so often, whoever asks for what. */

export interface Chore {
  readonly name: string
  /** Milliseconds between the end of one run and the begin of the next. */
  readonly everyMs: number
  readonly work: () => Promise<unknown>
  /** False: it takes long, and the start does not wait for it. */
  readonly atStart?: false
}

export interface Chores {
  /** Runs each that is for the start once, one after the other. @throws what the first one throws that fails */
  once(): Promise<void>
  begin(): void
  /** Resolves when none is running any more. */
  end(): Promise<void>
}

/** Each by itself again and again, never twice at once; one that fails is tried again at its next time. */
export function createChores(
  chores: readonly Chore[],
  failed: (name: string, error: unknown) => void,
): Chores {
  const timers = new Map<Chore, NodeJS.Timeout>()
  const running = new Set<Promise<void>>()
  let ended = false

  function later(chore: Chore): void {
    if (ended) return
    timers.set(
      chore,
      setTimeout(() => {
        const run = chore
          .work()
          .catch((error: unknown) => failed(chore.name, error))
          .then(() => {
            running.delete(run)
            later(chore)
          })
        running.add(run)
      }, chore.everyMs),
    )
  }

  return {
    async once() {
      for (const { work, atStart = true } of chores) if (atStart) await work()
    },
    begin: () => chores.forEach(later),
    async end() {
      ended = true
      timers.forEach((timer) => clearTimeout(timer))
      await Promise.all(running)
    },
  }
}
