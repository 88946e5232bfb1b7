import type { App } from 'electron'
import type { Log } from './adapters/log.ts'

export interface QuitOptions {
  readonly app: Pick<App, 'on' | 'exit'>
  /** Ends the windows that are left and asks none of their pages. */
  readonly destroyWindows: () => void
  /** What is under way and has to be finished. What fails or hangs keeps nothing else from its end. */
  readonly finish: () => readonly Promise<unknown>[]
  readonly log: Pick<Log, 'write' | 'flush'>
  readonly exitCode: () => number
  /** How long pages may take to close. Milliseconds. */
  readonly pagesMs?: number
  /** How long everything else may take after that. Milliseconds. */
  readonly finishMs?: number
}

/** Within both, a person does not take Lectern for hung yet. */
const PAGES_MS = 3000
const FINISH_MS = 8000

/** Ends Lectern when somebody quits it: after what is under way, and after 11 s all the same. */
export function quitInOrder(options: QuitOptions): void {
  const { app, destroyWindows, finish, log, exitCode, pagesMs = PAGES_MS, finishMs = FINISH_MS } = options
  let finishing = false

  app.on('before-quit', () => {
    // A page that hangs, or has a dialog of the system over it, closes no window.
    setTimeout(() => {
      if (finishing) return
      log.write('pages did not close')
      destroyWindows()
    }, pagesMs)
  })

  app.on('will-quit', (event) => {
    event.preventDefault()
    if (finishing) return
    finishing = true
    log.write('quitting')
    const deadline = new Promise((resolve) => setTimeout(resolve, finishMs))
    void Promise.race([finishAll(), deadline]).then(() => app.exit(exitCode()))
  })

  async function finishAll(): Promise<void> {
    try {
      for (const ending of await Promise.allSettled(finish())) {
        if (ending.status === 'rejected') log.write('not finished', ending.reason)
      }
    } catch (error) {
      log.write('not finished', error)
    }
    await log.flush()
  }
}
