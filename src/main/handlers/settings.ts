import { succeed } from '../../contract/model.ts'
import type { WebContents } from 'electron'
import type { Handlers } from '../ipc.ts'
import type { Settings } from '../settings.ts'

export interface SettingsHandlersOptions {
  readonly settings: Settings
  /** A page is there, and listens. */
  readonly pageListens: (window: WebContents) => void
}

type SettingsChannel = Extract<keyof Handlers, `settings:${string}`>

export const settingsHandlers = ({
  settings,
  pageListens,
}: SettingsHandlersOptions): Pick<Handlers, SettingsChannel> => ({
  'settings:get': (_request, window) => {
    // The last thing a page asks for while it starts.
    pageListens(window)
    return succeed(settings.effective())
  },
  'settings:change': ({ name, value }) => settings.change(name, value),
})
