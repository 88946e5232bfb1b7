/** The one door between windows and main: every channel of the contract is registered here, and checked. */
import { ipcMain, type IpcMainInvokeEvent, type WebContents } from 'electron'
import {
  APP_ORIGIN,
  channels,
  events,
  type Capability,
  type ChannelName,
  type EventName,
  type EventPayload,
} from '../contract/ipc.ts'
import type { Log } from './adapters/log.ts'
import { answerRequest, type Handler, type Sender } from './request-guard.ts'
import type { Windows } from './windows.ts'

export type Handlers = { readonly [C in ChannelName]: Handler<C, WebContents> }

/** What a window needs to hear an event. */
const heardWith: Readonly<Record<EventName, Capability>> = {
  'session:state': 'session',
  'room:patch': 'rooms',
  notice: 'session',
  'session:facts': 'session',
  'stream:event': 'api',
  'stream:ended': 'api',
  'draft:changed': 'rooms',
  'settings:changed': 'session',
  'diagnostics:entry': 'diagnostics',
  'page:open': 'account',
  'shortcuts:show': 'account',
}

export function registerHandlers(handlers: Handlers, windows: Windows, log: Log): void {
  const register = <C extends ChannelName>(name: C) =>
    ipcMain.handle(name, (event, request: unknown) =>
      answerRequest(name, handlers[name], request, senderOf(event, windows), log.write),
    )
  for (const name of Object.keys(channels) as ChannelName[]) register(name)
}

/** Sends an event to those of `receivers` that may hear it; to nobody if it does not fit its schema. */
export function sendEvent<E extends EventName>(
  name: E,
  payload: EventPayload<E>,
  receivers: readonly WebContents[],
  windows: Windows,
  log: Log,
): void {
  const parsed = events[name].safeParse(payload)
  if (!parsed.success) {
    log.write(`ipc event ${name}`, parsed.error)
    return
  }
  for (const contents of receivers) {
    if (contents.isDestroyed() || !windows.recordOf(contents)?.capabilities.has(heardWith[name])) continue
    contents.send(name, parsed.data)
  }
}

/** Null unless the request comes from the top frame of a page of ours, in a window that main has opened. */
function senderOf({ senderFrame, sender }: IpcMainInvokeEvent, windows: Windows): Sender<WebContents> | null {
  if (!senderFrame || senderFrame.parent !== null || senderFrame.origin !== APP_ORIGIN) return null
  const record = windows.recordOf(sender)
  return record && { window: sender, capabilities: record.capabilities }
}
