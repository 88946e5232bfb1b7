/**
 * The one thing a page can reach: `window.lectern`. No logic lives here; main checks everything again, because
 * nothing that comes out of a page is to be believed.
 */
import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron'
import type { ChannelName, EventName, WindowKind } from '../contract/ipc.ts'
import type { Failure, Result } from '../contract/model.ts'

// Written in by electron.vite.config.ts from the contract.
declare const CHANNEL_NAMES: readonly ChannelName[]
declare const EVENT_NAMES: readonly EventName[]
declare const WINDOW_KINDS: readonly WindowKind[]

const refuse = (failure: Pick<Failure, 'code' | 'message'>): Result<never> => ({
  ok: false,
  failure: { ...failure, retryable: false },
})

/** Sends one request to main. Never rejects: what went wrong is in the answer. */
async function invoke(channel: ChannelName, request?: unknown): Promise<Result<unknown>> {
  if (!CHANNEL_NAMES.includes(channel)) {
    return refuse({ code: 'invalid-request', message: 'This part of Lectern does not exist.' })
  }
  try {
    return (await ipcRenderer.invoke(channel, request)) as Result<unknown>
  } catch {
    return refuse({ code: 'internal', message: 'Something went wrong inside Lectern. Please try again.' })
  }
}

/** Listens to an event of main. Returns the function that stops listening. */
function on(event: EventName, listener: (payload: unknown) => void): () => void {
  if (!EVENT_NAMES.includes(event)) return () => {}
  // The page must not get hold of Electron's event object: it carries the raw port.
  const forward = (_event: IpcRendererEvent, payload: unknown) => listener(payload)
  ipcRenderer.on(event, forward)
  return () => {
    ipcRenderer.removeListener(event, forward)
  }
}

// Main opens every page with these two in its address, and keeps its own record of them for its decisions.
const address = new URLSearchParams(location.search)
const kind = (WINDOW_KINDS.find((known) => known === address.get('window')) ?? 'main') satisfies WindowKind

contextBridge.exposeInMainWorld('lectern', {
  invoke,
  on,
  window: { kind, sessionId: address.get('session') },
})
