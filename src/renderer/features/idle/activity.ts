/** Tells main that somebody is at this window: now and then while all is well, at once while a lock is announced. */
import type { SessionState } from '../../../contract/model.ts'
import type { SessionClient } from '../../session-client.ts'

/** Milliseconds. */
const AT_MOST_EVERY = 30_000

/** What a person does and a page cannot do by itself. A mouse that is only nudged by a passing bag is nobody. */
const INPUTS = ['keydown', 'pointerdown', 'wheel', 'touchstart'] as const

/** @returns to be called for each input */
export function createActivityReport(
  client: Pick<SessionClient, 'ask'>,
  session: () => SessionState | null,
): () => void {
  let last = -Infinity
  /** The end of the warning that was answered: one word of ours is enough for it. */
  let answered: number | null = null

  return () => {
    const state = session()
    const warning = state?.kind === 'idle-warning' ? state.endsAt : null
    if (warning === null || warning === answered) {
      if (performance.now() - last < AT_MOST_EVERY) return
    }
    last = performance.now()
    answered = warning
    void client.ask('session:activity').then((answer) => {
      if (!answer.ok) answered = null
    })
  }
}

/** Wherever in the page it happens, also where a part keeps it to itself. */
export function watchInput(page: EventTarget, happened: () => void): void {
  for (const input of INPUTS) page.addEventListener(input, happened, { capture: true, passive: true })
}
