import type { Page } from '../../contract/ipc.ts'
import { succeed } from '../../contract/model.ts'
import type { Handlers } from '../ipc.ts'
import type { Windows } from '../windows.ts'

export interface WindowHandlersOptions {
  readonly windows: Windows
  /** Brings the main window to the front, on this page if one is named. */
  readonly showMain: (page?: Page) => void
  /** Remembers it for the next start. */
  readonly pageShown: (page: Page) => void
}

type WindowChannel = Extract<keyof Handlers, `windows:${string}`>

export function windowHandlers(options: WindowHandlersOptions): Pick<Handlers, WindowChannel> {
  const { windows, showMain, pageShown } = options
  return {
    'windows:open': ({ kind, sessionId }) => {
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
