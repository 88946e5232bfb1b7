import type { Page } from '../contract/ipc.ts'
import type { SessionState } from '../contract/model.ts'
import type { Session } from '../core/session.ts'
import { readDeepLink } from './deep-links.ts'

const mayShow = (state: SessionState) => 'account' in state && state.kind !== 'keychain-unavailable'

/**
 * @param show brings the main window to the front, on this page
 * @returns goes where a link points: at once when somebody is signed in, otherwise once somebody is. Does nothing
 *   with what is no link of ours.
 */
export function createLinkOpener(
  session: Pick<Session, 'state' | 'subscribe'>,
  show: (page: Page) => void,
): (link: string) => void {
  let target: Page | null = null
  session.subscribe({
    state({ state }) {
      if (!target || !mayShow(state)) return
      show(target)
      target = null
    },
  })
  return (link) => {
    const page = readDeepLink(link)
    if (!page) return
    target = mayShow(session.state().state) ? null : page
    show(page)
  }
}
