/** Runs in the isolated world of a window before any script of the page; then runs the preload. */
import { complete, missing } from '../unimplemented.ts'
import { createBridge } from './bridge.ts'
import { EventEmitter } from './emitter.ts'
import { IpcRenderer, type ToHost, type ToPage } from './ipc-renderer.ts'

export interface PreloadConfig {
  /** Name of the event that hands the shared node to the page's world. */
  readonly handover: string
  /** Name of the function through which this world reaches the host. */
  readonly binding: string
  /** Name of the function by which the host reaches this world. */
  readonly receiver: string
  readonly process: Readonly<Record<string, unknown>>
}

type Preload = (
  require: (id: string) => unknown,
  exports: unknown,
  module: { exports: unknown },
  process: unknown,
  Buffer: unknown,
  global: unknown,
  setImmediate: unknown,
  clearImmediate: unknown,
) => void

const timers = {
  setTimeout: (run: () => void, ms?: number) => setTimeout(run, ms),
  clearTimeout: (id: number) => clearTimeout(id),
  setInterval: (run: () => void, ms?: number) => setInterval(run, ms),
  clearInterval: (id: number) => clearInterval(id),
  setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]) => setTimeout(run, 0, ...args),
  clearImmediate: (id: number) => clearTimeout(id),
}

/** Calls back with every title of the document, from the first one on. */
function followTitle(changed: (title: string) => void): void {
  let last = ''
  const compare = () => {
    if (document.title === last) return
    last = document.title
    changed(last)
  }
  const observer = new MutationObserver(compare)
  document.addEventListener('DOMContentLoaded', () => {
    compare()
    // Titles stand in the head; what happens in the body is no concern of ours.
    observer.observe(document.head, { childList: true, characterData: true, subtree: true })
  })
}

export function start(config: PreloadConfig, preload: Preload | null): void {
  if (window !== window.top) return
  const globals = globalThis as unknown as Record<string, unknown>
  const binding = globals[config.binding] as (text: string) => void
  delete globals[config.binding]
  const post = (message: ToHost) => binding(JSON.stringify(message))
  post({ kind: 'document', url: location.href, name: window.name })

  followTitle((title) => post({ kind: 'title', title }))

  const ipcRenderer = new IpcRenderer(post)
  Object.defineProperty(globals, config.receiver, {
    value: (message: ToPage) => {
      try {
        IpcRenderer.receive(ipcRenderer, message)
      } catch (error) {
        reportError(error)
      }
    },
  })

  const node = document.createElement('i')
  const bridge = createBridge(node, 'to-preload', 'to-page', (url, frameName, features) => {
    post({
      kind: 'open-window',
      url: String(url),
      frameName: String(frameName),
      features: String(features),
    })
  })
  // The main world waits for this event; its name is random, and no script of the page has run yet.
  document.dispatchEvent(new MouseEvent(config.handover, { relatedTarget: node }))
  if (!preload) return

  const contextBridge = complete('contextBridge', {
    exposeInMainWorld(key: string, api: unknown): void {
      bridge.enter(key, api)
    },
  })
  const electron = complete('electron (in a preload)', {
    contextBridge,
    ipcRenderer,
    crashReporter: missing('crashReporter (in a preload)'),
    nativeImage: missing('nativeImage (in a preload)'),
    webFrame: missing('webFrame'),
    webUtils: missing('webUtils'),
  })
  const modules: Readonly<Record<string, unknown>> = {
    electron,
    'electron/renderer': electron,
    'electron/common': electron,
    events: EventEmitter,
    timers,
    url: { URL, URLSearchParams },
  }
  const require = (id: string) => {
    const name = id.replace(/^node:/, '')
    if (Object.hasOwn(modules, name)) return modules[name]
    throw new Error(`module not found: ${id}`)
  }
  const process = complete(
    'process (in a preload)',
    Object.assign(new EventEmitter(), config.process, {
      contextIsolated: true,
      sandboxed: true,
      type: 'renderer',
      isMainFrame: true,
      nextTick: (run: (...args: unknown[]) => void, ...args: unknown[]) => queueMicrotask(() => run(...args)),
    }),
  )
  const module = { exports: {} }
  try {
    preload(
      require,
      module.exports,
      module,
      process,
      missing('Buffer (in a preload)'),
      globalThis,
      timers.setImmediate,
      timers.clearImmediate,
    )
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    post({ kind: 'preload-error', message, stack: stack ?? message })
  }
}
