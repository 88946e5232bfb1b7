import type { Page } from '../../contract/ipc.ts'
import { fail, succeed } from '../../contract/model.ts'
import type { Handlers } from '../ipc.ts'
import type { Windows } from '../windows.ts'

export interface WindowHandlersOptions {
  readonly windows: Windows
  /** Brings the main window to the front, on this page if one is named. */
  readonly showMain: (page?: Page) => void
  /** Remembers it for the next start. */
  readonly pageShown: (page: Page) => void
}

/** More than fit on any desk. Each is a process. */
const MOST = 40

type WindowChannel = Extract<keyof Handlers, `windows:${string}`>

export function windowHandlers(options: WindowHandlersOptions): Pick<Handlers, WindowChannel> {
  const { windows, showMain, pageShown } = options
  return {
    'windows:open': ({ kind, sessionId }) => {
      if (windows.all().length >= MOST && !windows.isOpen(kind, sessionId)) {
        return fail('conflict', 'Too many windows are open. Close one first.')
      }
      windows.open(kind, sessionId)
      return succeed(undefined)
    },
    'windows:show-main': ({ page }) => {
      showMain(page)
      return succeed(undefined)
    },
    'windows:page': ({ page }) => {
      pageShown(page)
      return succeed(undefined)
    },
  }
}
