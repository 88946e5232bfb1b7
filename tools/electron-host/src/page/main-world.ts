/** Runs in the page's own world before any script of the page. */
import { createBridge } from './bridge.ts'

function freeze(value: unknown, done = new Set<object>()): void {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function') || done.has(value)) return
  done.add(value)
  if (ArrayBuffer.isView(value)) return
  for (const key of Object.getOwnPropertyNames(value)) freeze((value as Record<string, unknown>)[key], done)
  Object.freeze(value)
}

function expose(key: string, api: unknown): void {
  if (key in globalThis) {
    throw new Error('Cannot bind an API on top of an existing property on the window object')
  }
  freeze(api)
  Object.defineProperty(globalThis, key, { value: api, enumerable: true })
}

/** Whether a link with this target opens a window instead of going to a frame of this page. */
function opensWindow(target: string): boolean {
  if (target === '' || /^_(self|top|parent|unfencedTop)$/i.test(target)) return false
  return /^_blank$/i.test(target) || !document.querySelector(`iframe[name="${CSS.escape(target)}"]`)
}

/** @param handover name of the event that brings the shared node; known to the preload's world only. */
export function start(handover: string): void {
  // Preloads belong to the top frame alone, as with Electron's nodeIntegrationInSubFrames left off.
  if (window !== window.top) return
  document.addEventListener(
    handover,
    (event) => {
      event.stopImmediatePropagation()
      const node = (event as MouseEvent).relatedTarget as EventTarget
      const bridge = createBridge(node, 'to-page', 'to-preload', (key, api) => expose(key as string, api))
      const report = (url: string, frameName: string, features: string) => {
        bridge.enter(new URL(url, document.baseURI).href, frameName, features)
      }
      const { defaultPrevented } = Object.getOwnPropertyDescriptors(Event.prototype)
      const isPrevented = (event: Event) => defaultPrevented.get?.call(event) as boolean

      // Chromium would open a window before anybody could say no.
      window.open = function open(url: string | URL = '', target = '', features = '') {
        report(String(url) || 'about:blank', target, features)
        return null
      }
      window.addEventListener('click', (event) => {
        const link = event
          .composedPath()
          .find((item) => item instanceof HTMLAnchorElement || item instanceof HTMLAreaElement)
        if (!link?.href || isPrevented(event) || !opensWindow(link.target)) return
        event.preventDefault()
        report(link.href, link.target === '_blank' ? '' : link.target, '')
      })
    },
    { once: true, capture: true },
  )
}
